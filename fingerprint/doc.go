// Package fingerprint tells clients apart: it gives each client an id of 40
// hexadecimal digits, keeps it in a signed cookie, and passes it to inner handlers
// in the request's context.
//
//	clients, err := fingerprint.New(fingerprint.Options{Keys: [][]byte{key}})
//	// …
//	http.ListenAndServe(":8080", clients.Handler(mux))
//	// in a handler:
//	id, ok := fingerprint.FromContext(r.Context())
//
// # Ids
//
// An id is 160 random bits. It says nothing about the client, so nobody can guess
// another client's id. With [Options.StaticElements] the id of a client without a
// cookie is instead a hash of what its requests have in common. That tells clients
// without cookies apart, but such ids can be guessed, and identical clients behind
// one address share one.
//
// # The cookie
//
// By default it is called sessionID, lives for an hour and is sent with Path=/,
// HttpOnly and SameSite=Lax, and with Secure on secure requests. Its value is
// signed with HMAC-SHA-256 by gorilla/securecookie under the first of
// [Options.Keys]. The other keys are still accepted; values signed with them are
// signed again with the first. A value that is forged, expired, dated in the
// future, or made for a cookie of another name is ignored: the client gets a new id
// and is not told why. If several cookies have the name, the first valid one
// counts. In a request with more than 3000 cookies no cookie counts, as in net/http.
//
// The cookie is sent if the id is new, if the value was signed with an older key,
// or if less than half of its lifetime is left ([Options.RenewBefore]). That is
// decided when the response header is sent. It is never sent with
//
//   - responses to OPTIONS,
//   - redirects and 304,
//   - responses that shared caches may store, because their Cache-Control has
//     public, s-maxage or max-age, as static files do.
//
// A response that sends it gets private in its Cache-Control, unless that says
// private or no-store already.
//
// # Not a login
//
// An id says that two requests come from one client, not who the client is. Anyone
// who can read or plant a cookie can pose as that client. Call [Identifier.Renew]
// when the client gains rights, at sign-in above all, so that an older id is worth
// nothing, and use [LogID] rather than the id in logs.
//
// # Place in the chain
//
// Put it around handlers that need the id, not around those that serve files.
// Mounted twice, or inside a handler that calls [NewContext], it keeps the id that
// is already there.
//
// # Differences from Actionhero
//
// Actionhero accepts any cookie value, and any X-sessionID header, as the id. Here
// values are signed, the header must be enabled ([Options.AcceptHeader]), and
// cookies have the attributes above instead of only a path. To share clients with a
// running Actionhero, set [Options.DangerouslyUnsigned], which accepts any id of
// the right form.
package fingerprint
