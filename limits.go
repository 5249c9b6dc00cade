package sidekick

import (
	"cmp"
	"net/http"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// withLimits returns c with the defaults of the limits that are 0.
func (c Config) withLimits() Config {
	d := Production()
	c.ReadHeaderTimeout = cmp.Or(c.ReadHeaderTimeout, d.ReadHeaderTimeout)
	c.ReadTimeout = cmp.Or(c.ReadTimeout, d.ReadTimeout)
	c.WriteTimeout = cmp.Or(c.WriteTimeout, d.WriteTimeout)
	c.IdleTimeout = cmp.Or(c.IdleTimeout, d.IdleTimeout)
	c.MaxHeaderBytes = cmp.Or(c.MaxHeaderBytes, d.MaxHeaderBytes)
	c.MaxHeaderFields = cmp.Or(c.MaxHeaderFields, d.MaxHeaderFields)
	c.MaxURLBytes = cmp.Or(c.MaxURLBytes, d.MaxURLBytes)
	c.MaxConnections = cmp.Or(c.MaxConnections, d.MaxConnections)
	c.ShutdownTimeout = cmp.Or(c.ShutdownTimeout, d.ShutdownTimeout)
	return c
}

// What a request is refused with before anything looks at it.
var (
	errURLTooLong    = &envelope.Error{Status: http.StatusRequestURITooLong, Code: errcode.URLTooLong, Message: "the URL is too long"}
	errTooManyFields = &envelope.Error{Status: http.StatusRequestHeaderFieldsTooLarge, Code: errcode.HeaderTooLarge, Message: "too many header fields"}
)

// errFull is what a connection beyond the limit is answered that asks for
// something else than a probe.
var errFull = &envelope.Error{Status: http.StatusServiceUnavailable, Code: errcode.TooManyConns, Message: "the server has as many connections as it may have"}

// gate refuses requests that are over the limits of Config, and those that come
// too late. Of the others the connection knows while they run.
func (k *Kit) gate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn := listen.FromContext(r.Context())
		switch {
		case len(r.RequestURI) > k.cfg.MaxURLBytes:
			k.envelope.Render(w, r, nil, errURLTooLong)
		case headerFields(r.Header) > k.cfg.MaxHeaderFields:
			k.envelope.Render(w, r, nil, errTooManyFields)
		case k.phase.Load() == refusing && !k.isOwed(conn):
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.envelope.Render(w, r, nil, dispatch.ErrShuttingDown)
		case conn == nil:
			next.ServeHTTP(w, r)
		case !conn.Admit():
			w.Header().Set("Connection", "close")
			w.Header().Set("Retry-After", "1")
			k.envelope.Render(w, r, nil, errFull)
		default:
			r, rec := facts.Ensure(r)
			conn.Begin(listen.Flight{Method: r.Method, Path: r.URL.Path, Key: rec})
			defer conn.End(rec)
			next.ServeHTTP(w, r)
		}
	})
}

func headerFields(h http.Header) int {
	n := 0
	for _, values := range h {
		n += len(values)
	}
	return n
}

// isOwed tells whether a request that comes late has an answer coming: its
// connection was accepted when the stop had begun, during the delay.
func (k *Kit) isOwed(c *listen.Conn) bool {
	return c != nil && c.Accepted().After(k.stopBegan)
}
