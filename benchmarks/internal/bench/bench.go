// Package bench times functions against each other in one run, in turn, so
// that a machine whose speed drifts is unfair to none, and prints medians and
// ratios.
package bench

import (
	"fmt"
	"io"
	"runtime"
	"slices"
	"testing"
	"time"
)

// Case is one function to time.
type Case struct {
	Name string
	Run  func()
}

// Result is the median of a case.
type Result struct {
	Name   string
	Nanos  float64 // of one call
	Allocs float64
	Bytes  float64
}

// Compare times every case in each of the rounds and returns the medians.
func Compare(rounds int, cases ...Case) []Result {
	nanos := make([][]float64, len(cases))
	calls := make([]int, len(cases))
	for i, c := range cases {
		calls[i] = calibrate(c.Run)
	}
	for range rounds {
		for i, c := range cases {
			runtime.GC()
			start := time.Now()
			for range calls[i] {
				c.Run()
			}
			nanos[i] = append(nanos[i], float64(time.Since(start).Nanoseconds())/float64(calls[i]))
		}
	}
	out := make([]Result, len(cases))
	for i, c := range cases {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		const n = 2000
		for range n {
			c.Run()
		}
		runtime.ReadMemStats(&after)
		out[i] = Result{
			Name:   c.Name,
			Nanos:  median(nanos[i]),
			Allocs: testing.AllocsPerRun(1000, c.Run),
			Bytes:  float64(after.TotalAlloc-before.TotalAlloc) / n,
		}
	}
	return out
}

// calibrate returns how many calls take about 50 ms.
func calibrate(run func()) int {
	for n := 1; ; n *= 2 {
		start := time.Now()
		for range n {
			run()
		}
		if d := time.Since(start); d > 25*time.Millisecond {
			return max(1, int(float64(n)*float64(50*time.Millisecond)/float64(d)))
		}
	}
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// Print writes a table; ratios are against the named case.
func Print(w io.Writer, title, against string, results []Result) {
	base := 0.0
	for _, r := range results {
		if r.Name == against {
			base = r.Nanos
		}
	}
	fmt.Fprintf(w, "%s\n", title)
	for _, r := range results {
		fmt.Fprintf(w, "  %-28s %10.0f ns %6.2f × %s %6.0f allocs %8.0f B\n", r.Name, r.Nanos, r.Nanos/base, against, r.Allocs, r.Bytes)
	}
}
