package ratelimit_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/ratelimit"
)

// bucket is a plain token bucket, the model that limits are compared with: it is
// full at first, fills at the limit's rate and never overflows. Its level is
// counted in nanoseconds that pay for units.
type bucket struct {
	interval, full, level int64
	filled                time.Duration
}

func newBucket(l ratelimit.Limit) *bucket {
	interval := (int64(l.Per) + l.Rate - 1) / l.Rate
	full := interval * l.Burst
	return &bucket{interval: interval, full: full, level: full}
}

func (b *bucket) fill(now time.Duration) {
	b.level = min(b.full, b.level+int64(now-b.filled))
	b.filled = now
}

// buckets take from all or from none.
type buckets []*bucket

func newBuckets(limits []ratelimit.Limit) (bs buckets) {
	for _, l := range limits {
		bs = append(bs, newBucket(l))
	}
	return bs
}

func (bs buckets) take(now time.Duration, cost int64) bool {
	for _, b := range bs {
		b.fill(now)
		if cost < 0 || cost > b.full/b.interval || cost*b.interval > b.level {
			return false
		}
	}
	for _, b := range bs {
		b.level -= cost * b.interval
	}
	return true
}

// clock is a clock that tests set.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)} }

func (c *clock) read() time.Time         { return c.now }
func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

// withClock returns a limiter in memory that uses a clock.
func withClock(t testing.TB, c *clock, maxKeys int, o ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{Now: c.read, MaxKeys: maxKeys})
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	return mustNew(t, o)
}

func mustNew(t testing.TB, o ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// allow asks for one unit, or for cost units.
func allow(t testing.TB, l *ratelimit.Limiter, key string, cost ...int64) bool {
	t.Helper()
	n := int64(1)
	if len(cost) > 0 {
		n = cost[0]
	}
	d, err := l.Allow(context.Background(), key, n)
	if d.Allowed != (err == nil) {
		t.Fatalf("%s: got allowed %t with the error %v", key, d.Allowed, err)
	}
	return d.Allowed
}

func TestLimitsOverTime(t *testing.T) {
	c := newClock()
	l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{
		{Rate: 10, Per: time.Second, Burst: 20},
		{Rate: 1000, Per: time.Hour},
	}})
	for i := range 20 {
		if !allow(t, l, "a") {
			t.Fatalf("request %d of the burst is refused", i)
		}
	}
	for _, step := range []struct {
		name string
		wait time.Duration
		cost int64
		want bool
	}{
		{"the burst is used up", 0, 1, false},
		{"just before one comes back", 99*time.Millisecond + 999*time.Microsecond, 1, false},
		{"one has come back", time.Microsecond, 1, true},
		{"and is used", 0, 1, false},
		{"nothing costs nothing", 0, 0, true},
		{"two seconds bring the burst back", 2 * time.Second, 20, true},
		{"and no more", time.Hour, 21, false},
		{"though an hour has passed", 0, 20, true},
	} {
		c.advance(step.wait)
		if got := allow(t, l, "a", step.cost); got != step.want {
			t.Errorf("%s: got %t, want %t", step.name, got, step.want)
		}
	}
	if !allow(t, l, "b", 20) {
		t.Error("another client is refused")
	}
}

// What one limit refuses, the others do not count.
func TestAllOrNothing(t *testing.T) {
	c := newClock()
	l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{
		{Name: "hour", Rate: 5, Per: time.Hour},
		{Name: "second", Rate: 1, Per: time.Second},
	}})
	for range 3 {
		if !allow(t, l, "a") {
			t.Fatal("the first request of a second is refused")
		}
		for range 100 {
			if allow(t, l, "a") {
				t.Fatal("the second request of a second is allowed")
			}
		}
		c.advance(time.Second)
	}
	d, err := l.Allow(context.Background(), "a", 0)
	if err != nil || d.Limits()[0].Remaining != 2 || d.Limits()[1].Remaining != 1 || d.Remaining != 1 {
		t.Errorf("got %+v, want 2 left of the hour and 1 of the second (%v)", d.Limits(), err)
	}
}

