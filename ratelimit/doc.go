// Package ratelimit refuses requests of clients that ask too often.
//
//	limiter, err := ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{
//		{Rate: 10, Per: time.Second, Burst: 20},
//		{Rate: 1000, Per: time.Hour},
//	}})
//	// …
//	http.ListenAndServe(":8080", limiter.Handler(mux))
//
// [Limiter.Handler] goes in front of any handler. [Limiter.Check] and
// [Limiter.Allow] decide without sending anything.
//
// # Limits
//
// A [Limit] has a rate, in the long run, and a burst, at once: in any time t a
// client gets at most Burst + Rate×t/Per units, and a client that stays below
// the rate always gets them. This is GCRA, which is a token bucket that needs
// no more than one number for each client; see [Plan]. Several limits hold
// together: a request that one of them refuses is counted by none.
//
// A request is one unit, unless [Options.Cost] says otherwise. Refused requests
// cost nothing.
//
// # Clients
//
// Clients are told apart by their address, IPv6 by its /64 network: as the
// client-address piece has decided it where that has run, otherwise by
// [Options.TrustedProxies]. The other ways are [Options.KeyFingerprint],
// [Options.KeyHeader] and [Options.Key].
//
// An address is all that a client cannot choose. Whoever can send another header
// value, or collect another cookie, gets another limit. Where that matters, put
// a limiter by address outside of the other one: both count then.
//
//	byAddress.Handler(byKey.Handler(mux))
//
// # Refusals
//
// A refused client gets 429 (Too Many Requests) with Retry-After and the
// RateLimit and RateLimit-Policy fields of draft-ietf-httpapi-ratelimit-headers-10
// (see [Decision.SetFields]), and a body with the member "error". Another
// [Options.ErrorHandler] renders the same in another form, the envelope's, say.
// Whoever waits as long as Retry-After says is not refused again, unless others
// who share the key have come first.
//
// The envelope shows how many units are left, under the limit that has fewest of
// all limiters that have run, as requesterInformation.RequestsRemaining.
//
// # Stores
//
// What clients have used is kept in a [Store]: by default in the memory of the
// process ([Memory]), bounded and safe against floods of keys. The module
// github.com/sidekick-http/sidekick/ratelimit/redis has a Store that many
// processes share. A Store that fails or hangs costs a request at most
// [Options.StoreTimeout]; after failures in a row it is left alone for a while
// ([Options.StoreFailures]); what happens to requests meanwhile says
// [Options.Fallback].
//
// # Place in the chain
//
// Inside of the pieces that find out who the client is, and outside of what is
// to be protected. Preflights and static files are requests like all others:
// [Options.ExemptPaths] and [Options.Cost] leave them out.
//
// # Differences from Actionhero
//
// The documentation of Actionhero shows RequestsRemaining in its first example,
// in requestorInformation, without more about it; its server has no limits.
package ratelimit
