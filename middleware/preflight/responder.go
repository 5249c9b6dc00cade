package preflight

import (
	"net/http"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

const (
	allowHeader            = "Allow"
	allowMethodsHeader     = "Access-Control-Allow-Methods"
	allowOriginHeader      = "Access-Control-Allow-Origin"
	contentTypeHeader      = "Content-Type"
	originHeader           = "Origin"
	requestMethodHeader    = "Access-Control-Request-Method"
	requestHeadersHeader   = "Access-Control-Request-Headers"
	maxRequestHeadersBytes = 4 << 10
	preflightContentType   = "application/json; charset=utf-8"
)

// Responder answers OPTIONS requests: status 200, no body, and the headers by which
// a browser decides whether a page of another origin may send its request. It also
// refuses TRACE and CONNECT with 405: TRACE would echo a request with its cookies,
// and CONNECT is for proxies.
//
// This is not a CORS policy, and CORS is not access control: a page of any origin
// can send simple requests, such as a POST of text/plain, without asking. Protect
// what changes state with [http.CrossOriginProtection]. For a policy by origin put a
// middleware such as rs/cors around the Responder, or in its place.
//
// A Responder is immutable and safe for concurrent use.
type Responder struct {
	methods, origin string
	allow           string
	passOthers      bool
	refuse          func(http.ResponseWriter, *http.Request, error)
}

// New returns a Responder. Its error joins all problems of the options.
func New(o Options) (*Responder, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	p := &Responder{methods: strings.Join(o.Methods, ", "), origin: o.Origin, passOthers: o.PassOthers, refuse: o.ErrorHandler}
	if p.refuse == nil {
		p.refuse = answerError
	}
	p.allow = p.methodsAllowed()
	return p, nil
}

// methodsAllowed returns the value of Allow: the methods for preflights, except
// those that are refused anyway.
func (p *Responder) methodsAllowed() string {
	var list []string
	for m := range strings.SplitSeq(p.methods, ", ") {
		if m != http.MethodTrace && m != http.MethodConnect {
			list = append(list, m)
		}
	}
	return strings.Join(list, ", ")
}

// Handler answers OPTIONS, TRACE and CONNECT as described at Responder, and passes
// everything else to next.
//
// A piece that sets headers, such as middleware/headers, belongs outside it:
// headers that it has set are not set again. Anything that redirects belongs inside
// it, since browsers do not follow the redirect of a preflight.
func (p *Responder) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodOptions:
			// "OPTIONS *" asks about the server as a whole; no handler has that path.
			if p.passOthers && !isPreflight(r) && r.URL.Path != "*" {
				next.ServeHTTP(w, r)
				return
			}
			p.answer(w, r)
		case http.MethodTrace, http.MethodConnect:
			w.Header().Set(allowHeader, p.allow)
			p.refuse(w, r, &RefusedError{http.StatusMethodNotAllowed})
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (p *Responder) answer(w http.ResponseWriter, r *http.Request) {
	size := 0
	for _, v := range r.Header[requestHeadersHeader] {
		size += len(v)
	}
	if size > maxRequestHeadersBytes {
		p.refuse(w, r, &RefusedError{http.StatusRequestHeaderFieldsTooLarge})
		return
	}
	h := w.Header()
	httpfield.SetDefault(h, allowMethodsHeader, p.methods)
	httpfield.SetDefault(h, allowOriginHeader, p.origin)
	h.Set(contentTypeHeader, preflightContentType)
	w.WriteHeader(http.StatusOK)
}

func isPreflight(r *http.Request) bool {
	return r.Header.Get(originHeader) != "" && r.Header.Get(requestMethodHeader) != ""
}
