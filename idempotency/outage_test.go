package idempotency_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/idempotency"
)

// down fails for the method of that name, or for all if it is "".
func down(name string) func(context.Context, string) error {
	return func(_ context.Context, method string) error {
		if name == "" || method == name {
			return errDown
		}
		return nil
	}
}

// If the store fails, requests are refused by default, or pass by option. The
// outage is logged once, and after several failures in a row the store is not
// called.
func TestStoreFails(t *testing.T) {
	for _, tt := range []struct {
		fallback idempotency.Fallback
		status   int
	}{{idempotency.FallbackClosed, 503}, {idempotency.FallbackOpen, 201}} {
		t.Run(tt.fallback.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, o, logged := newFaulty(t), &order{}, &journal{}
				var withKey atomic.Int64
				h := mustNew(t, idempotency.Options{Store: store, Fallback: tt.fallback, Logger: logged.logger()}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					if _, ok := idempotency.FromContext(r.Context()); ok {
						withKey.Add(1)
					}
					o.ServeHTTP(w, r)
				}))
				time.Sleep(time.Second)
				store.fails(down("Begin"))
				for range 20 {
					w := ask(h, request("a"))
					if w.Code != tt.status || isReplay(w) || isUnstored(w) != (tt.status == 201) {
						t.Fatalf("got %d %v %s", w.Code, w.Result().Header, w.Body)
					}
					if tt.status == 503 && (w.Header().Get("Retry-After") != "1" || !strings.Contains(w.Body.String(), "cannot tell at the moment")) {
						t.Errorf("got %v %s", w.Header(), w.Body)
					}
				}
				if want := int64(tt.status%503) / 201 * 20; o.worked.Load() != want || withKey.Load() != 0 {
					t.Errorf("worked %d times, %d with a key, want %d and 0", o.worked.Load(), withKey.Load(), want)
				}
				if n := store.calls.Load(); n > 10 { // five, and the repeated calls
					t.Errorf("the store was asked %d times", n)
				}
				store.fails(nil)
				time.Sleep(2 * time.Second)
				before := o.worked.Load()
				for i := range 2 {
					if w := ask(h, request("a")); w.Code != 201 || isReplay(w) != (i == 1) {
						t.Errorf("afterwards: got %d %v", w.Code, w.Result().Header)
					}
				}
				if o.worked.Load() != before+1 {
					t.Errorf("afterwards: worked %d times", o.worked.Load()-before)
				}
				text := strings.Join(logged.lines(), "\n")
				if strings.Count(text, "the store fails") != 1 || strings.Count(text, "the store answers again") != 1 || !strings.Contains(text, "fallback="+tt.fallback.String()) {
					t.Errorf("got\n%s", text)
				}
				time.Sleep(time.Minute) // all goroutines end
			})
		})
	}
}

// A store that hangs or panics, at once or later, costs a request no more than its
// time limit.
func TestStoreHangs(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fail  func(context.Context, string) error
		took  time.Duration
		cause error
	}{
		{"it waits for its context", func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }, 50 * time.Millisecond, idempotency.ErrStoreTimeout},
		{"it hangs for an hour", func(context.Context, string) error { time.Sleep(time.Hour); return nil }, 50 * time.Millisecond, idempotency.ErrStoreTimeout},
		{"it panics", func(context.Context, string) error { panic("boom") }, 0, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store, o := newFaulty(t), &order{}
				p := mustNew(t, idempotency.Options{Store: unpunctual{store}, Logger: new(journal).logger()})
				store.fails(tt.fail)
				start := time.Now()
				_, err := p.Begin(httptest.NewRecorder(), request("a"))
				if took := time.Since(start); !errors.Is(err, idempotency.ErrUnavailable) || tt.cause != nil && !errors.Is(err, tt.cause) || took != tt.took {
					t.Errorf("got %v after %v", err, took)
				}
				store.fails(nil)
				time.Sleep(2 * time.Hour)
				if w := ask(p.Handler(o), request("a")); w.Code != 201 || isReplay(w) {
					t.Errorf("afterwards: got %d", w.Code)
				}
			})
		})
	}
}

// A claim that the store granted although its answer was lost is released.
func TestLostAnswerOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newFaulty(t)
		lossy := &lossy{faulty: store}
		p := mustNew(t, idempotency.Options{Store: lossy, Wait: -1, Logger: new(journal).logger()})
		lossy.lose.Store(true)
		if _, err := p.Begin(httptest.NewRecorder(), request("a")); !errors.Is(err, errDown) {
			t.Fatalf("got %v", err)
		}
		lossy.lose.Store(false)
		time.Sleep(time.Second) // less than the lease
		turn, err := p.Begin(httptest.NewRecorder(), request("a"))
		if err != nil || turn == nil {
			t.Fatalf("the key is held for nobody: %v", err)
		}
		turn.Abort()
	})
}

// lossy does what it is told, but loses the answer.
type lossy struct {
	*faulty
	lose atomic.Bool
}

func (l *lossy) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	begun, err := l.faulty.Begin(ctx, c)
	if l.lose.Load() {
		return idempotency.Begun{}, errDown
	}
	return begun, err
}

