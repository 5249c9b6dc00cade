// Package clientaddr finds out who sent a request, where there may be proxies in
// between.
//
//	resolver, err := clientaddr.New(clientaddr.Options{
//		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, resolver.Handler(mux))
//
// Handlers and other pieces then ask [FromContext].
//
// # Security
//
// By default no proxy is trusted, nothing that a request says about its sender
// is believed, and the client is the other end of the connection. Of trusted
// proxies one field is read, [Options.Header]: the others may come from clients.
//
// # Place in the chain
//
// Before every piece that asks for the client.
//
// # Differences from Actionhero
//
// Actionhero believes X-Real-IP, and otherwise the left-most address of
// X-Forwarded-For, from anybody. Here the client's address is the nearest one in
// one field that is no trusted proxy.
package clientaddr
