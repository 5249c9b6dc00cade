package sidekick

import (
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// errFull answers requests other than probes on connections beyond the limit.
var errFull = &envelope.Error{Status: http.StatusServiceUnavailable, Code: errcode.TooManyConns, Message: "the server cannot accept more connections"}

// admit refuses requests that come too late during a stop, and requests other than
// probes on the connections reserved for probes. It registers all others with their
// connection while they run.
func (k *Kit) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if k.server.IsLate(r) {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.respond(w, r, dispatch.ErrShuttingDown)
			return
		}
		conn := listen.FromContext(r.Context())
		if conn == nil {
			next.ServeHTTP(w, r)
			return
		}
		if !conn.Admit() {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.respond(w, r, errFull)
			return
		}
		r, rec := facts.Ensure(r)
		conn.Begin(listen.Flight{Method: r.Method, Path: r.URL.Path, Key: rec})
		defer conn.End(rec)
		next.ServeHTTP(w, r)
	})
}
