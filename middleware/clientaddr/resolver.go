package clientaddr

import (
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Resolver determines who sent a request, and whether over an encrypted connection.
// All pieces inside it rely on the result: the client in a log, whether a cookie is
// Secure, whether a request used the right scheme.
//
// It is immutable and safe for concurrent use.
type Resolver struct {
	resolver *proxyaddr.Resolver
}

// New returns a Resolver. Its error joins all problems of the options.
func New(o Options) (*Resolver, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	return &Resolver{proxyaddr.NewWith(proxyaddr.Options{
		Trusted: o.TrustedProxies, TrustUnixPeers: o.TrustUnixPeers, Header: o.Header, PortHeader: o.PortHeader,
	})}, nil
}

// Handler records the client for next, which finds it with [FromContext]. The
// request itself, including its RemoteAddr, is left as it is. If the client was
// recorded before, by another Resolver or by [NewContext], that is kept.
//
// It belongs outside every piece that needs the client's address.
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
// If the peer is not a trusted proxy, these are the connection's own. If it is one,
// they come from the field that [Options.Header] names: the right-most address that
// is not a trusted proxy, or the left-most if all are trusted. Anything to the left
// of an entry that is not an address is ignored. Without the field the address is
// the connection's. The protocol is the one that X-Forwarded-Proto, or Forwarded,
// gives for the same hop; it counts only if it is http or https.
//
// The port is 0 if the proxy did not report it. IPv4 in IPv6 is unmapped. The
// address is not valid if there is none, as on a unix socket.
//
// Unlike Actionhero, which believes X-Real-IP, and otherwise the left-most address
// of X-Forwarded-For, whoever sends them, Of believes only trusted proxies, and
// only about what they saw.
func (c *Resolver) Of(r *http.Request) (client netip.AddrPort, secure bool) {
	return c.resolver.Resolve(r)
}
