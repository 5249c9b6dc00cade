package idempotency

import (
	"context"
	"errors"
	"time"
)

// A Store keeps who works under a key, and what was answered. [Memory] is one
// for a single process; the module idempotency/redis has one for many.
//
// Each method must be atomic, as if it were done in one moment. A Store must be
// safe for concurrent use, and may be used by several Replayers. It should
// return when ctx ends; a [Replayer] does not wait any longer, whatever it does.
//
// A call may come twice, and may come late: after a call that was given up, and
// after the end of the request that it was for. Owners are never used again, so
// that neither does harm.
type Store interface {
	// Begin claims a key:
	//
	//   - where there is no record, or it has expired: the answer is [Claimed];
	//   - where the record has another Request: [Different];
	//   - where the work is finished: [Finished], with what Finish was given;
	//   - where another Owner has it, whose lease has not passed: [Running];
	//   - otherwise, that is where the lease has passed or the Owner is the same:
	//     [Claimed] again.
	//
	// A claim takes the place of the one before. It is held for c.Lease; its record
	// is kept for c.Keep after that.
	Begin(ctx context.Context, c Claim) (Begun, error)

	// Renew has the lease begin again. Where there is no record, because the store
	// has lost it, it makes one. The error is [ErrLost] where another Owner has the
	// key; where the work is finished nothing happens.
	Renew(ctx context.Context, c Claim) error

	// Finish keeps the answer for c.Keep, as the record of a key that c.Owner has,
	// or for which there is none. The error is [ErrLost] where another Owner has the
	// key. A second call for the same Owner changes nothing.
	Finish(ctx context.Context, c Claim, answer []byte) error

	// Abort removes the record of a key that c.Owner has and that is not finished.
	// Otherwise nothing happens.
	Abort(ctx context.Context, c Claim) error
}

// A PunctualStore is a [Store] whose methods return when their context ends,
// whatever happens, a little later at most. A [Replayer] then waits for it
// itself, instead of having a goroutine wait.
type PunctualStore interface {
	Store
	// Punctual does nothing.
	Punctual()
}

// A Claim says who wants to work under a key. Begin, Renew, Finish and Abort are
// given the same one, but for the Fence.
type Claim struct {
	// Key stands for the key of a client: 43 letters, digits and the signs - and _,
	// which are a hash.
	Key string
	// Owner stands for one request that is worked on: 22 such characters at random.
	Owner string
	// Request stands for what the client wants: 43 such characters.
	Request string
	// Lease is how long the claim holds unless it is renewed.
	Lease time.Duration
	// Keep is how long the record is kept.
	Keep time.Duration
	// Fence is what Begin has returned.
	Fence int64
}

// State is what a [Store] knows of a key.
type State uint8

// The states. See [Store].
const (
	Claimed State = iota + 1
	Running
	Finished
	Different
)

// Begun is the answer of [Store.Begin].
type Begun struct {
	State State
	// Fence is greater than that of every claim of the key before. It counts where
	// State is Claimed.
	Fence int64
	// Answer is what Finish was given, where State is Finished. It is not changed.
	Answer []byte
}

// Errors of stores.
var (
	// ErrLost: another request has the key, because the lease of this one has
	// passed.
	ErrLost = errors.New("idempotency: another request has taken over the key")
	// ErrFull: a [Memory] has no room for another request at work.
	ErrFull = errors.New("idempotency: the store is full of requests at work")
)

// What a [Store] that gives no answer is reported as; errors.Is finds them in
// the cause of an [Error] and in what is logged.
var (
	// ErrStoreTimeout: the store took longer than [Options.StoreTimeout].
	ErrStoreTimeout = errors.New("idempotency: the store did not answer in time")
	// ErrStoreSkipped: the store was not asked, because it has failed just before.
	// A [Store] may return it for a part of it that has failed: the others go on
	// being asked.
	ErrStoreSkipped = errors.New("idempotency: the store is not asked after failures")
	// ErrStoreBusy: the store was not asked, because too many requests are waiting
	// for it already.
	ErrStoreBusy = errors.New("idempotency: too many requests wait for the store")
)
