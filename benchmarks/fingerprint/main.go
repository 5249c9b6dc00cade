package main

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

const (
	// The works take turns in short slices, and the median slice counts, so that
	// a busy moment of the machine falls on all of them or on none.
	rounds = 401
	slice  = 2000 // runs

	// most is what the check may cost, in parts of securecookie with gob.
	most = 0.6
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	works, err := works()
	if err != nil {
		return err
	}
	times := make([][]float64, len(works))
	for range rounds {
		for i, w := range works {
			start := time.Now()
			for range slice {
				if err := w.run(); err != nil {
					return fmt.Errorf("%s: %w", w.name, err)
				}
			}
			times[i] = append(times[i], float64(time.Since(start).Nanoseconds())/slice)
		}
	}
	median := make([]float64, len(works))
	for i := range works {
		slices.Sort(times[i])
		median[i] = times[i][rounds/2]
	}

	fmt.Printf("%-48s %8s %7s %7s %16s\n", "median slice", "ns", "allocs", "of gob", "of gob's Decode")
	for i, w := range works {
		allocs := testing.AllocsPerRun(100, func() { _ = w.run() })
		fmt.Printf("%-48s %8.0f %7.0f %7.2f %16.2f\n", w.name, median[i], allocs, median[i]/median[0], median[i]/median[1])
	}
	check := median[slices.IndexFunc(works, func(w work) bool { return w.name == checkName })]
	fmt.Printf("\nthe check costs %.2f of securecookie with gob; at most %.2f is wanted\n", check/median[0], most)
	if check > most*median[0] {
		return fmt.Errorf("the check is too slow")
	}
	return nil
}
