package idempotency_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
)

// Close ends the calls that are repeated while the store fails, after one more
// attempt.
func TestClose(t *testing.T) {
	t.Parallel()
	hang := func(context.Context, string) error { time.Sleep(time.Hour); return nil }
	untilTimeout := func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
	for _, tt := range []struct {
		name    string
		atClose func(context.Context, string) error // nil: the store is back
		took    time.Duration
		calls   int64 // from Close on
		logged  string
	}{
		{"the store still fails", down("Finish"), 0, 3, "calls=3"},
		{"the store is back", nil, 0, 3, ""},
		{"the store takes too long", untilTimeout, time.Second, 3, "calls=3"},
		{"the store ignores the time limit", hang, 1100 * time.Millisecond, 3, "calls=3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, o, logged := newFaulty(t), &order{}, &journal{}
				p := mustNew(t, idempotency.Options{Store: store, Logger: logged.logger(), StoreFailures: 1 << 30})
				h := p.Handler(o)
				store.fails(down("Finish"))
				for _, key := range []string{"a", "b", "c"} {
					ask(h, request("x", "Idempotency-Key", strings.Repeat(key, 20)))
				}
				time.Sleep(10*time.Second + time.Millisecond) // pauses of a second by now
				synctest.Wait()
				store.fails(tt.atClose)
				store.calls.Store(0)
				start := time.Now()
				p.Close()
				if took := time.Since(start); took != tt.took {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
				p.Close() // does nothing
				time.Sleep(2 * time.Minute)
				if n := store.calls.Load(); n != tt.calls {
					t.Errorf("the store was called %d times, want %d", n, tt.calls)
				}
				text := strings.Join(logged.lines(), "\n")
				if got := strings.Count(text, "closed while the store fails"); got > 1 || (got == 1) != (tt.logged != "") || !strings.Contains(text, tt.logged) {
					t.Errorf("got\n%s", text)
				}
				if tt.atClose == nil {
					if w := ask(h, request("x", "Idempotency-Key", strings.Repeat("a", 20))); !isReplay(w) {
						t.Errorf("afterwards: got %d %v, want the stored response", w.Code, w.Result().Header)
					}
				}
				time.Sleep(2 * time.Hour) // the goroutines in the store end
			})
		})
	}
}

// After Close nothing is left to repeat: a failure of the store leaves no goroutine.
func TestNothingIsRepeatedAfterClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := newFaulty(t)
		p := mustNew(t, idempotency.Options{Store: store, Logger: new(journal).logger()})
		p.Close()
		store.fails(down("Finish"))
		if w := ask(p.Handler(&order{}), request("a")); w.Code != 201 || !isUnstored(w) {
			t.Errorf("got %d %v", w.Code, w.Result().Header)
		}
		store.calls.Store(0)
		time.Sleep(time.Minute)
		if n := store.calls.Load(); n != 0 {
			t.Errorf("the store was called %d times more", n)
		}
	})
}
