package idempotency_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
)

// Longer times would overflow where a store adds them up, and the response would
// expire at once.
func TestLongestTimes(t *testing.T) {
	const longest = 400 * 24 * time.Hour
	for _, d := range []time.Duration{longest + 1, math.MaxInt64} {
		_, err := idempotency.New(idempotency.Options{KeepFor: d, Lease: d})
		if got := fieldsOf(err); !slices.Equal(got, []string{"KeepFor", "Lease"}) {
			t.Errorf("%v: got %q", d, got)
		}
	}
	o := &order{}
	h := mustNew(t, idempotency.Options{KeepFor: longest, Lease: longest}).Handler(o)
	ask(h, request("a"))
	if w := ask(h, request("a")); !isReplay(w) || o.worked.Load() != 1 {
		t.Errorf("got %d %s, worked %d times", w.Code, w.Body, o.worked.Load())
	}
}
