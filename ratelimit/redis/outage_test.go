//go:build unix

package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/redistest"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/ratelimit/redis"
)

// late is how long a check may take if the limit is 50 ms and the machine is busy.
// Without a limit it would be the time for which the server is gone.
const late = 2 * time.Second

// load keeps asking for units of a few clients and keeps account.
type load struct {
	stop    chan struct{}
	workers sync.WaitGroup

	decided, failed, slow atomic.Int64
	mu                    sync.Mutex
	allowed               map[string]int64 // by the limits
}

func startLoad(limiter *ratelimit.Limiter, clients, workers int) *load {
	l := &load{stop: make(chan struct{}), allowed: map[string]int64{}}
	for worker := range workers {
		l.workers.Go(func() {
			for i := worker; ; i++ {
				select {
				case <-l.stop:
					return
				default:
				}
				key, begin := fmt.Sprint("client ", i%clients), time.Now()
				d, err := limiter.Allow(context.Background(), key, 1)
				if time.Since(begin) > late {
					l.slow.Add(1)
				}
				var unavailable *ratelimit.UnavailableError
				if errors.As(err, &unavailable) || !d.Counted {
					l.failed.Add(1)
					time.Sleep(time.Millisecond) // there is no server to wait for
					continue
				}
				l.decided.Add(1)
				if d.Allowed {
					l.mu.Lock()
					l.allowed[key]++
					l.mu.Unlock()
				}
			}
		})
	}
	return l
}

func (l *load) end() {
	close(l.stop)
	l.workers.Wait()
}

// journal is what a limiter has logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *journal) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *journal) count(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

const (
	begins = "ratelimit: the store fails"
	ends   = "ratelimit: the store answers again"
)

// A server is killed under load and started again. Until it is back, requests are
// answered at once as Fallback says; afterwards they are limited again, and nobody
// gets more than one burst for each life of the server.
func TestServerIsKilled(t *testing.T) {
	for _, fallback := range []ratelimit.Fallback{ratelimit.FallbackClosed, ratelimit.FallbackOpen, ratelimit.FallbackLocal} {
		t.Run(fallback.String(), func(t *testing.T) {
			t.Parallel()
			eachProgram(t, func(t *testing.T, program string) {
				const clients, burst = 20, 40
				s, logged := start(t, program), &journal{}
				limiter := newLimiter(t, ratelimit.Options{
					Store: open(t, s.URL()), Fallback: fallback, Logger: slog.New(slog.NewTextHandler(logged, nil)),
					Limits: []ratelimit.Limit{{Rate: burst, Per: 24 * time.Hour}}, StorePause: 200 * time.Millisecond,
				})
				l := startLoad(limiter, clients, 8)
				redistest.WaitFor(t, "the load to be decided", func() bool { return l.decided.Load() > clients*burst/2 })
				s.Kill()
				if fallback == ratelimit.FallbackLocal {
					redistest.WaitFor(t, "the outage to be noticed", func() bool { return logged.count(begins) == 1 })
				} else {
					redistest.WaitFor(t, "checks to be answered without the server", func() bool { return l.failed.Load() > 200 })
				}
				s.Start()
				redistest.WaitFor(t, "the server to be used again", func() bool { return logged.count(ends) > 0 })
				decided := l.decided.Load()
				redistest.WaitFor(t, "the load to be decided again", func() bool { return l.decided.Load() > decided+2*clients*burst })
				l.end()

				// The server has lost the earlier counts. This process counts for itself in
				// the meantime if it is configured to.
				most := int64(2 * burst)
				if fallback == ratelimit.FallbackLocal {
					most += burst
				}
				for key, got := range l.allowed {
					if got > most {
						t.Errorf("%s got %d, want at most %d", key, got, most)
					}
				}
				if n := logged.count(begins); n > 10 { // on a busy machine the server may be late now and then
					t.Errorf("one outage was told of %d times:\n%s", n, logged.text.String())
				}
				if n := l.slow.Load(); n > 0 {
					t.Errorf("%d checks took longer than %v", n, late)
				}
			})
		})
	}
}

