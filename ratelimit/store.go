package ratelimit

import "context"

// A Store keeps what clients have used. [Memory] is one for a single process;
// the module ratelimit/redis has one for many.
//
// A Store must be safe for concurrent use.
type Store interface {
	// Take decides one request of the client with this key, and charges it if it is
	// allowed: under all limits of the plan, or under none. It must do the following
	// atomically:
	//
	//	read the debts of key, less the time that has passed since they were
	//	written; call [Plan.Take]; write the debts back.
	//
	// Debts are kept by [Plan.ID] and key; those of a client that owes nothing need
	// not be kept. All users of the store must share one clock.
	//
	// key has at most 128 bytes, of any value. cost is between 0, which takes
	// nothing, and the smallest burst.
	//
	// Take should return when ctx ends. A [Limiter] does not wait any longer in any
	// case. An error is a failure of the store; after several of them it is not
	// called for a while. [ErrStoreSkipped] does not count as a failure.
	Take(ctx context.Context, plan *Plan, key string, cost int64) (Taken, error)
}

// A PunctualStore is a [Store] whose Take always returns when its context ends, or
// shortly after. A [Limiter] then calls it directly, without another goroutine,
// which saves some microseconds.
type PunctualStore interface {
	Store
	// Punctual does nothing.
	Punctual()
}

// Taken is the decision of a [Store].
type Taken struct {
	Allowed bool  // the result of Plan.Take
	Debts   Debts // afterwards
}
