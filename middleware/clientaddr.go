package middleware

import (
	"context"
	"net/http"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// ClientAddrOptions configures a [ClientAddr]. The zero value believes nobody:
// the client is the other end of the connection.
type ClientAddrOptions struct {
	_ struct{}

	// TrustedProxies are the addresses of the proxies whose X-Forwarded-For,
	// X-Real-IP, X-Forwarded-Proto and Forwarded are believed. Empty trusts none.
	// List only what nobody else can send from: whoever can, chooses the address
	// that is seen, logged and limited.
	TrustedProxies []netip.Prefix

	// TrustUnixPeers believes peers that have no address, as those of a unix
	// socket do. Set it only if everybody who may connect to the socket is a proxy.
	TrustUnixPeers bool

	// IgnoreRealIP leaves X-Real-IP unread. Set it if the proxies send
	// X-Forwarded-For only, and hand on an X-Real-IP that a client has sent.
	IgnoreRealIP bool
}

// ClientAddr finds out who sent a request, and over what. Its answer is what
// every other piece inside it goes by: a log's client, whether a cookie is
// Secure, whether a host's protocol is right.
//
// It is immutable and safe for concurrent use.
type ClientAddr struct {
	resolver *proxyaddr.Resolver
}

// NewClientAddr returns a ClientAddr, or every problem of the options.
func NewClientAddr(o ClientAddrOptions) (*ClientAddr, error) {
	problems := cfgerr.For("middleware")
	proxyaddr.Check(problems, "ClientAddrOptions.TrustedProxies", o.TrustedProxies)
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return &ClientAddr{proxyaddr.NewWith(proxyaddr.Options{
		Trusted:        o.TrustedProxies,
		TrustUnixPeers: o.TrustUnixPeers,
		IgnoreRealIP:   o.IgnoreRealIP,
	})}, nil
}

// Handler notes the client for next, which finds it with
// [ClientAddrFromContext]. The request itself, its RemoteAddr included, is left
// as it is. A request whose client was noted before, by another ClientAddr or
// by [ContextWithClientAddr], keeps that one.
//
// It belongs before every piece that asks for the client.
func (c *ClientAddr) Handler(next http.Handler) http.Handler {
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
// that is, they come from the first of these that the request has:
//
//   - X-Real-IP, unless it names a trusted proxy while there is X-Forwarded-For,
//     with the protocol from X-Forwarded-Proto;
//   - X-Forwarded-For: the right-most address that is no trusted proxy, with the
//     protocol that X-Forwarded-Proto has for the same hop; if all are trusted
//     the left-most; behind anything that is no address nothing is read;
//   - Forwarded (RFC 7239), by the same rules, if there is no X-Forwarded-Proto
//     either.
//
// A protocol counts only if it is http or https. The port is 0 where the proxy
// did not tell it. IPv4 in IPv6 is unmapped, and zones that a proxy sent are
// dropped. The address is not valid if there is none, as on a unix socket.
//
// Unlike Actionhero, which believes the left-most address of X-Forwarded-For
// from anybody, Of believes trusted proxies, and them only about what they saw.
func (c *ClientAddr) Of(r *http.Request) (client netip.AddrPort, secure bool) {
	return c.resolver.Resolve(r)
}

// ClientAddrFromContext returns the client's address that a [ClientAddr] found;
// ok is false if none has run, or the client has no address.
func ClientAddrFromContext(ctx context.Context) (client netip.AddrPort, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		client, _, _ = rec.Client()
	}
	return client, client.IsValid()
}

// ContextWithClientAddr returns a context with the client's address, and whether
// its connection is encrypted, for programs that know them from elsewhere: of a
// request, or of a connection in a server's ConnContext. If a piece outside has
// noted facts of the request already, they are noted there, for that piece to
// see too.
func ContextWithClientAddr(ctx context.Context, client netip.AddrPort, secure bool) context.Context {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		ctx, rec = facts.NewContext(ctx)
	}
	rec.SetClient(netip.AddrPortFrom(client.Addr().Unmap(), client.Port()), secure)
	return ctx
}
