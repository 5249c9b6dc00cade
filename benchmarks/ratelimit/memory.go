package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-chi/httprate"
	ulule "github.com/ulule/limiter/v3"
	ululehttp "github.com/ulule/limiter/v3/drivers/middleware/stdlib"
	ululememory "github.com/ulule/limiter/v3/drivers/store/memory"
	"golang.org/x/time/rate"

	"github.com/sidekick-http/sidekick/ratelimit"
)

const sidekick = "sidekick"

// plenty is a limit that no measurement reaches.
const plenty = 10_000_000

// contender is one way to limit clients in memory: as a check, and in front of a
// handler.
type contender struct {
	name  string
	peer  bool // what it does can be compared
	check func(limit int64) (check, error)
	// handler returns a handler that limits clients by their address, where the
	// contender has one.
	handler func(limit int64, next http.Handler) (http.Handler, error)
}

func contenders() []contender {
	return []contender{
		{name: sidekick, check: sidekickCheck(1), handler: sidekickHandler},
		{name: "sidekick, two limits", check: sidekickCheck(2)},
		{name: "x/time/rate, a map", peer: true, check: mapOfLimiters, handler: byHand(mapOfLimiters)},
		{name: "x/time/rate, never forgets", check: syncMapOfLimiters},
		{name: "ulule/limiter", peer: true, check: ululeCheck, handler: ululeHandler},
		{name: "httprate", peer: true, check: httprateCheck, handler: httprateHandler},
	}
}

func sidekickLimits(n int, limit int64) []ratelimit.Limit {
	limits := []ratelimit.Limit{{Name: "hour", Rate: limit, Per: time.Hour}, {Name: "day", Rate: limit, Per: 24 * time.Hour}}
	return limits[:n]
}

func sidekickCheck(limits int) func(int64) (check, error) {
	return func(limit int64) (check, error) {
		l, err := ratelimit.New(ratelimit.Options{Limits: sidekickLimits(limits, limit)})
		if err != nil {
			return nil, err
		}
		ctx := context.Background()
		return func(key string) (bool, error) {
			d, _ := l.Allow(ctx, key, 1)
			return d.Allowed, nil
		}, nil
	}
}

func sidekickHandler(limit int64, next http.Handler) (http.Handler, error) {
	l, err := ratelimit.New(ratelimit.Options{Limits: sidekickLimits(1, limit), FieldsAlways: true})
	if err != nil {
		return nil, err
	}
	return l.Handler(next), nil
}

// visitor is what programs keep for each client around x/time/rate: when it was
// seen last, so that a sweep can forget it.
type visitor struct {
	limiter *rate.Limiter
	seen    time.Time
}

func newLimiter(limit int64) *rate.Limiter {
	return rate.NewLimiter(rate.Limit(float64(limit)/3600), int(limit))
}

func mapOfLimiters(limit int64) (check, error) {
	var mu sync.Mutex
	visitors := map[string]*visitor{}
	return func(key string) (bool, error) {
		mu.Lock()
		v := visitors[key]
		if v == nil {
			v = &visitor{limiter: newLimiter(limit)}
			visitors[key] = v
		}
		v.seen = time.Now()
		mu.Unlock()
		return v.limiter.Allow(), nil
	}, nil
}

// syncMapOfLimiters cannot forget anybody: it shows what is left when nothing is
// kept but the limiters.
func syncMapOfLimiters(limit int64) (check, error) {
	var visitors sync.Map
	return func(key string) (bool, error) {
		v, known := visitors.Load(key)
		if !known {
			v, _ = visitors.LoadOrStore(key, newLimiter(limit))
		}
		return v.(*rate.Limiter).Allow(), nil
	}, nil
}

func byHand(made func(int64) (check, error)) func(int64, http.Handler) (http.Handler, error) {
	return func(limit int64, next http.Handler) (http.Handler, error) {
		allows, err := made(limit)
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			host, _, err := net.SplitHostPort(r.RemoteAddr)
			if err != nil {
				http.Error(w, "no address", http.StatusInternalServerError)
				return
			}
			if allowed, _ := allows(host); !allowed {
				http.Error(w, "too many requests", http.StatusTooManyRequests)
				return
			}
			next.ServeHTTP(w, r)
		}), err
	}
}

func newULule(limit int64) *ulule.Limiter {
	return ulule.New(ululememory.NewStore(), ulule.Rate{Period: time.Hour, Limit: limit})
}

func ululeCheck(limit int64) (check, error) {
	l, ctx := newULule(limit), context.Background()
	return func(key string) (bool, error) {
		c, err := l.Get(ctx, key)
		return !c.Reached, err
	}, nil
}

func ululeHandler(limit int64, next http.Handler) (http.Handler, error) {
	return ululehttp.NewMiddleware(newULule(limit)).Handler(next), nil
}

func httprateCheck(limit int64) (check, error) {
	l := httprate.NewRateLimiter(int(limit), time.Hour, httprate.WithResponseHeaders(httprate.ResponseHeaders{}))
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	return func(key string) (bool, error) { return !l.OnLimit(w, r, key), nil }, nil
}

func httprateHandler(limit int64, next http.Handler) (http.Handler, error) {
	byAddress := func(r *http.Request) (string, error) {
		host, _, err := net.SplitHostPort(r.RemoteAddr)
		return httprate.CanonicalizeIP(host), err
	}
	return httprate.LimitBy(int(limit), time.Hour, byAddress)(next), nil
}