// A response that cannot be stored is sent, logged, and stored when the store is
// back.
func TestAnswersAreStoredLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, o := newFaulty(t), &order{}
		h := mustNew(t, idempotency.Options{Store: store, Logger: new(journal).logger()}).Handler(o)
		store.fails(down("Finish"))
		if w := ask(h, request("a")); w.Code != 201 || !isUnstored(w) {
			t.Errorf("got %d %v", w.Code, w.Result().Header)
		}
		time.Sleep(20 * time.Second)
		store.fails(nil)
		time.Sleep(2 * time.Second)
		if w := ask(h, request("a")); !isReplay(w) || w.Body.String() != "order of a" || o.worked.Load() != 1 {
			t.Errorf("got %d %v %s", w.Code, w.Result().Header, w.Body)
		}
	})
}

// The calls to repeat when a store is back are limited, and end.
func TestRepeatedCallsEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store, o := newFaulty(t), &order{}
		p := mustNew(t, idempotency.Options{Store: store, Logger: new(journal).logger(), StoreFailures: 1 << 30})
		h := p.Handler(o)
		store.fails(func(_ context.Context, method string) error {
			if method == "Begin" {
				return nil
			}
			return errDown
		})
		for i := range 1500 {
			ask(h, request("a", "Idempotency-Key", `"0123456789abcdef`+strings.Repeat("x", i%200)+string(rune('a'+i/200))+`"`))
		}
		synctest.Wait()
		store.calls.Store(0)
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if n := store.calls.Load(); n == 0 || n > 1024 {
			t.Errorf("%d calls at once", n)
		}
		time.Sleep(time.Minute)
		store.calls.Store(0)
		time.Sleep(time.Hour)
		if n := store.calls.Load(); n != 0 {
			t.Errorf("%d calls after the lease", n)
		}
	})
}

// A long request keeps its key. If it loses the key, because the process was
// suspended, it ends, and that is logged.
func TestKeysAreHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, logged := newFaulty(t), &journal{}
		p := mustNew(t, idempotency.Options{Store: store, Wait: -1, Logger: logged.logger()})
		turn, err := p.Begin(httptest.NewRecorder(), request("a"))
		if err != nil {
			t.Fatal(err)
		}
		for range 10 {
			time.Sleep(29 * time.Second)
			if _, err := p.Begin(httptest.NewRecorder(), request("a")); !errors.Is(err, idempotency.ErrAtWork) {
				t.Fatalf("the key is not held: %v", err)
			}
		}
		first, _ := idempotency.FromContext(turn.Request.Context())
		store.fails(down("Renew")) // for longer than the lease
		time.Sleep(31 * time.Second)
		second, err := p.Begin(httptest.NewRecorder(), request("a"))
		if err != nil || second == nil {
			t.Fatalf("the lease has passed: %v", err)
		}
		if w, ok := idempotency.FromContext(second.Request.Context()); !ok || w.Fence <= first.Fence || w.Key != first.Key || w.Key != strings.Trim(uuid, `"`) {
			t.Errorf("got %+v after %+v", w, first)
		}
		store.fails(nil)
		time.Sleep(11 * time.Second)
		if err := context.Cause(turn.Request.Context()); !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("the first one goes on: %v", err)
		}
		turn.Writer.WriteHeader(200)
		turn.End()
		turn.Abort()
		second.Writer.WriteHeader(202)
		second.End()
		second.End()
		w := ask(p.Handler(http.NotFoundHandler()), request("a"))
		if w.Code != 202 || !isReplay(w) {
			t.Errorf("got %d, want the answer of the second", w.Code)
		}
		if text := strings.Join(logged.lines(), "\n"); !strings.Contains(text, "has lost its key") {
			t.Errorf("got\n%s", text)
		}
	})
}

// If a store returns something that is not a response, the request is not
// processed.
func TestForeignRecords(t *testing.T) {
	store, logged := newFaulty(t), &journal{}
	s := &spy{Memory: store.Memory}
	o := &order{}
	h := mustNew(t, idempotency.Options{Store: s, Logger: logged.logger()}).Handler(o)
	ask(h, request("a"))
	c := s.claims[0]
	other := c
	for i, bad := range []string{"", "\x02", "\x01", "\x01" + strings.Repeat("\xff", 100)} {
		other.Key, other.Owner = c.Key+string(rune('a'+i)), "x"
		if err := store.Finish(t.Context(), other, []byte(bad)); err != nil {
			t.Fatal(err)
		}
		swap := &swapped{Memory: store.Memory, key: other.Key}
		h := mustNew(t, idempotency.Options{Store: swap, Logger: logged.logger()}).Handler(o)
		if w := ask(h, request("a")); w.Code != 503 || o.worked.Load() != 1 {
			t.Errorf("%q: got %d", bad, w.Code)
		}
	}
	if text := strings.Join(logged.lines(), "\n"); strings.Count(text, "a stored response cannot be sent") != 4 {
		t.Errorf("got\n%s", text)
	}
}

// swapped looks up another key.
type swapped struct {
	*idempotency.Memory
	key string
}

func (s *swapped) Begin(ctx context.Context, c idempotency.Claim) (idempotency.Begun, error) {
	c.Key = s.key
	return s.Memory.Begin(ctx, c)
}
