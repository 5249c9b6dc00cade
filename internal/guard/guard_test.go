package guard_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/guard"
)

var (
	errTimeout = errors.New("too late")
	errSkipped = errors.New("skipped")
	errBusy    = errors.New("busy")
	errDown    = errors.New("down")
)

const (
	timeout  = 50 * time.Millisecond
	failures = 3
	pause    = time.Second
)

func start(punctual bool) (*guard.Guard, *bytes.Buffer) {
	log := &bytes.Buffer{}
	return guard.New(guard.Options{
		Package: "p", Timeout: timeout, Failures: failures, Pause: pause, Logger: slog.New(slog.NewTextHandler(log, nil)), Punctual: punctual,
		ErrTimeout: errTimeout, ErrSkipped: errSkipped, ErrBusy: errBusy,
	}), log
}

// store answers 1, unless err is set, and counts its calls.
type store struct {
	err   error
	calls int
}

func (s *store) call(context.Context, int) (int, error) {
	s.calls++
	return 1, s.err
}

// After failures in a row the store is not called for a pause; then one call tries
// it. The outage and its end are each logged once.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, log := start(false)
		s := &store{err: errDown}
		ask := func(want error) {
			t.Helper()
			if _, err := guard.Ask(t.Context(), g, s.call, 0); !errors.Is(err, want) {
				t.Fatalf("got %v, want %v", err, want)
			}
		}
		time.Sleep(timeout) // since the last success
		for range failures {
			ask(errDown)
		}
		ask(errSkipped)
		if s.calls != failures {
			t.Errorf("the store was called %d times, want %d", s.calls, failures)
		}
		time.Sleep(pause)
		ask(errDown) // the one that tries
		ask(errSkipped)
		time.Sleep(pause)
		s.err = nil
		ask(nil)
		ask(nil)
		if n := strings.Count(log.String(), "the store fails"); n != 1 {
			t.Errorf("the outage was told of %d times:\n%s", n, log)
		}
		if n := strings.Count(log.String(), "the store answers again"); n != 1 || !strings.Contains(log.String(), "undecided=6") {
			t.Errorf("its end was told of %d times, want once, with 6 calls that had no answer:\n%s", n, log)
		}
	})
}

// A call takes no longer than the time limit, whatever the store does.
func TestTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := start(false)
		release := make(chan bool)
		began := time.Now()
		_, err := guard.Ask(t.Context(), g, func(context.Context, int) (int, error) { <-release; return 1, nil }, 0)
		if !errors.Is(err, errTimeout) || time.Since(began) != timeout {
			t.Errorf("got %v after %v, want %v after %v", err, time.Since(began), errTimeout, timeout)
		}
		close(release)
	})
}

// A store that hangs holds only a limited number of goroutines.
func TestBusy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g, _ := start(false)
		release := make(chan bool)
		hang := func(context.Context, int) (int, error) { <-release; return 1, nil }
		const most = 4096
		errs := make(chan error, most)
		for range most {
			go func() {
				_, err := guard.Ask(t.Context(), g, hang, 0)
				errs <- err
			}()
		}
		synctest.Wait()
		if _, err := guard.Ask(t.Context(), g, hang, 0); !errors.Is(err, errBusy) {
			t.Errorf("got %v, want %v", err, errBusy)
		}
		close(release)
		for range most {
			if err := <-errs; err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A client that leaves is not a failure of the store.
func TestClientLeaves(t *testing.T) {
	for name, punctual := range map[string]bool{"punctual": true, "not punctual": false} {
		t.Run(name, func(t *testing.T) {
			g, log := start(punctual)
			left := errors.New("left")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			for range 2 * failures {
				_, err := guard.Ask(ctx, g, func(ctx context.Context, _ int) (int, error) { cancel(left); <-ctx.Done(); return 0, ctx.Err() }, 0)
				if !errors.Is(err, left) {
					t.Fatalf("got %v, want %v", err, left)
				}
			}
			if n, err := guard.Ask(t.Context(), g, (&store{}).call, 0); n != 1 || err != nil || log.Len() > 0 {
				t.Errorf("got %d, %v; logged %s", n, err, log)
			}
		})
	}
}

func TestPanicIsAnError(t *testing.T) {
	for _, punctual := range []bool{true, false} {
		g, _ := start(punctual)
		_, err := guard.Ask(t.Context(), g, func(context.Context, int) (int, error) { panic("oh") }, 0)
		if err == nil || err.Error() != "p: the store panicked: oh" {
			t.Errorf("got %v", err)
		}
	}
}
