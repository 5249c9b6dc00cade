package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// However many clients come, one that has used up its limit is refused until time
// has passed, and the store does not grow.
func TestKeyFlooding(t *testing.T) {
	const keys = 1024
	for _, limits := range [][]ratelimit.Limit{
		{{Rate: 1, Per: time.Hour}},
		{{Rate: 5, Per: time.Hour}},
		{{Name: "s", Rate: 2, Per: time.Second, Burst: 4}, {Name: "h", Rate: 5, Per: time.Hour}},
	} {
		t.Run(fmt.Sprint(limits), func(t *testing.T) { // not parallel: it measures the heap
			c := newClock()
			l := withClock(t, c, keys, ratelimit.Options{Limits: limits})
			var users []string
			for i := range 50 {
				users = append(users, fmt.Sprint("used up ", i))
				for allow(t, l, users[i]) {
					c.advance(time.Second)
				}
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			allowed := 0
			for i := range 40 * keys {
				if allow(t, l, fmt.Sprint("flood ", i)) {
					allowed++
				}
				if i%100 == 0 {
					c.advance(time.Millisecond)
				}
			}
			runtime.GC()
			runtime.ReadMemStats(&after)
			if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
				t.Errorf("the heap has grown by %d bytes", grown)
			}
			for _, user := range users {
				if allow(t, l, user) {
					t.Errorf("%s is forgotten", user)
				}
			}
			burst := limits[len(limits)-1].Rate
			if most := int(2 * keys * burst); allowed > most {
				t.Errorf("%d requests of the flood were allowed, want at most %d", allowed, most)
			}
			c.advance(time.Hour)
			if !allow(t, l, users[0]) || !allow(t, l, "somebody new") {
				t.Error("after an hour there is still no request left")
			}
		})
	}
}

// A flood of clients that use little costs new clients little: not more than what
// is used by the lightest clients that the store remembers.
func TestNewcomersDuringAFlood(t *testing.T) {
	const keys, burst = 4096, 20
	c := newClock()
	l := withClock(t, c, keys, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 10, Per: time.Second, Burst: burst}}})
	least := int64(burst)
	// 30,000 a second, each once: 4,096 clients may use 40,960.
	for i := range 100_000 {
		d, _ := l.Allow(context.Background(), fmt.Sprint("flood ", i), 1)
		least = min(least, d.Remaining)
		c.advance(time.Second / 30_000)
	}
	if least < burst/2 {
		t.Errorf("a newcomer had %d of %d left", least, burst)
	}
	d, err := l.Allow(context.Background(), "somebody new", 1)
	if err != nil || d.Remaining < burst/2 {
		t.Errorf("a newcomer has %d left (%v)", d.Remaining, err)
	}
	c.advance(time.Second)
	if d, err = l.Allow(context.Background(), "later", 1); err != nil || d.Remaining < burst/2 {
		t.Errorf("a second later a newcomer has %d left of %d (%v)", d.Remaining, burst, err)
	}
}

// The clock of a store may jump. At worst a client has nothing left for as long as
// if it had used a burst, at best it has a burst again.
func TestClockJumps(t *testing.T) {
	const burst = 5
	for _, jump := range []time.Duration{time.Minute, time.Hour, 24 * time.Hour, 60 * 365 * 24 * time.Hour} {
		for _, keys := range []int{16, 4096} {
			t.Run(fmt.Sprint(jump, " ", keys), func(t *testing.T) {
				t.Parallel()
				c := newClock()
				l := withClock(t, c, keys, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: burst, Per: time.Second}}})
				use := func() (n int) {
					for i := range 100 {
						if allow(t, l, "a") {
							n++
						}
						allow(t, l, fmt.Sprint("other ", i))
					}
					return n
				}
				check := func(when string, least, most int) {
					t.Helper()
					if n := use(); n < least || n > most {
						t.Errorf("%s: got %d, want %d to %d", when, n, least, most)
					}
				}
				check("at first", 1, burst)
				c.advance(-jump)
				check("set back", 0, 0)
				if keys > 100 {
					c.advance(time.Second / burst)
					check("a moment later", 1, 1)
					c.advance(time.Second)
					check("a second later", burst, burst)
				} else {
					c.advance(2 * time.Second)
					check("a while later", 1, burst)
				}
				c.advance(2 * jump)
				check("set forward", 1, burst)
				c.advance(-jump)
				check("set back again", 0, 0)
				c.advance(2 * time.Second)
				check("a while later", 1, burst)
			})
		}
	}
}

