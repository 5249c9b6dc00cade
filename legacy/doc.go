// Package legacy passes requests on to the server that a program is going to
// replace, so that the two can stand behind one address while the program takes
// over one action after the other.
//
//	old, err := legacy.New(legacy.Options{Server: "http://127.0.0.1:8081"})
//	if err != nil {
//		return err
//	}
//	defer old.Close()
//	d, err := dispatch.New(dispatch.Options{Actions: moved, Unknown: old})
//
// It is an http.Handler, and works behind any mux: as the pattern "/" of an
// http.ServeMux, which is asked for what no other pattern takes.
//
// # What reaches the old server
//
// The request as it was sent: method, path, query and body, which is not read
// ahead; the Host, so that its redirects and links are those that clients know;
// and all fields but those that end at a hop (RFC 9110, section 7.6.1). Upgrades,
// as that to WebSocket, pass. The old server learns who is asking:
//
//   - X-Forwarded-For is the list that the request has brought, from the client's
//     address on, with the other end of the connection appended; what the client
//     itself wrote before that is dropped;
//   - X-Real-IP is the client's address;
//   - X-Forwarded-Proto and X-Forwarded-Host are how the client has asked.
//
// The client is the one that clientaddr.Resolver has found, or else that
// [Options.TrustedProxies] tells. Actionhero believes these fields from anybody:
// let nothing but this program reach it.
//
// # Who the client is, to both
//
// With [Options.FingerprintCookie] both servers know a client by one id. The old
// server gets the id that the fingerprint piece has found, in its own cookie, and
// its Set-Cookie of that name is dropped, so that there is one place where ids are
// given. Clients keep the ids that they have from the old server if that piece
// accepts them: fingerprint.Options.DangerouslyUnsigned. Later it can sign, and
// the old server still gets plain ids.
//
// # Errors
//
// Where the old server cannot be reached or breaks off before it answers the error
// is [ErrUnreachable] (502), where it takes longer than [Options.ResponseTimeout]
// it is [ErrTimeout] (504), and where a request comes back here it is [ErrLoop]
// (508). An answer that breaks off breaks off for the client, too.
package legacy