// A server that hangs costs a check its time limit and is then not called. When it
// continues, what it finds in its queue counts, and the limit still holds.
func TestServerHangs(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		const clients, burst = 20, 400
		s, logged := start(t, program), &journal{}
		limiter := newLimiter(t, ratelimit.Options{
			Store: open(t, s.URL()), Fallback: ratelimit.FallbackClosed, Logger: slog.New(slog.NewTextHandler(logged, nil)),
			Limits: []ratelimit.Limit{{Rate: burst, Per: 24 * time.Hour}}, StorePause: 200 * time.Millisecond,
		})
		l := startLoad(limiter, clients, 32)
		redistest.WaitFor(t, "the load to be decided", func() bool { return l.decided.Load() > clients*burst/4 })
		s.Signal(syscall.SIGSTOP)
		stopped := time.Now()
		redistest.WaitFor(t, "checks to be refused at once, and too late ones to show", func() bool { return l.failed.Load() > 1000 && time.Since(stopped) > late+time.Second })
		s.Signal(syscall.SIGCONT)
		redistest.WaitFor(t, "the server to be used again", func() bool { return logged.count(ends) > 0 })
		decided := l.decided.Load()
		redistest.WaitFor(t, "the load to be decided again", func() bool { return l.decided.Load() > decided+2*clients*burst })
		l.end()
		for key, got := range l.allowed {
			if got > burst {
				t.Errorf("%s got %d, want at most %d", key, got, burst)
			}
		}
		if n := l.slow.Load(); n > 0 {
			t.Errorf("%d checks took longer than %v", n, late)
		}
	})
}

// A server that cannot be reached at the start does not prevent the start.
func TestServerIsNotThere(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		s.Kill()
		logged := &journal{}
		limiter := newLimiter(t, ratelimit.Options{
			Store: open(t, s.URL()), Logger: slog.New(slog.NewTextHandler(logged, nil)), StorePause: 50 * time.Millisecond,
			Limits: []ratelimit.Limit{{Rate: 2, Per: 24 * time.Hour}},
		})
		for i, want := range []bool{true, true, false} {
			if got := allow(t, limiter, "x", 1); got != want {
				t.Errorf("check %d, by this process: got %t, want %t", i, got, want)
			}
		}
		if logged.count("refused") == 0 {
			t.Errorf("the cause is not told: %s", logged.text.String())
		}
		s.Start()
		redistest.WaitFor(t, "the server to be used", func() bool {
			return allow(t, limiter, "x", 0) && s.client().DBSize(context.Background()).Val() == 0 && logged.count(ends) == 1
		})
		if !allow(t, limiter, "x", 1) || s.client().DBSize(t.Context()).Val() != 1 {
			t.Error("the server does not decide")
		}
	})
}

// A connection that the server has closed, because it was idle, fails no check.
func TestIdleConnections(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program, "--timeout", "1")
		store := patient(t, s.URL())
		plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1000, Per: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if taken, err := store.Take(inTime(t), plan, "x", 1); err != nil || !taken.Allowed {
				t.Fatalf("check %d: got %+v, %v", i, taken, err)
			}
			looks := s.client()
			redistest.WaitFor(t, "the server to close what is idle", func() bool {
				list, err := looks.ClientList(context.Background()).Result()
				return err == nil && strings.Count(list, "\n") == 1
			})
		}
	})
}

// Callers that leave at once break no connection that others need.
func TestCallersThatLeave(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		store := patient(t, s.URL())
		plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1, Per: time.Hour, Burst: 1000})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for worker := range 4 {
			wg.Go(func() {
				for range 200 {
					ctx, cancel := context.WithCancel(context.Background())
					if worker%2 == 0 {
						go cancel()
					}
					if _, err := store.Take(ctx, plan, "x", 1); err != nil && !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					cancel()
				}
			})
		}
		wg.Wait()
		info, err := s.client().InfoMap(t.Context(), "stats").Result()
		if err != nil {
			t.Fatal(err)
		}
		var connections int
		if _, err := fmt.Sscan(info["Stats"]["total_connections_received"], &connections); err != nil || connections > 2+1 {
			t.Errorf("%d connections were made, want 2 and this one (%v)", connections, err)
		}
	})
}

// A check that nobody waits for any more is not sent.
func TestCancelledChecksAreNotCounted(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		const batch = 5
		s := start(t, program)
		store, err := redis.New(redis.Options{Client: s.client(), MaxBatch: batch})
		if err != nil {
			t.Fatal(err)
		}
		plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1000, Per: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Take(inTime(t), plan, "x", 1); err != nil {
			t.Fatal(err)
		}
		s.Signal(syscall.SIGSTOP)
		var wg sync.WaitGroup
		gone := errors.New("gone")
		var answered atomic.Int64 // before the signal has arrived
		for range 100 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeoutCause(context.Background(), 20*time.Millisecond, gone)
				defer cancel()
				if _, err := store.Take(ctx, plan, "x", 1); err == nil {
					answered.Add(1)
				}
			})
		}
		wg.Wait()
		s.Signal(syscall.SIGCONT)
		taken, err := store.Take(inTime(t), plan, "x", 0)
		// The two batches that were in flight may have been counted, the 90 checks that
		// waited behind them not.
		used := int64(taken.Debts[0].Round(time.Second) / (3600 * time.Millisecond))
		if most := 1 + answered.Load() + 2*batch; err != nil || used > most {
			t.Errorf("%d checks were counted, want %d at most (%v)", used, most, err)
		}
	})
}
