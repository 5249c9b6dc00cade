package ratelimit

import "context"

// A Store keeps what clients have used. [Memory] is one for a single process;
// the module ratelimit/redis has one for many.
//
// A Store must be safe for concurrent use.
type Store interface {
	// Take decides about one request of the client that key stands for, and books
	// it if it is allowed: under all limits of the plan, or under none. It must be
	// atomic, as if it were all done in one moment:
	//
	//	read the debts of key, less the time that has passed since they were
	//	written; call [Plan.Take]; write the debts back.
	//
	// Debts are kept by [Plan.ID] and key; those of a client that owes nothing
	// need not be kept. The clock must be the same for all that share the store.
	//
	// key has at most 128 bytes, of any value. cost is 0, which only looks, or more,
	// and no more than the smallest burst.
	//
	// Take should return when ctx ends. A [Limiter] does not wait any longer,
	// whatever Take does. An error is a failure of the store, after some of which
	// it is left alone for a while; [ErrStoreSkipped] is not counted among them.
	Take(ctx context.Context, plan *Plan, key string, cost int64) (Taken, error)
}

// A PunctualStore is a [Store] whose Take returns when its context ends, whatever
// happens, a little later at most. A [Limiter] then waits for it itself, instead
// of having a goroutine wait, which makes a check faster by some microseconds.
type PunctualStore interface {
	Store
	// Punctual does nothing.
	Punctual()
}

// Taken is what a [Store] has decided.
type Taken struct {
	Allowed bool  // what Plan.Take has returned
	Debts   Debts // afterwards
}