// Many concurrent requests get exactly what they would get one after the other.
func TestConcurrentChecksNeverExceed(t *testing.T) {
	const burst, clients = 500, 7
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: []ratelimit.Limit{
		{Name: "a", Rate: burst, Per: time.Hour}, {Name: "b", Rate: 2 * burst, Per: time.Hour},
	}})
	var units [clients]atomic.Int64
	var wg sync.WaitGroup
	for worker := range 16 {
		wg.Go(func() {
			for i := range clients * burst {
				cost := int64(1 + (worker+i)%3)
				if _, err := l.Allow(context.Background(), fmt.Sprint("client ", i%clients), cost); err == nil {
					units[i%clients].Add(cost)
				}
			}
		})
	}
	wg.Wait()
	for i := range units {
		if got := units[i].Load(); got != burst {
			t.Errorf("client %d got %d units, want %d", i, got, burst)
		}
	}
}

// The same with records that are constantly given up: nobody gets more.
func TestConcurrentChecksInAFullStore(t *testing.T) {
	const burst, clients = 20, 400
	l := withClock(t, newClock(), 64, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: burst, Per: time.Hour}}})
	var units [clients]atomic.Int64
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 3 * clients * burst / 8 {
				c := (i*7 + worker*13) % clients
				if _, err := l.Allow(context.Background(), fmt.Sprint("client ", c), 1); err == nil {
					units[c].Add(1)
				}
			}
		})
	}
	wg.Wait()
	for i := range units {
		if got := units[i].Load(); got > burst {
			t.Errorf("client %d got %d units, want at most %d", i, got, burst)
		}
	}
}

func TestScopes(t *testing.T) {
	c := newClock()
	store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{Now: c.read})
	if err != nil {
		t.Fatal(err)
	}
	of := func(scope string, rate int64) *ratelimit.Limiter {
		return mustNew(t, ratelimit.Options{Store: store, Scope: scope, Limits: []ratelimit.Limit{{Rate: rate, Per: time.Hour}}})
	}
	a, again, b, more := of("a", 1), of("a", 1), of("b", 1), of("a", 2)
	if !allow(t, a, "x") {
		t.Fatal("the first request is refused")
	}
	if allow(t, again, "x") {
		t.Error("an equal scope with equal limits counts apart")
	}
	if !allow(t, b, "x") || !allow(t, more, "x") {
		t.Error("another scope, or other limits, count together")
	}
}

func TestMemoryIsAStore(t *testing.T) {
	store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	limits := []ratelimit.Limit{{Rate: 2, Per: time.Hour}}
	plan, err := ratelimit.NewPlan("", limits...)
	if err != nil {
		t.Fatal(err)
	}
	l := mustNew(t, ratelimit.Options{Store: store, Limits: limits})
	for i, want := range []bool{true, true, false} {
		taken, err := store.Take(t.Context(), plan, "x", 1)
		if err != nil || taken.Allowed != want {
			t.Errorf("request %d: got %t, want %t (%v)", i, taken.Allowed, want, err)
		}
	}
	if allow(t, l, "x") {
		t.Error("a limiter with an equal plan counts apart")
	}
}

func TestMemoryOptions(t *testing.T) {
	for _, n := range []int{-1, 1<<28 + 1} {
		_, err := ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: n})
		var config *ratelimit.ConfigError
		if !errors.As(err, &config) || config.Field != "MaxKeys" {
			t.Errorf("%d: got %v, want a ConfigError", n, err)
		}
	}
	for _, n := range []int{1, 15, 16, 17, 1000} {
		l := withClock(t, newClock(), n, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Hour}}})
		if !allow(t, l, "x") || allow(t, l, "x") {
			t.Errorf("%d: a limit of 1 is none", n)
		}
	}
}

// A check of a client, known or new, does not allocate.
func TestChecksDoNotAllocate(t *testing.T) {
	l := mustNew(t, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1000, Per: time.Second, Burst: 1_000_000}, {Rate: 1_000_000, Per: time.Hour}}})
	r := request("GET", "/", "198.51.100.7:1")
	six := request("GET", "/", "[2001:db8:1:2:3:4:5:6]:1")
	byHeader := mustNew(t, ratelimit.Options{KeyHeader: "X-Api-Key", Limits: []ratelimit.Limit{{Rate: 1000, Per: time.Second, Burst: 1_000_000}}})
	r.Header.Set("X-Api-Key", "0123456789abcdef0123456789abcdef")
	ctx := context.Background()
	for name, check := range map[string]func() error{
		"Allow": func() error {
			_, err := l.Allow(ctx, "somebody whose key is longer than thirty-two bytes", 1)
			return err
		},
		"Check":          func() error { _, err := l.Check(ctx, r); return err },
		"Check, IPv6":    func() error { _, err := l.Check(ctx, six); return err },
		"Check, a field": func() error { _, err := byHeader.Check(ctx, r); return err },
	} {
		if n := testing.AllocsPerRun(1000, func() {
			if err := check(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: got %v allocations, want none", name, n)
		}
	}
}
