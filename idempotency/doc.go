// Package idempotency lets clients repeat a request safely: a request that
// brings a key in the field Idempotency-Key is worked on once, and whoever
// repeats it gets the same answer.
//
//	once, err := idempotency.New(idempotency.Options{})
//	// …
//	http.ListenAndServe(":8080", once.Handler(mux))
//
// The field is that of draft-ietf-httpapi-idempotency-key-header: a string, as
// "8e03978e-40d5-43e8-bc93-6894a57f9324", in quotes or without. It counts for
// POST, PUT, PATCH and DELETE; a request without it goes through, unless
// [Options.Required] is set.
//
// # What a repetition gets
//
//   - the answer of the first request, once that is finished: status, fields and
//     body, with "Idempotent-Replayed: true". Fields that pieces outside set, such
//     as cookies of the fingerprint, are made anew for each answer;
//   - that answer as well while the first is still at work, after a wait; 409 with
//     Retry-After once [Options.Wait] is over;
//   - 422 where it is another request: another method, target, media type or
//     body. The boundary of a multipart body does not count, since clients draw a
//     new one for each try.
//
// Answers that ask for another try are not stored, nor are those of a panic: the
// key is free again then. These are 500 and above, 401, 407, 408, 425, 429 and
// 499; see [Options.StoreStatus]. What is streamed, has trailers or is larger
// than [Options.MaxAnswerBytes] cannot be stored. Such answers have
// "Idempotent-Stored: false".
//
// An answer is held back until its handler has returned and it is stored, so that
// nobody gets one that a repetition would not find. A handler goes on when its
// client leaves: its context ends by deadlines and by a server that stops, not by
// the client.
//
// # Whose keys
//
// A key belongs to who sends it: the same key of another client is another key.
// Clients are told apart by the field Authorization, or else by the id of the
// fingerprint piece, if the client has brought one; see [Options.Scope]. All
// others share their keys, which must have 16 characters then, as a UUID has.
// Stores are given hashes alone, neither keys nor credentials; answers are stored
// as they are.
//
// A repetition of somebody whose rights have ended since is answered from the
// store, unless a piece outside refuses it. Put what checks rights outside, in
// front of this piece.
//
// # Stores
//
// Answers are in the memory of the process ([Memory]), bounded; a flood of keys
// shortens how long they are kept, and never lets a request be worked on twice at
// once. The module github.com/sidekick-http/sidekick/idempotency/redis has a
// [Store] that many processes share. Package storetest holds a store to its
// promises.
//
// While a store fails, requests with a key are refused with 503, or let through
// without protection by [FallbackOpen]. A store costs a request at most
// [Options.StoreTimeout] each time, and is left alone after failures in a row.
// Where an answer cannot be stored it is sent all the same, and stored as soon as
// the store is back, within [Options.Lease].
//
// A process that ends in the middle of a request leaves the key held for
// [Options.Lease]; then a repetition is worked on anew. What the first one had
// done by then is done twice, unless the handler prevents it: [Work.Fence] orders
// the requests of one key.
//
// # Place in the chain
//
// Outside of what works and of whatever reads the body, and inside of what says who
// asks, limits and compresses.
// [Replayer.Begin] is for frameworks: package dispatch takes a Replayer as an
// option of an action.
package idempotency
