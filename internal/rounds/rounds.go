// Package rounds says how many random values property tests try, and how much load
// other tests make.
package rounds

import (
	"os"
	"strconv"
	"testing"
)

// Of returns n, or the value of TEST_ROUNDS: the numbers in the tests find
// defects within a second or two, and CI looks for rare ones.
func Of(tb testing.TB, n int) int {
	tb.Helper()
	text := os.Getenv("TEST_ROUNDS")
	if text == "" {
		return n
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("TEST_ROUNDS is %q, want a positive number", text)
	}
	return n
}
