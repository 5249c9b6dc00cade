package ratelimit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

// fake is a store that does what a test wants; it answers if take is nil.
type fake struct {
	memory *ratelimit.Memory
	take   atomic.Pointer[func(context.Context) error]
	calls  atomic.Int64
}

func newFake(t testing.TB) *fake {
	t.Helper()
	memory, err := ratelimit.NewMemory(ratelimit.MemoryOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return &fake{memory: memory}
}

func (f *fake) does(take func(context.Context) error) {
	if take == nil {
		f.take.Store(nil)
		return
	}
	f.take.Store(&take)
}

func (f *fake) Take(ctx context.Context, plan *ratelimit.Plan, key string, cost int64) (ratelimit.Taken, error) {
	f.calls.Add(1)
	if take := f.take.Load(); take != nil {
		if err := (*take)(ctx); err != nil {
			return ratelimit.Taken{}, err
		}
	}
	return f.memory.Take(ctx, plan, key, cost)
}

var errDown = errors.New("connection refused")

func down(context.Context) error { return errDown }

// log is what a limiter has logged.
type log struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) lines() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.FieldsFunc(l.text.String(), func(r rune) bool { return r == '\n' })
}

func (l *log) logger() *slog.Logger { return slog.New(slog.NewTextHandler(l, nil)) }

func TestStoreFails(t *testing.T) {
	for _, test := range []struct {
		fallback ratelimit.Fallback
		want     []int // of four requests, with a limit of 2
		counted  bool
	}{
		{ratelimit.FallbackLocal, []int{200, 200, 429, 429}, true},
		{ratelimit.FallbackOpen, []int{200, 200, 200, 200}, false},
		{ratelimit.FallbackClosed, []int{503, 503, 503, 503}, false},
	} {
		t.Run(test.fallback.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newFake(t)
				store.does(down)
				l := mustNew(t, ratelimit.Options{Limits: perHour(2), Store: store, Fallback: test.fallback, FieldsAlways: true, StorePause: 3 * time.Second})
				h := l.Handler(ok)
				for i, want := range test.want {
					w := ask(h, request("GET", "/", "192.0.2.1:1"))
					if w.Code != want || (w.Header().Get("RateLimit") != "") != test.counted {
						t.Errorf("request %d: got %d %v, want %d", i, w.Code, w.Header(), want)
					}
					if want == 503 && (w.Header().Get("Retry-After") != "3" || !strings.Contains(w.Body.String(), "try again soon") || strings.Contains(w.Body.String(), "refused")) {
						t.Errorf("request %d: got %v %s", i, w.Header(), w.Body)
					}
				}
				_, err := l.Allow(t.Context(), "x", 1)
				var unavailable *ratelimit.UnavailableError
				if closed := test.fallback == ratelimit.FallbackClosed; errors.As(err, &unavailable) != closed {
					t.Errorf("got the error %v", err)
				} else if closed && (!errors.Is(err, errDown) || unavailable.StatusCode() != 503 || unavailable.ErrorCode() != "rate_limit_unavailable" || !strings.Contains(err.Error(), errDown.Error())) {
					t.Errorf("got the error %v", err)
				}
			})
		})
	}
}

