package middleware

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

const (
	allowHeader             = "Allow"
	allowMethodsHeader      = "Access-Control-Allow-Methods"
	allowOriginHeader       = "Access-Control-Allow-Origin"
	contentTypeHeader       = "Content-Type"
	originHeader            = "Origin"
	requestMethodHeader     = "Access-Control-Request-Method"
	requestHeadersHeader    = "Access-Control-Request-Headers"
	maxRequestHeadersBytes  = 4 << 10
	preflightContentType    = "application/json; charset=utf-8"
	defaultPreflightMethods = "HEAD, GET, POST, PATCH, PUT, DELETE, OPTIONS, TRACE"
)

// PreflightOptions configures a [Preflight]. The zero value answers as
// Actionhero does.
type PreflightOptions struct {
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

// Preflight answers OPTIONS requests: status 200, no body, and the headers by
// which a browser decides whether a page of another origin may send what it
// means to. It also refuses TRACE and CONNECT with 405: TRACE would echo a
// request with its cookies, and CONNECT is for proxies.
//
// This is no CORS policy, and CORS is no access control: a page of any origin
// can send simple requests, such as a POST of text/plain, without asking.
// Protect what changes state with [http.CrossOriginProtection]. For a policy by
// origin put a middleware such as rs/cors before the Preflight, or in its place.
//
// A Preflight is immutable and safe for concurrent use.
type Preflight struct {
	methods, origin string
	allow           string
	passOthers      bool
}

// NewPreflight returns a Preflight, or every problem of the options.
func NewPreflight(o PreflightOptions) (*Preflight, error) {
	problems := cfgerr.For("middleware")
	p := &Preflight{methods: defaultPreflightMethods, origin: "*", passOthers: o.PassOthers}
	if o.Methods != nil {
		for i, m := range o.Methods {
			if !validFieldName(m) { // methods are tokens, as field names are
				problems.Add(fmt.Sprintf("PreflightOptions.Methods[%d]", i), m, "want a method such as GET")
			}
		}
		p.methods = strings.Join(o.Methods, ", ")
	}
	if o.Origin != "" {
		if !validFieldValue(o.Origin) {
			problems.Add("PreflightOptions.Origin", o.Origin, "want * or an origin such as https://www.example.com")
		}
		p.origin = o.Origin
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	p.allow = p.methodsAllowed()
	return p, nil
}

// methodsAllowed lists for Allow what is listed for preflights, without what is
// refused all the same.
func (p *Preflight) methodsAllowed() string {
	var list []string
	for m := range strings.SplitSeq(p.methods, ", ") {
		if m != http.MethodTrace && m != http.MethodConnect {
			list = append(list, m)
		}
	}
	return strings.Join(list, ", ")
}

// Handler answers what a Preflight answers, and hands the rest to next.
//
// A piece that sets headers, such as [Headers], belongs before it: what that
// piece has set is not set again. Anything that redirects belongs inside it,
// since browsers follow no redirect of a preflight.
func (p *Preflight) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodOptions:
			// "OPTIONS *" asks about the server as a whole: no handler has that path.
			if p.passOthers && !isPreflight(r) && r.URL.Path != "*" {
				next.ServeHTTP(w, r)
				return
			}
			p.answer(w, r)
		case http.MethodTrace, http.MethodConnect:
			w.Header().Set(allowHeader, p.allow)
			http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (p *Preflight) answer(w http.ResponseWriter, r *http.Request) {
	size := 0
	for _, v := range r.Header[requestHeadersHeader] {
		size += len(v)
	}
	if size > maxRequestHeadersBytes {
		const status = http.StatusRequestHeaderFieldsTooLarge
		http.Error(w, http.StatusText(status), status)
		return
	}
	h := w.Header()
	setDefault(h, allowMethodsHeader, p.methods)
	setDefault(h, allowOriginHeader, p.origin)
	h.Set(contentTypeHeader, preflightContentType)
	w.WriteHeader(http.StatusOK)
}

// setDefault sets a header that nobody has set.
func setDefault(h http.Header, name, value string) {
	if _, ok := h[name]; !ok {
		h[name] = []string{value}
	}
}

func isPreflight(r *http.Request) bool {
	return r.Header.Get(originHeader) != "" && r.Header.Get(requestMethodHeader) != ""
}
