package preflight

// Options configures a [Responder]. The zero value answers as
// Actionhero does.
type Options struct {
	_ struct{}

	// Methods is what Access-Control-Allow-Methods says where no piece outside has
	// set that header. nil means HEAD, GET, POST, PATCH, PUT, DELETE, OPTIONS and
	// TRACE, Actionhero's list.
	Methods []string

	// Origin is what Access-Control-Allow-Origin says where no piece outside has
	// set that header. "" means "*".
	Origin string

	// PassOthers hands an OPTIONS request that is no preflight, having no Origin or
	// no Access-Control-Request-Method, to the next handler. By default it is
	// answered too.
	PassOthers bool
}
