// Package clientaddr determines who sent a request when there may be proxies in
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
// Handlers and other pieces get the result from [FromContext].
//
// # Security
//
// By default no proxy is trusted, nothing that a request says about its sender is
// believed, and the client is the peer of the connection. Of trusted proxies only
// one field, [Options.Header], is read, because the others may come from clients.
//
// # Place in the chain
//
// It belongs outside every piece that needs the client's address.
//
// # Differences from Actionhero
//
// Actionhero believes X-Real-IP, and otherwise the left-most address of
// X-Forwarded-For, whoever sends them. Here the client is the nearest address in
// one field that is not a trusted proxy.
package clientaddr