// A store that hangs costs a request its time limit, whether it watches its context
// or not, and nothing once it is known to hang.
func TestStoreHangs(t *testing.T) {
	for name, hang := range map[string]func(release chan struct{}) func(context.Context) error{
		"looks at its context": func(chan struct{}) func(context.Context) error {
			return func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
		},
		"does not": func(release chan struct{}) func(context.Context) error {
			return func(context.Context) error { <-release; return nil }
		},
	} {
		for _, timeout := range []time.Duration{0, 7 * time.Millisecond} {
			t.Run(fmt.Sprint(name, " ", timeout), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					release := make(chan struct{})
					defer close(release)
					store := newFake(t)
					store.does(hang(release))
					l := mustNew(t, ratelimit.Options{Limits: perHour(2), Store: store, Fallback: ratelimit.FallbackClosed, StoreTimeout: timeout})
					for i := range 10 {
						start := time.Now()
						_, err := l.Allow(t.Context(), "x", 1)
						took, want, cause := time.Since(start), max(timeout, 50*time.Millisecond*time.Duration(b2i(timeout == 0))), ratelimit.ErrStoreTimeout
						if i >= 5 {
							want, cause = 0, ratelimit.ErrStoreSkipped
						}
						if took != want || !errors.Is(err, cause) {
							t.Errorf("check %d: got %v after %v, want %v after %v", i, err, took, cause, want)
						}
					}
				})
			})
		}
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// After failures in a row the store is not called, then tried by one request after
// a pause, and used again when that one is answered.
func TestBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFake(t)
		l := mustNew(t, ratelimit.Options{Limits: perHour(1000), Store: store, Fallback: ratelimit.FallbackOpen, StoreFailures: 3, StorePause: 10 * time.Second})
		step := func(name string, checks int, calls int64) {
			t.Helper()
			before := store.calls.Load()
			for range checks {
				if !allow(t, l, "x") {
					t.Fatalf("%s: refused", name)
				}
			}
			if got := store.calls.Load() - before; got != calls {
				t.Errorf("%s: the store was asked %d times by %d checks, want %d", name, got, checks, calls)
			}
		}
		step("healthy", 10, 10)
		store.does(down)
		time.Sleep(time.Second)
		step("two failures", 2, 2)
		store.does(nil)
		step("an answer in between", 1, 1)
		store.does(down)
		step("as long as others are answered, failures do not open it", 10, 10)
		time.Sleep(50 * time.Millisecond)
		step("after the time limit without an answer they do", 10, 1)
		time.Sleep(10*time.Second - time.Nanosecond)
		step("it stays open for the pause", 10, 0)
		time.Sleep(time.Nanosecond)
		step("one tries, in vain", 10, 1)
		store.does(nil)
		step("it stays open for another pause", 10, 0)
		time.Sleep(10 * time.Second)
		step("one tries, and all follow", 10, 10)
	})
}

// If a store does not call a part of itself, the other parts are still called.
func TestPartOfTheStoreFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, logged := newFake(t), &log{}
		store.does(func(context.Context) error { return fmt.Errorf("server 2: %w", ratelimit.ErrStoreSkipped) })
		l := mustNew(t, ratelimit.Options{Limits: perHour(2), Store: store, Logger: logged.logger()})
		for range 100 {
			allow(t, l, "x")
			time.Sleep(time.Millisecond)
		}
		if got := store.calls.Load(); got != 100 {
			t.Errorf("the store was asked %d times by 100 checks", got)
		}
		if lines := logged.lines(); len(lines) != 1 || !strings.Contains(lines[0], "server 2") {
			t.Errorf("got %q", lines)
		}
	})
}

// While one request tries a store that hangs, others do not wait with it.
func TestOneRequestTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFake(t)
		store.does(down)
		l := mustNew(t, ratelimit.Options{Limits: perHour(1000), Store: store, Fallback: ratelimit.FallbackOpen, StoreFailures: 1, StorePause: time.Second})
		allow(t, l, "x")
		time.Sleep(time.Second)
		store.does(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		before := store.calls.Load()
		var wg sync.WaitGroup
		var waited atomic.Int64
		start := time.Now()
		for range 100 {
			wg.Go(func() {
				allow(t, l, "x")
				if time.Since(start) > 0 {
					waited.Add(1)
				}
			})
		}
		wg.Wait()
		if calls := store.calls.Load() - before; calls != 1 || waited.Load() != 1 {
			t.Errorf("%d asked the store and %d waited, want one", calls, waited.Load())
		}
	})
}

