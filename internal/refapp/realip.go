package main

import (
	"maps"
	"net/http"
)

// preferRealIP gives X-Real-IP precedence over X-Forwarded-For, as in Actionhero.
// The server itself reads only one field.
func preferRealIP(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if real := r.Header["X-Real-Ip"]; len(real) > 0 {
			changed := *r
			changed.Header = maps.Clone(r.Header)
			changed.Header["X-Forwarded-For"] = real
			r = &changed
		}
		next.ServeHTTP(w, r)
	})
}