func TestCosts(t *testing.T) {
	l := withClock(t, newClock(), 0, ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 3, Per: time.Second, Burst: 10}, {Name: "x", Rate: 100, Per: time.Second}}})
	for _, cost := range []int64{-1, math.MinInt64, 11, math.MaxInt64} {
		d, err := l.Allow(context.Background(), "a", cost)
		if d.Allowed || err == nil || d.RetryAfter >= 0 || d.Remaining != 10 || !d.Limits()[0].Refused {
			t.Errorf("a cost of %d: got %+v and %v, want it never allowed and nothing taken", cost, d, err)
		}
	}
	if !allow(t, l, "a", 10) || allow(t, l, "a", 1) {
		t.Error("a whole burst at once is refused, or more is allowed")
	}
}

// A rate that does not divide its time evenly is kept: never exceeded, and hardly
// less.
func TestOddRates(t *testing.T) {
	for _, limit := range []ratelimit.Limit{
		{Rate: 3, Per: time.Second},
		{Rate: 7, Per: time.Second, Burst: 100},
		{Rate: 999_983, Per: time.Hour, Burst: 13},
		{Rate: 10_000_000, Per: time.Second},
		{Rate: 9_999_999, Per: time.Second, Burst: 5000},
		{Rate: 1, Per: 24 * time.Hour, Burst: 400},
		{Rate: 1, Per: 100 * time.Nanosecond},
	} {
		c := newClock()
		l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{limit}})
		burst := cmp.Or(limit.Burst, limit.Rate)
		if !allow(t, l, "a", burst) || allow(t, l, "a") {
			t.Errorf("%+v: the burst is not %d", limit, burst)
		}
		start, got := c.now, int64(0)
		for range 1000 {
			c.advance(limit.Per/time.Duration(limit.Rate) + time.Duration(burst)) // for one unit, or a few if intervals are short
			d, _ := l.Allow(context.Background(), "a", 0)
			if !allow(t, l, "a", d.Remaining) {
				t.Fatalf("%+v: what remains is refused", limit)
			}
			got += d.Remaining
		}
		most := float64(limit.Rate) * float64(c.now.Sub(start)) / float64(limit.Per)
		if f := float64(got); f > most || f < most*0.99-1 {
			t.Errorf("%+v: got %d units in %v, want at most %.1f, and hardly less", limit, got, c.now.Sub(start), most)
		}
	}
}

// Random requests of a few clients are decided as by token buckets, and no period
// has more than its burst and its rate.
func TestAgainstTokenBuckets(t *testing.T) {
	for seed := range uint64(rounds.Of(t, 15)) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			compare(t, rand.New(rand.NewPCG(seed, 18)))
		})
	}
}

func compare(t *testing.T, rng *rand.Rand) {
	limits := make([]ratelimit.Limit, 1+rng.IntN(ratelimit.MaxLimits))
	for i := range limits {
		limits[i] = ratelimit.Limit{Name: fmt.Sprint(i), Rate: 1 + rng.Int64N(50), Per: time.Duration(1 + rng.Int64N(int64(10*time.Second))), Burst: 1 + rng.Int64N(60)}
		if float64(limits[i].Rate)/limits[i].Per.Seconds() > 1e6 {
			limits[i].Per = time.Second
		}
	}
	c := newClock()
	l := withClock(t, c, 0, ratelimit.Options{Limits: limits})
	models := map[string]buckets{}
	type event struct {
		at   time.Duration
		cost int64
	}
	allowed := map[string][]event{}
	start := c.now
	for range 3000 {
		c.advance(time.Duration(rng.ExpFloat64() * float64(limits[0].Per) / float64(limits[0].Rate)))
		key, cost := fmt.Sprint("client ", rng.IntN(4)), rng.Int64N(4)
		if rng.IntN(20) == 0 {
			cost = rng.Int64N(70)
		}
		if models[key] == nil {
			models[key] = newBuckets(limits)
		}
		at := c.now.Sub(start)
		want := models[key].take(at, cost)
		if got := allow(t, l, key, cost); got != want {
			t.Fatalf("%+v: at %v %s asks for %d: got %t, want %t", limits, at, key, cost, got, want)
		}
		if want && cost > 0 {
			allowed[key] = append(allowed[key], event{at, cost})
		}
	}
	for key, events := range allowed {
		for i := range events {
			sum := int64(0)
			for _, e := range events[i:min(i+300, len(events))] {
				sum += e.cost
				for _, limit := range limits {
					passed := float64(e.at-events[i].at) / float64(limit.Per)
					if most := float64(limit.Burst) + float64(limit.Rate)*passed; float64(sum) > most+1e-6 {
						t.Fatalf("%+v: %s got %d in %v, want at most %f", limit, key, sum, e.at-events[i].at, most)
					}
				}
			}
		}
	}
}

