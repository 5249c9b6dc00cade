package clientaddr

import (
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Resolver finds out who sent a request, and over what. Its answer is what
// every other piece inside it goes by: a log's client, whether a cookie is
// Secure, whether a host's protocol is right.
//
// It is immutable and safe for concurrent use.
type Resolver struct {
	resolver *proxyaddr.Resolver
}

// New returns a Resolver, or every problem of the options.
func New(o Options) (*Resolver, error) {
	resolver, err := o.resolver()
	if err != nil {
		return nil, err
	}
	return &Resolver{resolver}, nil
}

// Handler notes the client for next, which finds it with [FromContext]. The
// request itself, its RemoteAddr included, is left as it is. A request whose
// client was noted before, by another Resolver or by [NewContext], keeps that
// one.
//
// It belongs before every piece that asks for the client.
func (c *Resolver) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		if _, _, ok := rec.Client(); !ok {
			rec.SetClient(c.resolver.Resolve(r))
		}
		next.ServeHTTP(w, r)
	})
}

// Of returns the client's address, and whether the client's own connection is
// encrypted.
//
// From a peer that is no trusted proxy these are the connection's own. From one
// that is, they come from the field that [Options.Header] names: the right-most
// address in it that is no trusted proxy; if all are trusted the left-most; what
// stands before anything that is no address is not read. Without the field the
// address is the connection's. The protocol is that which X-Forwarded-Proto, or
// Forwarded, has for the same hop; it counts only if it is http or https.
//
// The port is 0 where the proxy did not tell it. IPv4 in IPv6 is unmapped. The
// address is not valid if there is none, as on a unix socket.
//
// Unlike Actionhero, which believes X-Real-IP and otherwise the left-most address
// of X-Forwarded-For from anybody, Of believes trusted proxies, and them only
// about what they saw.
func (c *Resolver) Of(r *http.Request) (client netip.AddrPort, secure bool) {
	return c.resolver.Resolve(r)
}
