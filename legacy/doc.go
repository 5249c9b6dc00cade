// Package legacy passes requests on to the server that a program is going to
// replace, so that both can share one address while the program takes over action
// by action.
//
//	old, err := legacy.New(legacy.Options{Server: "http://127.0.0.1:8081"})
//	if err != nil {
//		return err
//	}
//	defer old.Close()
//	d, err := dispatch.New(dispatch.Options{Actions: moved, Unknown: old})
//
// A [Server] is an http.Handler and works behind any mux, for example under the
// pattern "/" of an http.ServeMux, which gets what no other pattern matches.
//
// # What reaches the old server
//
// The request as it was sent: method, path, query and body, which is not read
// ahead; the Host, so that redirects and links name the host that clients know; and
// all header fields except hop-by-hop ones (RFC 9110, section 7.6.1). Upgrades,
// such as to WebSocket, pass. The old server learns who the client is:
//
//   - X-Forwarded-For is the list in the request, starting at the client's address,
//     with the peer of the connection appended; entries before that, which the
//     client wrote itself, are dropped;
//   - X-Real-IP is the client's address;
//   - X-Forwarded-Proto is the scheme that the client used;
//   - X-Forwarded-Host is the Host of the request. The one that a proxy has set is
//     passed on only if [Options.ProxyFields] says so, and so is X-Forwarded-Port:
//     a proxy that does not set them passes on what the client wrote.
//
// The client is the one that clientaddr.Resolver has determined, or else the one
// that follows from [Options.TrustedProxies]. Actionhero believes these fields
// whoever sends them: make sure that only this program can reach it.
//
// # One client id for both servers
//
// With [Options.FingerprintCookie] both servers know a client by the same id. The
// old server gets the id of the fingerprint piece in its own cookie, and its
// Set-Cookie of that name is dropped, so that only the fingerprint piece assigns
// ids. Clients keep their ids from the old server if the fingerprint piece accepts
// unsigned ones: see fingerprint.Options.DangerouslyUnsigned. It can switch to
// signed cookies later; the old server still gets plain ids.
//
// # Errors
//
// If the old server cannot be reached, or the connection ends before it answers,
// the error is [ErrUnreachable] (502). If it takes longer than
// [Options.ResponseTimeout], it is [ErrTimeout] (504), and if a request comes back
// to this program, [ErrLoop] (508). A response that is cut off is also cut off for
// the client.
package legacy
