// Package proxyproto takes the addresses of clients from the PROXY protocol, which
// balancers of TCP speak (HAProxy, AWS NLB, Traefik, nginx' stream module): a line
// in front of what the client sends, that says who it is.
//
//	proxy, err := proxyproto.New(proxyproto.Options{
//		Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	if err != nil {
//		return err
//	}
//	cfg.Server.WrapListener = proxy.Listener
//
// From then on the client is the peer, for everything: the access log, limits,
// http.Request.RemoteAddr. Both versions of the protocol are understood, by
// github.com/pires/go-proxyproto, below TLS.
//
// # Security
//
// Only peers that are trusted may say who their client is, and they must, unless
// Options.Optional is set: a connection of theirs that begins with something else
// is closed. Others are clients; what looks like a header from them is a request
// that cannot be read, a 400. With no peer trusted New refuses to work.
//
// X-Forwarded-For is believed from the proxies in Config.ClientAddr.TrustedProxies, and the
// address that is looked for there is the one of the PROXY protocol: leave that
// list empty where the balancer is all that stands in front.
//
// # Differences from Actionhero
//
// Actionhero has no such thing.
package proxyproto