func memory(rounds int) error {
	for _, c := range contenders() {
		if err := verify(c.name, c.check); err != nil {
			return err
		}
		if c.handler != nil {
			if err := verifyHandler(c); err != nil {
				return err
			}
		}
	}
	keys := names()
	if err := compare("a check, one client after the other of "+fmt.Sprint(clients), "; wanted at most 0.50", rounds, func(c contender) (func(), error) {
		allows, err := c.check(plenty)
		i := 0
		return func() {
			if allowed, err := allows(keys[i%clients]); !allowed || err != nil {
				panic(c.name + " has refused a request")
			}
			i++
		}, err
	}); err != nil {
		return err
	}
	// Sidekick and the libraries tell clients what is left; the one by hand does not.
	if err := compare("in front of a handler, by address", "", rounds, func(c contender) (func(), error) {
		if c.handler == nil {
			return nil, nil
		}
		h, err := c.handler(plenty, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		r, w := httptest.NewRequest("GET", "/", nil), &discard{header: http.Header{}}
		remotes := make([]string, clients)
		for i, key := range keys {
			remotes[i] = key + ":4711"
		}
		i := 0
		return func() {
			clear(w.header)
			r.RemoteAddr = remotes[i%clients]
			h.ServeHTTP(w, r)
			i++
		}, err
	}); err != nil {
		return err
	}
	return parallel(rounds, keys)
}

// discard is a response that costs nothing.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return io.Discard.Write(p) }
func (d *discard) WriteHeader(int)             {}

func verifyHandler(c contender) error {
	h, err := c.handler(3, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }))
	if err != nil {
		return err
	}
	for i, want := range []int{200, 200, 200, 429} {
		r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
		r.RemoteAddr = "198.51.100.1:" + fmt.Sprint(1000+i)
		if h.ServeHTTP(w, r); w.Code != want || want == 200 && w.Body.String() != "ok" {
			return fmt.Errorf("%s: request %d of 3 in an hour: got %d %q, want %d", c.name, i+1, w.Code, w.Body, want)
		}
	}
	return nil
}

// result is what a contender has cost.
type result struct {
	name   string
	run    func()
	nanos  []float64 // of a call, for each slice
	allocs float64
}

func (r *result) median() float64 {
	slices.Sort(r.nanos)
	return r.nanos[len(r.nanos)/2]
}

// compare lets the contenders take turns in short slices and prints what the
// median slice costs, so that a busy moment of the machine falls on all of them
// or on none.
func compare(title, wanted string, rounds int, made func(contender) (func(), error)) error {
	const slice, turns = 5000, 20 // in a round
	var results []*result
	for _, c := range contenders() {
		run, err := made(c)
		if err != nil {
			return err
		}
		if run != nil {
			for range 2 * clients { // all are known then
				run()
			}
			results = append(results, &result{name: c.name, run: run, allocs: testing.AllocsPerRun(clients, run)})
		}
	}
	for range rounds * turns {
		for _, r := range results {
			begin := time.Now()
			for range slice {
				r.run()
			}
			r.nanos = append(r.nanos, float64(time.Since(begin).Nanoseconds())/slice)
		}
	}
	report(title, wanted, results)
	return nil
}

// report prints what the contenders cost, and in parts of the best peer.
func report(title, wanted string, results []*result) {
	fmt.Println(title)
	var best, ours *result
	for _, r := range results {
		fmt.Printf("  %-28s %8.0f ns %4.0f allocs\n", r.name, r.median(), r.allocs)
		if r.name == sidekick {
			ours = r
		}
		if isPeer(r.name) && (best == nil || r.median() < best.median()) {
			best = r
		}
	}
	fmt.Printf("  %.2f × the best peer, %s%s\n\n", ours.median()/best.median(), best.name, wanted)
}

func isPeer(name string) bool {
	return slices.ContainsFunc(contenders(), func(c contender) bool { return c.peer && c.name == name })
}

// parallel measures checks of many goroutines at once.
func parallel(rounds int, keys []string) error {
	const each, turns = 10_000, 5
	var results []*result
	checks := map[string]check{}
	for _, c := range contenders() {
		var err error
		if checks[c.name], err = c.check(plenty); err != nil {
			return err
		}
		results = append(results, &result{name: c.name})
	}
	for range rounds * turns {
		for _, r := range results {
			allows := checks[r.name]
			var wg sync.WaitGroup
			var refused atomic.Int64
			begin := time.Now()
			for g := range runtime.GOMAXPROCS(0) {
				wg.Go(func() {
					for i := range each {
						if allowed, err := allows(keys[(i*7+g*331)%clients]); !allowed || err != nil {
							refused.Add(1)
						}
					}
				})
			}
			wg.Wait()
			if refused.Load() > 0 {
				return fmt.Errorf("%s has refused %d requests", r.name, refused.Load())
			}
			r.nanos = append(r.nanos, float64(time.Since(begin).Nanoseconds())/float64(each*runtime.GOMAXPROCS(0)))
		}
	}
	report(fmt.Sprintf("checks of %d goroutines at once", runtime.GOMAXPROCS(0)), "; wanted at most 0.50", results)
	return nil
}