// Every outage is logged once, with its cause, and so is its end.
func TestOutagesAreLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, logged := newFake(t), &log{}
		l := mustNew(t, ratelimit.Options{Limits: perHour(100_000), Store: store, Logger: logged.logger()})
		checks := func(n int) {
			for range n {
				allow(t, l, "x")
				time.Sleep(10 * time.Millisecond)
			}
		}
		expect := func(when string, want ...string) {
			t.Helper()
			lines := logged.lines()
			if len(lines) != len(want) {
				t.Fatalf("%s: got %d lines, want %d:\n%s", when, len(lines), len(want), strings.Join(lines, "\n"))
			}
			for i := range want {
				for part := range strings.SplitSeq(want[i], "|") {
					if !strings.Contains(lines[i], part) {
						t.Errorf("%s: got %s, want %s", when, lines[i], part)
					}
				}
			}
		}
		const begins = `level=ERROR|ratelimit: the store fails|connection refused|fallback=local`
		const ends = `level=WARN|ratelimit: the store answers again|after=|undecided=`
		checks(10)
		expect("healthy")
		store.does(down)
		checks(1000)
		expect("ten seconds of failure", begins)
		store.does(nil)
		checks(200)
		expect("back", begins, ends)
		var n int
		store.does(func(context.Context) error {
			if n++; n%2 == 0 {
				return errDown
			}
			return nil
		})
		checks(1000)
		expect("every other fails: one outage", begins, ends, begins)
		store.does(nil)
		checks(200)
		expect("back again", begins, ends, begins, ends)
	})
}

// A request whose client leaves while the store is called is not let through, and
// says nothing about the store.
func TestClientLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, logged := newFake(t), &log{}
		store.does(func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() })
		l := mustNew(t, ratelimit.Options{Limits: perHour(1000), Store: store, Fallback: ratelimit.FallbackOpen, Logger: logged.logger()})
		h := l.Handler(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the request was let through") }))
		for range 20 {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			r := request("GET", "/", "192.0.2.1:1").WithContext(ctx)
			if w := ask(h, r); w.Code != 503 {
				t.Errorf("got %d", w.Code)
			}
			if _, err := l.Check(ctx, r); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got the error %v", err)
			}
			cancel()
		}
		synctest.Wait()
		store.does(nil)
		before := store.calls.Load()
		d, err := l.Allow(t.Context(), "x", 1)
		if !d.Counted || store.calls.Load() != before+1 || len(logged.lines()) > 0 {
			t.Errorf("the store is taken to have failed: %+v, %v, %q", d, err, logged.lines())
		}
	})
}

func TestStorePanics(t *testing.T) {
	store, logged := newFake(t), &log{}
	store.does(func(context.Context) error { panic("out of order") })
	l := mustNew(t, ratelimit.Options{Limits: perHour(1), Store: store, Logger: logged.logger()})
	if !allow(t, l, "x") || allow(t, l, "x") {
		t.Error("want the limits of this process")
	}
	if lines := logged.lines(); len(lines) != 1 || !strings.Contains(lines[0], "out of order") {
		t.Errorf("got %q", lines)
	}
}

// A store that never comes back, called by many at once, holds a limited number of
// goroutines.
func TestStoreThatNeverComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		store := newFake(t)
		store.does(func(context.Context) error { <-release; return nil })
		l := mustNew(t, ratelimit.Options{Limits: perHour(100_000), Store: store, Fallback: ratelimit.FallbackClosed})
		var busy atomic.Int64
		var wg sync.WaitGroup
		for range 6_000 {
			wg.Go(func() {
				if _, err := l.Allow(t.Context(), "x", 1); errors.Is(err, ratelimit.ErrStoreBusy) {
					busy.Add(1)
				}
			})
		}
		wg.Wait()
		for range 100 {
			time.Sleep(time.Second)
			_, _ = l.Allow(t.Context(), "x", 1)
		}
		if n := runtime.NumGoroutine(); n > 4096+200 || store.calls.Load() > 4096 {
			t.Errorf("%d goroutines wait for the store", n)
		}
		close(release)
		synctest.Wait()
		if n := runtime.NumGoroutine(); n > 200 {
			t.Errorf("%d goroutines are left", n)
		}
		time.Sleep(2 * time.Second)
		if !allow(t, l, "x") {
			t.Error("refused by a store that is back")
		}
	})
}
