package idempotency

import (
	"context"
	"errors"
	"time"
)

// A Store keeps the owners and responses of keys. [Memory] is one for a single
// process; the module idempotency/redis has one for many.
//
// Each method must be atomic. A Store must be safe for concurrent use, and may be
// used by several Replayers. It should return when ctx ends; a [Replayer] does not
// wait any longer in any case.
//
// A call may arrive twice, or late: after the caller has given up, and after the
// end of its request. Neither does harm, because owners are never reused.
type Store interface {
	// Begin claims a key. The resulting State is
	//
	//   - [Claimed] if there is no record, or it has expired;
	//   - [Different] if the record has another Request;
	//   - [Finished], with what Finish was given, if the response is stored;
	//   - [Running] if another Owner has the key, and its lease has not passed;
	//   - otherwise, that is, if the lease has passed or the Owner is the same,
	//     [Claimed] again.
	//
	// A claim replaces the one before. It is held for c.Lease; its record is kept for
	// c.Keep after that.
	Begin(ctx context.Context, c Claim) (Begun, error)

	// Renew restarts the lease. If there is no record, because the store has lost it,
	// it makes one. The error is [ErrLost] if another Owner has the key. If the
	// response is stored, nothing happens.
	Renew(ctx context.Context, c Claim) error

	// Finish stores the response for c.Keep, if c.Owner has the key or there is no
	// record. The error is [ErrLost] if another Owner has the key. A second call for
	// the same Owner changes nothing.
	Finish(ctx context.Context, c Claim, answer []byte) error

	// Abort removes the record of a key that c.Owner has and that is not finished.
	// Otherwise nothing happens.
	Abort(ctx context.Context, c Claim) error
}

// A PunctualStore is a [Store] whose methods always return when their context ends,
// or shortly after. A [Replayer] then calls it directly, without another goroutine.
type PunctualStore interface {
	Store
	// Punctual does nothing.
	Punctual()
}

// A Claim says who wants to process a request under a key. Begin, Renew, Finish and
// Abort get the same one, except for the Fence.
type Claim struct {
	// Key identifies the key of a client: a hash of 43 letters, digits, - and _.
	Key string
	// Owner identifies one request being processed: 22 random characters of the same
	// kind.
	Owner string
	// Request identifies what the client wants: a hash of 43 such characters.
	Request string
	// Lease is how long the claim is held unless it is renewed.
	Lease time.Duration
	// Keep is how long the record is kept.
	Keep time.Duration
	// Fence is what Begin returned.
	Fence int64
}

// State is what a [Store] knows about a key.
type State uint8

// The states; see [Store].
const (
	Claimed State = iota + 1
	Running
	Finished
	Different
)

// Begun is the result of [Store.Begin].
type Begun struct {
	State State
	// Fence is greater than that of every earlier claim of the key. It is valid if
	// State is Claimed.
	Fence int64
	// Answer is what Finish was given, if State is Finished. Nobody changes it.
	Answer []byte
}

// Errors of stores.
var (
	// ErrLost: another request has the key, because the lease of this one has passed.
	ErrLost = errors.New("idempotency: another request has taken over the key")
	// ErrFull: a [Memory] has no room for another request.
	ErrFull = errors.New("idempotency: the store is full of requests in progress")
)

// Errors for a [Store] that did not answer. errors.Is finds them in the cause of an
// [Error] and in what is logged.
var (
	// ErrStoreTimeout: the store took longer than [Options.StoreTimeout].
	ErrStoreTimeout = errors.New("idempotency: the store did not answer in time")
	// ErrStoreSkipped: the store was not called, because it failed just before. A
	// [Store] may return it if only a part of it has failed: the other parts are
	// still called.
	ErrStoreSkipped = errors.New("idempotency: the store failed repeatedly and is not called for a while")
	// ErrStoreBusy: the store was not called, because too many requests are already
	// waiting for it.
	ErrStoreBusy = errors.New("idempotency: too many requests wait for the store")
)
