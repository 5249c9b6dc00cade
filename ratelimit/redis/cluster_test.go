//go:build unix

package redis_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redistest"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/ratelimit/redis"
)

// On a cluster the limits are the same, and all keys of a client are in one slot.
func TestCluster(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		c := startCluster(t, program)
		concurrently(t, c.URL())
		store := patient(t, c.URL())
		for _, scope := range []string{"a", "b", "c", "d"} {
			l := newLimiter(t, ratelimit.Options{Store: store, Scope: scope, Limits: []ratelimit.Limit{{Rate: 1, Per: time.Hour}, {Rate: 1, Per: time.Minute}}, StoreTimeout: 20 * time.Second, Fallback: ratelimit.FallbackClosed})
			for i := range 30 {
				if !allow(t, l, fmt.Sprint("ip:", i), 1) {
					t.Error("refused")
				}
			}
		}
		for i := range 30 {
			var keys []string
			for _, s := range c {
				found, err := s.client().Keys(t.Context(), fmt.Sprintf("ratelimit:{ip:%d}*", i)).Result()
				if err != nil {
					t.Fatal(err)
				}
				if len(found) > 0 {
					keys = found
				}
			}
			if len(keys) != 4 {
				t.Errorf("the keys of client %d are not all on one server: %q", i, keys)
			}
		}
	})
}

// Slots move from one server to another during checks, none of which fails.
func TestSlotsMove(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		c := startCluster(t, program)
		l := limiter(t, patient(t, c.URL()), ratelimit.Limit{Rate: 1000, Per: time.Hour})
		ctx := context.Background()
		key := "ratelimit:{x}:1000/h+1000"
		slot, err := c[0].client().ClusterKeySlot(ctx, key).Result()
		if err != nil {
			t.Fatal(err)
		}
		from := c[min(int(slot)*3/16384, 2)]
		var to *server
		for _, s := range c {
			if s != from {
				to = s
			}
		}
		used := int64(0)
		use := func() {
			t.Helper()
			for range 5 {
				if !allow(t, l, "x", 1) {
					t.Error("refused")
				}
				used++
			}
		}
		use()
		id := func(s *server) string { return s.client().ClusterMyID(ctx).Val() }
		do := func(s *server, args ...any) {
			t.Helper()
			if err := s.client().Do(ctx, args...).Err(); err != nil {
				t.Fatal(args, err)
			}
		}
		host, port := to.Addr[:len("127.0.0.1")], to.Addr[len("127.0.0.1:"):]
		do(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", id(from))
		do(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", id(to))
		use() // the key is still where it was
		do(from, "MIGRATE", host, port, key, 0, 5000)
		use() // the old server says ASK
		for _, s := range []*server{to, from} {
			do(s, "CLUSTER", "SETSLOT", slot, "NODE", id(to))
		}
		use() // the old server says MOVED
		d, err := l.Allow(ctx, "x", 0)
		if err != nil || d.Remaining != 1000-used {
			t.Errorf("%d are left, want %d: the moves lost or doubled something (%v)", d.Remaining, 1000-used, err)
		}
	})
}

// If one of three servers is killed or hangs, the clients of the other two are
// limited as before, and those of the third as Fallback says, until it is back.
func TestClusterLosesAServer(t *testing.T) {
	for _, hang := range []bool{false, true} {
		t.Run(fmt.Sprint("hangs ", hang), func(t *testing.T) {
			t.Parallel()
			eachProgram(t, func(t *testing.T, program string) {
				const clients, burst = 60, 50
				c, logged := startCluster(t, program), &journal{}
				limiter := newLimiter(t, ratelimit.Options{
					Store: open(t, c.URL()), Fallback: ratelimit.FallbackClosed, Logger: slog.New(slog.NewTextHandler(logged, nil)),
					Limits: []ratelimit.Limit{{Rate: burst, Per: 24 * time.Hour}}, StorePause: 200 * time.Millisecond,
				})
				l := startLoad(limiter, clients, 8)
				redistest.WaitFor(t, "the load to be decided", func() bool { return l.decided.Load() > clients*burst/4 })
				if hang {
					c[1].Signal(syscall.SIGSTOP)
				} else {
					c[1].Kill()
				}
				redistest.WaitFor(t, "checks to fail", func() bool { return l.failed.Load() > 100 })
				decided := l.decided.Load()
				stopped := time.Now()
				redistest.WaitFor(t, "the other servers to be used", func() bool {
					return l.decided.Load() > decided+2*clients*burst && time.Since(stopped) > late+time.Second
				})
				if hang {
					c[1].Signal(syscall.SIGCONT)
				} else {
					c[1].Start()
				}
				all := func() bool {
					for i := range clients {
						if d, _ := limiter.Allow(context.Background(), fmt.Sprint("client ", i), 0); !d.Counted {
							return false
						}
					}
					return true
				}
				redistest.WaitFor(t, "all clients to be limited again", all)
				decided = l.decided.Load()
				redistest.WaitFor(t, "the load to be decided again", func() bool { return l.decided.Load() > decided+2*clients*burst })
				l.end()
				most := int64(burst)
				if !hang {
					most = 2 * burst // the killed one has lost its data
				}
				for key, got := range l.allowed {
					if got > most {
						t.Errorf("%s got %d, want at most %d", key, got, most)
					}
				}
				if n := l.slow.Load(); n > 0 {
					t.Errorf("%d checks took longer than %v", n, late)
				}
			})
		})
	}
}

// A ring of servers, and any other client, is called with pipelines.
func TestRing(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		a, b := start(t, program), start(t, program)
		ring := goredis.NewRing(&goredis.RingOptions{Addrs: map[string]string{"a": a.Addr, "b": b.Addr}, ContextTimeoutEnabled: true})
		defer ring.Close()
		store, err := redis.New(redis.Options{Client: ring, MaxBatch: 10})
		if err != nil {
			t.Fatal(err)
		}
		l := limiter(t, store, ratelimit.Limit{Rate: 3, Per: time.Hour})
		var allowed atomic.Int64
		done := make(chan struct{})
		for worker := range 20 {
			go func() {
				defer func() { done <- struct{}{} }()
				for i := range 40 {
					if allow(t, l, fmt.Sprint("client ", (worker+i)%40), 1) {
						allowed.Add(1)
					}
				}
			}()
		}
		for range 20 {
			<-done
		}
		if got := allowed.Load(); got != 3*40 {
			t.Errorf("got %d, want %d", got, 3*40)
		}
		if a.client().DBSize(t.Context()).Val() == 0 || b.client().DBSize(t.Context()).Val() == 0 {
			t.Error("one of the servers is not used")
		}
	})
}
