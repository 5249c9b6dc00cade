// Package rounds says how often tests of properties try their random values.
package rounds

import (
	"os"
	"strconv"
	"testing"
)

// Of returns n, or what SIDEKICK_TEST_ROUNDS has: the numbers in the tests find
// within a second or two what is broken, and CI looks for what is rare.
func Of(tb testing.TB, n int) int {
	tb.Helper()
	text := os.Getenv("SIDEKICK_TEST_ROUNDS")
	if text == "" {
		return n
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		tb.Fatalf("SIDEKICK_TEST_ROUNDS is %q, want a positive number", text)
	}
	return n
}
