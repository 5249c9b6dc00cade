// Package ratelimit refuses requests from clients that send too many.
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
// A [Limit] has a rate for the long run and a burst for the moment: in any time t a
// client gets at most Burst + Rate×t/Per units, and a client that stays below the
// rate is never refused. The algorithm is GCRA, a token bucket that needs only one
// number for each client; see [Plan]. Several limits apply together: a request that
// one of them refuses is counted by none.
//
// A request is one unit, unless [Options.Cost] says otherwise. Refused requests
// cost nothing.
//
// # Clients
//
// Clients are told apart by their address, in IPv6 by the /64 network. The address
// is that of middleware/clientaddr if that has run, otherwise the one that follows
// from [Options.TrustedProxies]. Alternatives are [Options.KeyFingerprint],
// [Options.KeyHeader] and [Options.Key].
//
// Of these, only the address is beyond the client's control. A client that sends
// another header value, or collects another cookie, gets another limit. If that
// matters, put a limiter by address outside the other one, so that both count:
//
//	byAddress.Handler(byKey.Handler(mux))
//
// # Refusals
//
// A refused client gets 429 (Too Many Requests) with Retry-After, the RateLimit and
// RateLimit-Policy fields of draft-ietf-httpapi-ratelimit-headers-10 (see
// [Decision.SetFields]), and a body with the member "error". [Options.ErrorHandler]
// can render it in another form, such as the envelope's. A client that waits as
// long as Retry-After says is not refused again, unless others who share its key
// came first.
//
// The envelope shows how many units are left as
// requesterInformation.RequestsRemaining: the fewest under any limit of the
// limiters that have run.
//
// # Stores
//
// What clients have used is kept in a [Store], by default in the memory of the
// process ([Memory]), whose size is limited and which is safe against floods of
// keys. The module github.com/sidekick-http/sidekick/ratelimit/redis has a Store
// that many processes can share. A Store that fails or hangs delays a request by at
// most [Options.StoreTimeout]; after several failures in a row it is not called for
// a while ([Options.StoreFailures]). [Options.Fallback] says what happens to
// requests in the meantime.
//
// # Place in the chain
//
// It belongs inside the pieces that identify the client, and outside what it
// protects. Preflights and static files are counted like all other requests:
// exclude them with [Options.ExemptPaths] and [Options.Cost].
//
// # Differences from Actionhero
//
// The documentation of Actionhero shows RequestsRemaining in its first example, in
// requestorInformation, without explaining it; its server has no limits.
package ratelimit
