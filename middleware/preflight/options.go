package preflight

import (
	"cmp"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

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
	// Access-Control-Request-Method) to the next handler. By default such a request
	// is answered as well.
	PassOthers bool

	// ErrorHandler answers a request that is refused; err is a [*RefusedError]. Allow
	// is already set for a 405. nil means the error's status with a text/plain body. In
	// the assembled server the default answers in the envelope.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// ErrorHandler stays nil.
func (o Options) WithDefaults() Options {
	if len(o.Methods) == 0 {
		o.Methods = []string{
			http.MethodHead, http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace,
		}
	}
	o.Origin = cmp.Or(o.Origin, "*")
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	problems := cfgerr.For("preflight")
	for i, m := range o.Methods {
		if !httpfield.IsToken(m) { // methods are tokens, like field names
			problems.Add(fmt.Sprintf("Methods[%d]", i), m, "want a method such as GET")
		}
	}
	if !httpfield.IsValue(o.Origin) {
		problems.Add("Origin", o.Origin, "want * or an origin such as https://www.example.com")
	}
	return problems.Err()
}
