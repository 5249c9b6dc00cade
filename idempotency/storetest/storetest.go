// Package storetest tests whether a store keeps the promises of idempotency.Store.
//
//	func TestStore(t *testing.T) {
//		storetest.Run(t, func(t *testing.T) idempotency.Store { return newMyStore(t) })
//	}
package storetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
)

// Short is the lease, and the time for which records are kept, in tests that wait
// for them to pass.
const Short = 300 * time.Millisecond

// Run tests the stores that make returns. Each test uses its own keys, so make may
// return the same store each time. Those that wait for times to pass are parallel
// subtests, so make must not call t.Setenv or t.Chdir. Run takes about a second.
func Run(t *testing.T, make func(t *testing.T) idempotency.Store) {
	tests := []struct {
		name  string
		run   func(*bench)
		waits bool
	}{
		{"an answer is found again", (*bench).found, false},
		{"another request is told", (*bench).different, false},
		{"one of many begins", (*bench).many, false},
		{"a claim that was given back is free", (*bench).aborted, false},
		{"the same owner begins again", (*bench).again, false},
		{"late calls change nothing", (*bench).late, false},
		{"a lease that has passed is taken over", (*bench).takenOver, true},
		{"a lease that is renewed is not", (*bench).renewed, true},
		{"what the store has lost is made up for", (*bench).lost, false},
		{"records expire", (*bench).expired, true},
		{"answers of all bytes and sizes", (*bench).sizes, false},
	}
	t.Run("a store", func(t *testing.T) { // which ends when all of them have
		for _, test := range tests {
			t.Run(test.name, func(t *testing.T) {
				if test.waits {
					t.Parallel()
				}
				test.run(&bench{T: t, store: make(t)})
			})
		}
	})
}

// bench is one test.
type bench struct {
	*testing.T
	store idempotency.Store
}

var claims atomic.Int64

// claim returns a claim with a key that no other test uses.
func claim() idempotency.Claim {
	n := fmt.Sprintf("%d-%d", time.Now().UnixNano(), claims.Add(1))
	return idempotency.Claim{Key: "key-" + n, Owner: "owner-" + n, Request: "request-" + n, Lease: time.Minute, Keep: time.Minute}
}

// by returns the claim with another owner.
func by(c idempotency.Claim, owner string) idempotency.Claim {
	c.Owner = owner
	return c
}

// begin calls Begin and checks the state.
func (b *bench) begin(c idempotency.Claim, want idempotency.State) idempotency.Begun {
	b.Helper()
	begun, err := b.store.Begin(context.Background(), c)
	if err != nil || begun.State != want {
		b.Fatalf("Begin: got state %d, %v, want %d", begun.State, err, want)
	}
	return begun
}

// is checks the error of another method.
func (b *bench) is(what string, err, want error) {
	b.Helper()
	if !errors.Is(err, want) {
		b.Fatalf("%s: got %v, want %v", what, err, want)
	}
}

func (b *bench) found() {
	ctx, c := context.Background(), claim()
	b.begin(c, idempotency.Claimed)
	b.begin(by(c, "second"), idempotency.Running)
	b.is("Finish", b.store.Finish(ctx, c, []byte("answer")), nil)
	for _, owner := range []string{c.Owner, "second", "third"} {
		if got := b.begin(by(c, owner), idempotency.Finished); string(got.Answer) != "answer" {
			b.Errorf("got the answer %q", got.Answer)
		}
	}
}

func (b *bench) different() {
	c := claim()
	b.begin(c, idempotency.Claimed)
	other := by(c, "second")
	other.Request = "another request"
	b.begin(other, idempotency.Different)
	b.is("Finish", b.store.Finish(context.Background(), c, []byte("answer")), nil)
	b.begin(other, idempotency.Different)
	b.begin(by(c, "third"), idempotency.Finished)
}

func (b *bench) many() {
	c := claim()
	var wg sync.WaitGroup
	var claimed atomic.Int64
	for i := range 50 {
		wg.Go(func() {
			begun, err := b.store.Begin(context.Background(), by(c, fmt.Sprint("owner ", i)))
			if err != nil {
				b.Error(err)
			}
			if begun.State == idempotency.Claimed {
				claimed.Add(1)
			}
		})
	}
	wg.Wait()
	if n := claimed.Load(); n != 1 {
		b.Errorf("%d have begun", n)
	}
}

func (b *bench) aborted() {
	ctx, c := context.Background(), claim()
	first := b.begin(c, idempotency.Claimed)
	b.is("Abort", b.store.Abort(ctx, c), nil)
	second := by(c, "second")
	second.Request = "another request"
	if got := b.begin(second, idempotency.Claimed); got.Fence <= first.Fence {
		b.Errorf("the fence went from %d to %d", first.Fence, got.Fence)
	}
}

