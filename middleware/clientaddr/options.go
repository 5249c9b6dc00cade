package clientaddr

import "net/netip"

// Options configures a [Resolver]. The zero value believes nobody:
// the client is the other end of the connection.
type Options struct {
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
