package preflight

// The defaults of [Options], as they are sent. The methods are those of Actionhero.
const (
	DefaultMethods = "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS, TRACE"
	DefaultOrigin  = "*"
)

// Options configures a [Responder]. The zero value answers as Actionhero does.
type Options struct {
	_ struct{}

	// Methods is the value of Access-Control-Allow-Methods, unless an outer piece has
	// set that header. None means HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS and
	// TRACE, Actionhero's list.
	Methods []string

	// Origin is the value of Access-Control-Allow-Origin, unless an outer piece has
	// set that header. "" means "*".
	Origin string

	// PassOthers passes an OPTIONS request that is not a preflight (without Origin or
	// Access-Control-Request-Method) to the next handler. By default it is answered
	// as well.
	PassOthers bool
}