func (b *bench) again() {
	c := claim()
	first := b.begin(c, idempotency.Claimed)
	if got := b.begin(c, idempotency.Claimed); got.Fence < first.Fence {
		b.Errorf("the fence went from %d to %d", first.Fence, got.Fence)
	}
}

func (b *bench) late() {
	ctx, c := context.Background(), claim()
	b.begin(c, idempotency.Claimed)
	stranger := by(c, "stranger")
	b.is("a stranger's Abort", b.store.Abort(ctx, stranger), nil)
	b.is("a stranger's Renew", b.store.Renew(ctx, stranger), idempotency.ErrLost)
	b.is("a stranger's Finish", b.store.Finish(ctx, stranger, []byte("stranger")), idempotency.ErrLost)
	b.is("Finish", b.store.Finish(ctx, c, []byte("answer")), nil)
	b.is("a second Finish", b.store.Finish(ctx, c, []byte("second")), nil)
	b.is("Renew", b.store.Renew(ctx, c), nil)
	b.is("Abort", b.store.Abort(ctx, c), nil)
	if got := b.begin(by(c, "second"), idempotency.Finished); string(got.Answer) != "answer" {
		b.Errorf("got the answer %q", got.Answer)
	}
}

func (b *bench) takenOver() {
	ctx, c := context.Background(), claim()
	c.Lease = Short
	first := b.begin(c, idempotency.Claimed)
	b.begin(by(c, "second"), idempotency.Running)
	time.Sleep(Short + Short/2)
	other := by(c, "other")
	other.Request = "another request"
	b.begin(other, idempotency.Different)
	second := by(c, "second")
	second.Lease = time.Minute
	if got := b.begin(second, idempotency.Claimed); got.Fence <= first.Fence {
		b.Errorf("the fence went from %d to %d", first.Fence, got.Fence)
	}
	b.is("the first one's Renew", b.store.Renew(ctx, c), idempotency.ErrLost)
	b.is("the first one's Finish", b.store.Finish(ctx, c, []byte("first")), idempotency.ErrLost)
	b.is("the first one's Abort", b.store.Abort(ctx, c), nil)
	b.begin(by(c, "third"), idempotency.Running)
	b.is("Finish", b.store.Finish(ctx, second, []byte("second")), nil)
	if got := b.begin(c, idempotency.Finished); string(got.Answer) != "second" {
		b.Errorf("got the answer %q", got.Answer)
	}
}

func (b *bench) renewed() {
	ctx, c := context.Background(), claim()
	c.Lease = Short
	c.Fence = b.begin(c, idempotency.Claimed).Fence
	longer := c
	longer.Lease = time.Minute
	b.is("Renew", b.store.Renew(ctx, longer), nil)
	time.Sleep(Short + Short/2)
	b.begin(by(c, "second"), idempotency.Running)
	b.is("Finish", b.store.Finish(ctx, c, nil), nil)
	if got := b.begin(by(c, "second"), idempotency.Finished); len(got.Answer) != 0 {
		b.Errorf("got the answer %q, want an empty one", got.Answer)
	}
}

func (b *bench) lost() {
	ctx, c := context.Background(), claim()
	b.is("Renew", b.store.Renew(ctx, c), nil)
	b.begin(by(c, "second"), idempotency.Running)
	c = claim()
	b.is("Abort", b.store.Abort(ctx, c), nil)
	b.is("Finish", b.store.Finish(ctx, c, []byte("answer")), nil)
	if got := b.begin(by(c, "second"), idempotency.Finished); string(got.Answer) != "answer" {
		b.Errorf("got the answer %q", got.Answer)
	}
}

func (b *bench) expired() {
	ctx, c := context.Background(), claim()
	c.Lease, c.Keep = Short, Short
	b.begin(c, idempotency.Claimed)
	b.is("Finish", b.store.Finish(ctx, c, []byte("answer")), nil)
	b.begin(by(c, "second"), idempotency.Finished)
	left := claim() // never finished
	left.Lease, left.Keep = Short, Short
	b.begin(left, idempotency.Claimed)
	time.Sleep(2*Short + Short/2)
	for _, c := range []idempotency.Claim{c, left} {
		c.Request = "another request"
		b.begin(by(c, "third"), idempotency.Claimed)
	}
}

func (b *bench) sizes() {
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	for _, answer := range [][]byte{{}, {0}, every, bytes.Repeat(every, 4096)} {
		c := claim()
		b.begin(c, idempotency.Claimed)
		b.is("Finish", b.store.Finish(context.Background(), c, answer), nil)
		if got := b.begin(by(c, "second"), idempotency.Finished); !bytes.Equal(got.Answer, answer) {
			b.Errorf("an answer of %d bytes: got %d others", len(answer), len(got.Answer))
		}
	}
}
