// Package limits refuses requests that are too large before anything else handles
// them.
package limits

import (
	"net/http"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// Gate refuses requests that are over its limits.
type Gate struct {
	MaxURLBytes     int // of the request target
	MaxHeaderFields int
	Refuse          func(w http.ResponseWriter, r *http.Request, err error)
}

var (
	errURLTooLong    = &envelope.Error{Status: http.StatusRequestURITooLong, Code: errcode.URLTooLong, Message: "the URL is too long"}
	errTooManyFields = &envelope.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Code: errcode.HeaderTooLarge, Message: "too many header fields"}
)

// Handler passes requests within the limits to next.
func (g Gate) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(r.RequestURI) > g.MaxURLBytes:
			g.Refuse(w, r, errURLTooLong)
		case fields(r.Header) > g.MaxHeaderFields:
			g.Refuse(w, r, errTooManyFields)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func fields(h http.Header) int {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n
}
