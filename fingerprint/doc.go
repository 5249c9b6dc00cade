// Package fingerprint tells clients apart: it gives every one an id of 40
// hexadecimal digits, keeps it in a signed cookie, and hands it to the handlers
// below through the request's context.
//
//	clients, err := fingerprint.New(fingerprint.Options{Keys: [][]byte{key}})
//	// …
//	http.ListenAndServe(":8080", clients.Handler(mux))
//	// in a handler:
//	id, ok := fingerprint.FromContext(r.Context())
//
// # Ids
//
// An id is 160 random bits. Nothing of the client is in it, so that nobody can
// guess another one's. With [Options.StaticElements] the id of a client without
// a cookie is instead a hash of what its requests have in common, which keeps
// clients without cookies apart at the price of being guessable and of giving
// equal clients behind one address the same id.
//
// # The cookie
//
// It is called sessionID and lives for an hour unless told otherwise, is sent
// with Path=/, HttpOnly and SameSite=Lax, and with Secure when the request is
// secure. Its value is signed with HMAC-SHA-256 by gorilla/securecookie under
// the first of [Options.Keys]; the others are still accepted, and what they have
// signed is signed again under the first. A value that is forged, expired, dated
// in the future, or made for a cookie of another name is no value: the client
// gets a new id, and learns nothing of why. Of several cookies of the name the
// first good one counts; requests with more than 3000 cookies have none, as
// net/http sees it too.
//
// The cookie is sent when the id is new, when the value was signed by an older
// key, and when less than half of its life is left ([Options.RenewBefore]). It
// is decided when the response header is sent, and never put on
//
//   - answers to OPTIONS,
//   - redirects and 304,
//   - answers that shared caches may keep, by public, s-maxage or max-age in
//     their Cache-Control: static files, above all.
//
// A response that gets it says Cache-Control: private or no-store, beside what
// else it says there.
//
// # Not a login
//
// An id says that two requests come from one client, not who that is. Anyone
// who can read or plant a cookie is that client. Call [Identifier.Renew] when
// the client gains rights, at sign-in above all, so that an id from before is
// worth nothing, and use [LogID] rather than the id in logs.
//
// # Place in the chain
//
// Above the handlers that want to know the client, and beside, not above, those
// that serve files. Mounted twice, or below a piece that has called
// [NewContext], it leaves the id that is there alone.
//
// # Differences from Actionhero
//
// Actionhero takes any cookie value, and any X-sessionID header, for the id.
// Here values are signed, the header must be enabled ([Options.AcceptHeader]),
// and cookies have the attributes above rather than a path only. For those who
// share clients with a running Actionhero there is [Options.DangerouslyUnsigned],
// which takes ids of the right form as they are.
package fingerprint
