// Package idempotency lets clients repeat a request safely: a request with a key in
// the field Idempotency-Key is processed once, and repeating it returns the same
// response.
//
//	once, err := idempotency.New(idempotency.Options{})
//	// …
//	http.ListenAndServe(":8080", once.Handler(mux))
//
// The field is defined in draft-ietf-httpapi-idempotency-key-header: a string such
// as "8e03978e-40d5-43e8-bc93-6894a57f9324", with or without quotes. It applies to
// POST, PUT, PATCH and DELETE; a request without it passes, unless
// [Options.Required] is set.
//
// # What a repeated request gets
//
//   - the response to the first request, once that has finished: status, header
//     fields and body, with "Idempotent-Replayed: true". Fields set by outer
//     pieces, such as the fingerprint cookie, are made anew for each response;
//   - while the first is still being processed, the same after a wait, or 409 with
//     Retry-After once [Options.Wait] is over;
//   - 422 if it is a different request: another method, target, media type or body.
//     The boundary of a multipart body does not count, since clients choose a new
//     one for each attempt.
//
// Responses that invite another attempt are not stored, nor are those of a panic;
// the key is then free again. These are 500 and above, 401, 407, 408, 425, 429 and
// 499; see [Options.StoreStatus]. A response that is streamed, has trailers or is
// larger than [Options.MaxAnswerBytes] cannot be stored. All these responses have
// "Idempotent-Stored: false".
//
// A response is held back until its handler has returned and it is stored, so that
// every response that a client receives can be repeated. A handler continues if its
// client leaves: its context ends by deadlines and when the server stops, not with
// the client.
//
// # Whose keys
//
// A key belongs to the client that sends it: the same key from another client is a
// different key. Clients are told apart by the field Authorization, or else by the
// id of the fingerprint piece, if the client sent one; see [Options.Scope]. All
// other clients share their keys, which must then have at least 16 characters, as a
// UUID has. Stores get only hashes, neither keys nor credentials; responses are
// stored as they are.
//
// By default a client whose credentials change counts as a new client, and a
// request that it repeats afterwards is processed again:
//
//   - a new client that receives the fingerprint cookie with a response that then
//     breaks off, and repeats the request with the cookie;
//   - a client whose cookie expires, or that gets a new id (see
//     fingerprint.Identifier.Renew), between two attempts;
//   - a client that repeats a request with a new access token in Authorization.
//
// If that matters, let clients get the cookie before they send the first request
// with a key, and set a Scope that returns the id of the signed-in user.
//
// A client that has lost its rights in the meantime still gets the stored response,
// unless an outer piece refuses the request. Put authorization outside this piece.
//
// # Stores
//
// By default responses are kept in the memory of the process ([Memory]), which is
// limited; a flood of keys shortens how long they are kept, but never lets two
// requests with one key be processed at once. The module
// github.com/sidekick-http/sidekick/idempotency/redis has a [Store] that many
// processes can share. Package storetest tests whether a store keeps the promises
// of the interface.
//
// While a store fails, requests with a key are refused with 503, or let through
// without protection with [FallbackOpen]. Each call to a store delays a request by
// at most [Options.StoreTimeout], and after several failures in a row the store is
// not called for a while. If a response cannot be stored because the store fails,
// it is sent all the same, and stored as soon as the store is back, within
// [Options.Lease] and before [Replayer.Close].
//
// If a process dies in the middle of a request, the key stays held for
// [Options.Lease]; after that, a repeated request is processed again. What the
// first had done by then is done twice, unless the handler prevents it:
// [Work.Fence] orders the requests of one key.
//
// # Place in the chain
//
// It belongs outside the handler and everything that reads the body, and inside
// pieces that identify the client, limit or compress. [Replayer.Begin] is for
// frameworks: package dispatch accepts a Replayer as an option of an action.
package idempotency
