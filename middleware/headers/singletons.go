package headers

// singletons are the response fields that have one value by their definition: a
// client that gets two lines of one takes the first, the last, both with a comma
// between them, or none. Every other field may be a list, or its lines may mean
// something each, so that dropping one would lose what the program said.
//
// The list is made from RFC 9110, RFC 9111 and the IANA registry of field names,
// where a field is an Item or its specification allows one value.
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
