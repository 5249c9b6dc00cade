package sidekick

import (
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/internal/listen"
	"github.com/sidekick-http/sidekick/internal/respw"
)

var (
	errURLTooLong    = &envelope.Error{Status: http.StatusRequestURITooLong, Code: errcode.URLTooLong, Message: "the URL is too long"}
	errTooManyFields = &envelope.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Code: errcode.HeaderTooLarge, Message: "too many header fields"}
	// errFull answers requests other than probes on connections beyond the limit.
	errFull = &envelope.Error{Status: http.StatusServiceUnavailable, Code: errcode.TooManyConns, Message: "the server cannot accept more connections"}
)

// limits refuses requests that are too large before anything else handles them.
func (k *Kit) limits(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case len(r.RequestURI) > k.cfg.Server.MaxURLBytes:
			k.refuse(w, r, errURLTooLong)
		case fieldLines(r.Header) > k.cfg.Server.MaxHeaderFields:
			k.refuse(w, r, errTooManyFields)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// fieldLines counts every value of a field, as each is a line of its own.
func fieldLines(h http.Header) int {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n
}

// admit refuses requests that come too late during a stop, and requests other than
// probes on connections reserved for probes. It registers all others with their
// connection while they run.
func (k *Kit) admit(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		closeBeyondLimit(w, r)
		if k.server.IsLate(r) {
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.refuse(w, r, dispatch.ErrShuttingDown)
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
			k.refuse(w, r, errFull)
			return
		}
		r, rec := facts.Ensure(r)
		conn.Begin(listen.Flight{Method: r.Method, Path: r.URL.Path, Key: rec})
		defer conn.End(rec)
		next.ServeHTTP(w, r)
	})
}

// closeBeyondLimit makes a 413 close the connection, whoever sends it. [http.MaxBytesReader]
// does so by itself, but only with the writer of net/http, which handlers here do not have.
func closeBeyondLimit(w http.ResponseWriter, r *http.Request) {
	if r.ContentLength == 0 || r.ProtoMajor != 1 {
		return
	}
	_, _, tap := respw.Of(w, r) // recovery has made it
	tap.BeforeHeader(func(status int) {
		if status == http.StatusRequestEntityTooLarge && w.Header().Get("Connection") == "" {
			linger.Refuse(w, r)
		}
	})
}
