package idempotency_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
)

// A process that was stopped for a while finishes after its lease. Its own entry
// would be the first to go when there is no room for the response.
func TestLateFinishInFullMemory(t *testing.T) {
	for _, test := range []struct {
		name  string
		other time.Duration // how long the other key is at work
		size  int
		want  error
		state idempotency.State // of the late key
	}{
		{"the other is at work", time.Hour, 300, idempotency.ErrFull, idempotency.Claimed},
		{"the other can go", time.Second, 300, nil, idempotency.Finished},
		{"both fit", time.Hour, 100, nil, idempotency.Finished},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newMemory(t, idempotency.MemoryOptions{MaxBytes: 1000})
				late, other := keyed(1), keyed(2)
				late.Lease, other.Lease = time.Second, test.other
				for _, c := range []idempotency.Claim{late, other} {
					if _, err := m.Begin(t.Context(), c); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(2 * time.Second)
				if err := m.Finish(t.Context(), late, make([]byte, test.size)); err != test.want {
					t.Errorf("got %v, want %v", err, test.want)
				}
				if got := state(t, m, late); got != test.state {
					t.Errorf("got state %d, want %d", got, test.state)
				}
				// Nothing has leaked: once both are forgotten, there is room for the largest.
				time.Sleep(3 * time.Hour)
				finish(t, m, keyed(3), 600)
				if got := state(t, m, keyed(3)); got != idempotency.Finished {
					t.Errorf("afterwards: got state %d", got)
				}
			})
		})
	}
}
