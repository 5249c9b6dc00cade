// Command routing measures how long routers take to find one of many routes and
// call a handler that does nothing, all in one run, in many short turns, and prints
// the median time, the shortest, the allocations, and the ratio to gin (to chi where
// gin cannot take part): the median of the ratios of all rounds, which other work on
// the machine disturbs least.
//
//	cd benchmarks && go run ./routing
package main

import (
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"runtime"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// requests is how many different ones are asked in turn; enough that a router
// cannot have the whole of a large table in the nearest cache.
const requests = 4096

// A turn is one pass over all requests, or over fewer where that takes longer than
// slice.
const slice = 2 * time.Millisecond

func main() {
	rounds := flag.Int("rounds", 101, "how often every router takes its turn")
	only := flag.String("only", "", "measure only tables with this in their names")
	flag.Parse()
	for _, t := range tables {
		if !strings.Contains(t.name, *only) {
			continue
		}
		for _, n := range []int{10, 100, 1000, 10000} {
			measure(t, n, *rounds)
		}
	}
}

type contender struct {
	router
	handler http.Handler
	calls   int // in a turn
	times   []float64
	allocs  float64
}

func measure(t table, n, rounds int) {
	paths, want := ask(t, n)
	var all []*contender
	for _, r := range routers {
		if t.exprs && !r.exprs || r.limit > 0 && n > r.limit {
			continue
		}
		if err := check(r, t, n, paths, want); err != nil {
			log.Fatal(err)
		}
		c := &contender{router: r, handler: r.build(t, n, nil)}
		c.calls = 16
		for c.calls < requests && c.fastest(paths) < slice {
			c.calls *= 2
		}
		c.allocs = c.count(paths)
		all = append(all, c)
	}
	for range rounds {
		for _, c := range all {
			c.times = append(c.times, float64(c.turn(paths).Nanoseconds())/float64(c.calls))
		}
	}
	fmt.Printf("\n%s, %d routes\n", t.name, n)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	name := "gin"
	if t.exprs {
		name = "chi"
	}
	yard := all[slices.IndexFunc(all, func(c *contender) bool { return c.name == name })].times
	fmt.Fprintf(w, "router\tns\tshortest\tallocs\t× %s\t\n", name)
	for _, c := range all {
		ratios := make([]float64, rounds)
		for i := range ratios {
			ratios[i] = c.times[i] / yard[i]
		}
		fmt.Fprintf(w, "%s\t%.0f\t%.0f\t%.1f\t%.2f\t\n", c.name, median(c.times), slices.Min(c.times), c.allocs, median(ratios))
	}
	w.Flush()
}

func median(of []float64) float64 {
	sorted := slices.Sorted(slices.Values(of))
	return sorted[len(sorted)/2]
}

// turn serves calls requests and returns the time it took. It is one request with
// ever another path, which is in the cache as one that was just read is.
func (c *contender) turn(paths []string) time.Duration {
	r := request()
	start := time.Now()
	for i := range c.calls {
		r.URL.Path = paths[i%requests]
		c.handler.ServeHTTP(nothing{}, r)
	}
	return time.Since(start)
}

func request() *http.Request {
	return &http.Request{Method: http.MethodGet, URL: &url.URL{}, Host: "localhost", Header: http.Header{}}
}

// fastest returns the shortest of a few turns.
func (c *contender) fastest(paths []string) time.Duration {
	best := c.turn(paths)
	for range 9 {
		best = min(best, c.turn(paths))
	}
	return best
}

// count returns the allocations of one request.
func (c *contender) count(paths []string) float64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	c.turn(paths)
	runtime.ReadMemStats(&after)
	return float64(after.Mallocs-before.Mallocs) / float64(c.calls)
}

// ask makes paths for routes chosen at random, and what has to be found.
func ask(t table, n int) ([]string, []answer) {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	paths, want := make([]string, requests), make([]answer, requests)
	for k := range paths {
		i := r.IntN(n)
		a, b := t.values(r, i)
		paths[k] = t.path(i, a, b)
		want[k] = answer{i, a, b}
	}
	return paths, want
}

// check asks everything once and compares what was found.
func check(r router, t table, n int, paths []string, want []answer) error {
	got := answer{route: -1}
	h := r.build(t, n, func(a answer) { got = a })
	req := request()
	for k, path := range paths {
		got = answer{route: -1}
		req.URL.Path = path
		if h.ServeHTTP(nothing{}, req); got != want[k] {
			return fmt.Errorf("%s: %s, %d routes: %s: got %v, want %v", r.name, t.name, n, path, got, want[k])
		}
	}
	return nil
}

// nothing is a response that goes nowhere.
type nothing struct{}

func (nothing) Header() http.Header         { return http.Header{} }
func (nothing) Write(b []byte) (int, error) { return len(b), nil }
func (nothing) WriteHeader(int)             {}