// What a decision says about waiting is exact to the nanosecond.
func TestRetryAfterIsExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	c := newClock()
	l := withClock(t, c, 0, ratelimit.Options{Limits: []ratelimit.Limit{
		{Rate: 7, Per: time.Second, Burst: 5},
		{Rate: 31, Per: 10 * time.Second, Burst: 13},
	}})
	refused := 0
	for range 2000 {
		c.advance(time.Duration(rng.Int64N(int64(200 * time.Millisecond))))
		cost := 1 + rng.Int64N(3)
		d, _ := l.Allow(context.Background(), "a", cost)
		states := d.Limits()
		before := c.now
		for i, s := range states {
			if s.Next <= 0 || s.Remaining == s.Burst {
				continue
			}
			c.now = before.Add(s.Next - 1)
			if got, _ := l.Allow(context.Background(), "a", 0); got.Limits()[i].Remaining != s.Remaining {
				t.Fatalf("%s has more before %v", s.Name, s.Next)
			}
			c.now = before.Add(s.Next)
			if got, _ := l.Allow(context.Background(), "a", 0); got.Limits()[i].Remaining != s.Remaining+1 {
				t.Fatalf("%s has not one more after %v", s.Name, s.Next)
			}
		}
		c.now = before
		if d.Allowed {
			continue
		}
		refused++
		c.advance(d.RetryAfter - 1)
		if allow(t, l, "a", cost) {
			t.Fatal("it is allowed before RetryAfter")
		}
		c.advance(1)
		if !allow(t, l, "a", cost) {
			t.Fatal("it is refused after RetryAfter")
		}
	}
	if refused < 100 {
		t.Fatalf("only %d of the requests were refused", refused)
	}
}

func TestPlan(t *testing.T) {
	p, err := ratelimit.NewPlan("login", ratelimit.Limit{Rate: 10, Per: time.Second, Burst: 20}, ratelimit.Limit{Rate: 3, Per: 15 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := p.ID(), "login:10/s+20,3/15m+3"; got != want {
		t.Errorf("got the id %q, want %q", got, want)
	}
	if p.Len() != 2 || p.Interval(0) != 100*time.Millisecond || p.Window(0) != 2*time.Second || p.Window(1) != 15*time.Minute {
		t.Errorf("got %d limits with %v %v %v", p.Len(), p.Interval(0), p.Window(0), p.Window(1))
	}
	t.Run("debts that cannot be are mended, also in refusals", func(t *testing.T) {
		debts := ratelimit.Debts{time.Hour, -time.Hour}
		if p.Take(&debts, 1) {
			t.Error("a client that owes more than a burst is allowed")
		}
		if want := (ratelimit.Debts{2 * time.Second, 0}); debts != want {
			t.Errorf("got %v, want %v", debts, want)
		}
	})
	if _, err := ratelimit.NewPlan("a b"); err == nil {
		t.Error("a plan without limits and with a blank in its scope: no error")
	}
}
