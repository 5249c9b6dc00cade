// Package proxyproto takes the addresses of clients from the PROXY protocol, with
// which TCP load balancers (HAProxy, AWS NLB, Traefik, nginx's stream module) send
// a header with the client's address before what the client sends.
//
//	proxy, err := proxyproto.New(proxyproto.Options{
//		Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	if err != nil {
//		return err
//	}
//	cfg.Server.WrapListener = proxy.Listener
//
// The client is then the peer for everything: the access log, limits,
// http.Request.RemoteAddr. Both versions of the protocol are supported, by
// github.com/pires/go-proxyproto, below TLS.
//
// # Security
//
// Only trusted peers may name their client, and they must, unless Options.Optional
// is set: if their connection begins with something else, it is closed. Other peers
// are clients; a header from them is an unreadable request, a 400. If no peer is
// trusted, New returns an error.
//
// X-Forwarded-For is believed from the proxies in Config.ClientAddr.TrustedProxies,
// which are compared with the address from the PROXY protocol: leave that list
// empty if there is no other proxy in front of the server.
//
// # Differences from Actionhero
//
// Actionhero has nothing like it.
package proxyproto
