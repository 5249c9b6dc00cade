package ratelimit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// Two requests in ten seconds, in front of a plain mux.
func ExampleNew() {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /hello", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "hello") })
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "fine") })

	limiter, err := ratelimit.New(ratelimit.Options{
		Limits:      []ratelimit.Limit{{Rate: 2, Per: 10 * time.Second}},
		ExemptPaths: []string{"/healthz"},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := limiter.Handler(mux)

	for _, path := range []string{"/hello", "/hello", "/hello", "/healthz"} {
		w := httptest.NewRecorder()
		server.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		fmt.Println(path, w.Code, w.Body)
		if w.Code == http.StatusTooManyRequests {
			fmt.Println("RateLimit-Policy:", w.Header().Get("RateLimit-Policy"))
			fmt.Println("RateLimit:", w.Header().Get("RateLimit"))
			fmt.Println("Retry-After:", w.Header().Get("Retry-After"))
		}
	}
	// Output:
	// /hello 200 hello
	// /hello 200 hello
	// /hello 429 {"error":"too many requests: try again in 5 seconds"}
	// RateLimit-Policy: "default";q=2;w=10
	// RateLimit: "default";r=0;t=5
	// Retry-After: 5
	// /healthz 200 fine
}

// Clients that send a key are told apart by it. An outer limit by address restricts
// how many keys one client can try.
func ExampleOptions_keyHeader() {
	byAddress, err := ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 3, Per: time.Minute}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	byKey, err := ratelimit.New(ratelimit.Options{
		Limits:    []ratelimit.Limit{{Rate: 1, Per: time.Minute}},
		KeyHeader: "X-API-Key",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	server := byAddress.Handler(byKey.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {})))

	for _, key := range []string{"one", "one", "two", "three"} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("X-API-Key", key)
		w := httptest.NewRecorder()
		server.ServeHTTP(w, r)
		fmt.Printf("%s: %d %q\n", key, w.Code, w.Header().Get("Retry-After"))
	}
	// Output:
	// one: 200 ""
	// one: 429 "60"
	// two: 200 ""
	// three: 429 "20"
}

// Only the decision, for something that is not an HTTP request.
func ExampleLimiter_Allow() {
	limiter, err := ratelimit.New(ratelimit.Options{
		Scope:  "mail",
		Limits: []ratelimit.Limit{{Rate: 100, Per: time.Hour}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, recipients := range []int64{60, 50, 40} {
		d, err := limiter.Allow(context.Background(), "user 7", recipients)
		var limited *ratelimit.LimitedError
		if errors.As(err, &limited) {
			fmt.Println(limited.ClientMessage())
			continue
		}
		fmt.Println("sent, remaining:", d.Remaining)
	}
	// Output:
	// sent, remaining: 40
	// too many requests: try again in 360 seconds
	// sent, remaining: 0
}

// notebook is a Store that keeps everything in one map.
type notebook struct {
	mu     sync.Mutex
	owners map[string]entry
}

type entry struct {
	debts   ratelimit.Debts
	written time.Time
}

func (n *notebook) Take(_ context.Context, plan *ratelimit.Plan, key string, cost int64) (ratelimit.Taken, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	id, now := plan.ID()+" "+key, time.Now()
	debts := n.owners[id].debts
	for i := range plan.Len() {
		debts[i] -= now.Sub(n.owners[id].written) // Take corrects values below 0
	}
	allowed := plan.Take(&debts, cost)
	n.owners[id] = entry{debts, now}
	return ratelimit.Taken{Allowed: allowed, Debts: debts}, nil
}

// A custom Store only keeps numbers; the plan does the arithmetic.
func ExampleStore() {
	limiter, err := ratelimit.New(ratelimit.Options{
		Limits: []ratelimit.Limit{{Rate: 1, Per: time.Second}, {Rate: 2, Per: time.Hour}},
		Store:  &notebook{owners: map[string]entry{}},
		// If it does not answer, nobody is served.
		Fallback: ratelimit.FallbackClosed,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		_, err := limiter.Allow(context.Background(), "somebody", 1)
		fmt.Println(err == nil)
	}
	// Output:
	// true
	// false
}

// One Memory may serve several limiters. Here both have the same limits and Scope, so a
// client's requests to either count together.
func ExampleNewMemory() {
	store, err := ratelimit.NewMemory(ratelimit.MemoryOptions{MaxKeys: 10_000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for range 2 {
		limiter, err := ratelimit.New(ratelimit.Options{
			Limits: []ratelimit.Limit{{Rate: 1, Per: time.Minute}},
			Store:  store,
		})
		if err != nil {
			fmt.Println(err)
			return
		}
		_, err = limiter.Allow(context.Background(), "ann", 1)
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// ratelimit: default allows the request in 1m0s
}

// A test of a store decides with the same plan as a limiter would.
func ExampleNewPlan() {
	plan, err := ratelimit.NewPlan("login", ratelimit.Limit{Rate: 1, Per: time.Second, Burst: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(plan.ID())
	var debts ratelimit.Debts
	for range 3 {
		fmt.Println(plan.Take(&debts, 1), debts[0])
	}
	// Output:
	// login:1/s+2
	// true 1s
	// true 2s
	// false 2s
}
