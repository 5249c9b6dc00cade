package headers

// singletons are the response fields that have exactly one value by definition. If
// a client gets two lines of one, it uses the first, the last, both joined by a
// comma, or none. Any other field may be a list, or each of its lines may have a
// meaning, so that dropping one would lose information.
//
// The list was made from RFC 9110, RFC 9111 and the IANA registry of field names:
// fields that are an Item, or whose specification allows one value.
var singletons = map[string]bool{
	// RFC 9110 and RFC 9111
	"Age": true, "Content-Length": true, "Content-Location": true, "Content-Range": true, "Content-Type": true,
	"Date": true, "Etag": true, "Expires": true, "Last-Modified": true, "Location": true, "Retry-After": true, "Server": true,

	// other RFCs
	"Content-Disposition": true, "Content-Md5": true, "Deprecation": true, "Lock-Token": true, "Memento-Datetime": true,
	"Sec-Websocket-Accept": true, "Strict-Transport-Security": true, "Sunset": true, "X-Frame-Options": true,

	// Fetch and HTML
	"Access-Control-Allow-Credentials": true, "Access-Control-Allow-Origin": true, "Access-Control-Max-Age": true,
	"Cross-Origin-Embedder-Policy": true, "Cross-Origin-Embedder-Policy-Report-Only": true,
	"Cross-Origin-Opener-Policy": true, "Cross-Origin-Opener-Policy-Report-Only": true, "Cross-Origin-Resource-Policy": true,
	"Origin-Agent-Cluster": true, "Refresh": true, "Service-Worker-Allowed": true, "Sourcemap": true,
	"X-Content-Type-Options": true, "X-Xss-Protection": true,
}
