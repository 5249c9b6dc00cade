//go:build unix

package redis_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/internal/redistest"
	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/ratelimit/redis"
)

func open(t testing.TB, url string) *redis.Store {
	t.Helper()
	s, err := redis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// patient opens a store with timeouts for a busy machine.
func patient(t testing.TB, url string) *redis.Store {
	t.Helper()
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return open(t, url+separator+"read_timeout=20s&write_timeout=20s&dial_timeout=20s")
}

// inTime returns a context with a timeout for a busy machine.
func inTime(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

// limiter returns a limiter whose store has plenty of time, so that a busy
// machine fails no test.
func limiter(t testing.TB, store ratelimit.Store, limits ...ratelimit.Limit) *ratelimit.Limiter {
	t.Helper()
	return newLimiter(t, ratelimit.Options{Store: store, Limits: limits, StoreTimeout: 20 * time.Second, Fallback: ratelimit.FallbackClosed})
}

func newLimiter(t testing.TB, o ratelimit.Options) *ratelimit.Limiter {
	t.Helper()
	l, err := ratelimit.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// allow asks for units and fails if the store does.
func allow(t testing.TB, l *ratelimit.Limiter, key string, cost int64) bool {
	t.Helper()
	d, err := l.Allow(context.Background(), key, cost)
	var limited *ratelimit.LimitedError
	if err != nil && !errors.As(err, &limited) {
		t.Error(err) // not Fatal: this may be another goroutine
	}
	return d.Allowed
}

func TestLimits(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		l := limiter(t, patient(t, s.URL()), ratelimit.Limit{Name: "a", Rate: 5, Per: time.Hour}, ratelimit.Limit{Name: "b", Rate: 100, Per: time.Hour, Burst: 8})
		for i, step := range []struct {
			key  string
			cost int64
			want bool
			left [2]int64
		}{
			{"x", 0, true, [2]int64{5, 8}}, {"x", 1, true, [2]int64{4, 7}}, {"x", 3, true, [2]int64{1, 4}}, {"x", 2, false, [2]int64{1, 4}},
			{"x", 1, true, [2]int64{0, 3}}, {"x", 1, false, [2]int64{0, 3}}, {"x", 0, true, [2]int64{0, 3}}, {"x", 6, false, [2]int64{0, 3}},
			{"y}{", 5, true, [2]int64{0, 3}}, {"", 1, true, [2]int64{4, 7}}, {strings.Repeat("\x00\r\n", 50), 1, true, [2]int64{4, 7}},
		} {
			d, err := l.Allow(t.Context(), step.key, step.cost)
			var limited *ratelimit.LimitedError
			if d.Allowed != step.want || errors.As(err, &limited) == step.want {
				t.Fatalf("step %d: got %t, %v", i, d.Allowed, err)
			}
			for j, state := range d.Limits() {
				if state.Remaining != step.left[j] {
					t.Errorf("step %d: %d remain of %s, want %d", i, state.Remaining, state.Name, step.left[j])
				}
			}
		}
		d, _ := l.Allow(t.Context(), "x", 1)
		if d.RetryAfter > 12*time.Minute || d.RetryAfter < 11*time.Minute {
			t.Errorf("a refused client is told to wait %v, want 12m", d.RetryAfter)
		}
	})
}

// Keys have the documented form and expire when nothing is owed.
func TestKeysInRedis(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		store := patient(t, s.URL())
		allow(t, limiter(t, store, ratelimit.Limit{Rate: 10, Per: time.Second, Burst: 20}, ratelimit.Limit{Rate: 1000, Per: time.Hour}), "ip:192.0.2.1", 3)
		scoped := newLimiter(t, ratelimit.Options{Store: store, Scope: "login", Limits: []ratelimit.Limit{{Rate: 4, Per: time.Second}}, StoreTimeout: 20 * time.Second})
		allow(t, scoped, "ip:192.0.2.1", 1)
		c := s.client()
		for key, most := range map[string]time.Duration{
			"ratelimit:{ip:192.0.2.1}:10/s+20,1000/h+1000": 10800 * time.Millisecond,
			"ratelimit:{ip:192.0.2.1}login:4/s+4":          250 * time.Millisecond,
		} {
			left, err := c.PTTL(t.Context(), key).Result()
			if err != nil || left > most || left == -1 || left < most-10*time.Second {
				t.Errorf("%s expires in %v, want %v (%v)", key, left, most, err)
			}
		}
		redistest.WaitFor(t, "a key to expire", func() bool { return c.DBSize(context.Background()).Val() == 1 })
		// Neither a check of cost 0 nor a refusal writes anything.
		before := s.calls("set")
		allow(t, scoped, "somebody else", 0)
		allow(t, limiter(t, store, ratelimit.Limit{Rate: 1000, Per: time.Hour}), "ip:192.0.2.1", 1)
		allow(t, limiter(t, store, ratelimit.Limit{Rate: 1000, Per: time.Hour}), "ip:192.0.2.1", 1000)
		if got := s.calls("set") - before; got != 1 {
			t.Errorf("got %d writes, want 1", got)
		}
	})
}

// Over time a client gets its rate, however many processes it uses.
func TestRateOverTime(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		limit := ratelimit.Limit{Rate: 100, Per: time.Second, Burst: 10}
		var wg sync.WaitGroup
		var got atomic.Int64
		begin := time.Now()
		for range 4 {
			l := limiter(t, patient(t, s.URL()), limit)
			wg.Go(func() {
				for time.Since(begin) < time.Second {
					if allow(t, l, "x", 1) {
						got.Add(1)
					}
				}
			})
		}
		wg.Wait()
		passed := time.Since(begin).Seconds()
		if n := float64(got.Load()); n > 10+100*passed || n < 50 {
			t.Errorf("got %.0f in %.3f s, want about %.0f and no more", n, passed, 10+100*passed)
		}
	})
}

// Many clients of many processes at once, in batches, with all kinds of costs and
// under several limits: each gets exactly what it may use.
func TestConcurrentChecksNeverExceed(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		concurrently(t, s.URL())
	})
}

func concurrently(t *testing.T, url string) {
	t.Helper()
	const processes, workers, clients, burst = 3, 16, 5, 300
	var units [2][clients]atomic.Int64
	var wg sync.WaitGroup
	for range processes {
		store := patient(t, url)
		limiters := []*ratelimit.Limiter{
			limiter(t, store, ratelimit.Limit{Name: "a", Rate: burst, Per: time.Hour}, ratelimit.Limit{Name: "b", Rate: 2 * burst, Per: time.Hour}),
			limiter(t, store, ratelimit.Limit{Rate: burst, Per: time.Hour}),
		}
		for worker := range workers {
			wg.Go(func() {
				rng := rand.New(rand.NewPCG(uint64(worker), 1))
				for i := range clients * burst / workers {
					which, client, cost := rng.IntN(2), rng.IntN(clients), 1+rng.Int64N(3)
					if i%2 == 0 {
						cost = 1
					}
					if allow(t, limiters[which], fmt.Sprint("client ", client), cost) {
						units[which][client].Add(cost)
					}
				}
				for which := range 2 {
					for client := range clients { // what is left
						for allow(t, limiters[which], fmt.Sprint("client ", client), 1) {
							units[which][client].Add(1)
						}
					}
				}
			})
		}
	}
	wg.Wait()
	for which := range units {
		for client := range clients {
			if got := units[which][client].Load(); got != burst {
				t.Errorf("client %d got %d units of limiter %d, want %d", client, got, which, burst)
			}
		}
	}
}

// Checks that find the server busy are decided together, by few scripts.
func TestBatches(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		l := limiter(t, patient(t, s.URL()), ratelimit.Limit{Rate: 1, Per: time.Hour})
		allow(t, l, "the first, who makes the connection", 1)
		const checks = 200
		s.Signal(syscall.SIGSTOP)
		var asking sync.WaitGroup
		var done sync.WaitGroup
		asking.Add(checks)
		for i := range checks {
			done.Go(func() {
				asking.Done()
				if !allow(t, l, fmt.Sprint("client ", i), 1) {
					t.Error("refused")
				}
			})
		}
		asking.Wait()
		s.Signal(syscall.SIGCONT)
		done.Wait()
		if scripts := s.calls("evalsha"); scripts > checks/4 {
			t.Errorf("%d scripts for %d checks", scripts, checks)
		}
		if keys := s.client().DBSize(t.Context()).Val(); keys != 1+checks {
			t.Errorf("%d clients are known, want %d", keys, 1+checks)
		}
	})
}

// A client that is far over its limit is refused without asking the server, but
// never one that the server would allow.
func TestLocalRefusals(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		l := limiter(t, patient(t, s.URL()), ratelimit.Limit{Rate: 3, Per: time.Hour})
		for range 3 {
			allow(t, l, "x", 1)
		}
		begin, before := time.Now(), s.calls("evalsha")
		for range 1000 {
			if allow(t, l, "x", 1) {
				t.Fatal("allowed beyond the limit")
			}
		}
		if asked, most := s.calls("evalsha")-before, 2+int(time.Since(begin)/time.Second); asked > most {
			t.Errorf("the server was asked %d times, want %d at most", asked, most)
		}
		t.Run("a smaller cost may be allowed", func(t *testing.T) {
			allow(t, l, "y", 1)
			if allow(t, l, "y", 3) || !allow(t, l, "y", 2) {
				t.Error("2 of the remaining 2 are refused")
			}
		})
		t.Run("a limit of another name", func(t *testing.T) {
			if !allow(t, limiter(t, patient(t, s.URL()), ratelimit.Limit{Rate: 4, Per: time.Hour}), "x", 1) {
				t.Error("refused for another limit")
			}
		})
		t.Run("who waits is allowed", func(t *testing.T) {
			l := limiter(t, patient(t, s.URL()), ratelimit.Limit{Rate: 20, Per: time.Second, Burst: 1})
			allow(t, l, "z", 1)
			for range 10 {
				d, err := l.Allow(t.Context(), "z", 1)
				if err == nil {
					continue
				}
				time.Sleep(d.RetryAfter)
				if !allow(t, l, "z", 1) {
					t.Error("refused after RetryAfter")
				}
			}
		})
		t.Run("a key that is deleted is noticed", func(t *testing.T) {
			if err := s.client().FlushDB(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
			redistest.WaitFor(t, "the client to be allowed", func() bool { return allow(t, l, "x", 1) })
		})
		t.Run("switched off", func(t *testing.T) {
			store, err := redis.New(redis.Options{Client: s.client(), LocalRefusals: -1})
			if err != nil {
				t.Fatal(err)
			}
			l := limiter(t, store, ratelimit.Limit{Rate: 1, Per: time.Hour})
			before := s.calls("evalsha")
			for range 20 {
				allow(t, l, "off", 1)
			}
			if asked := s.calls("evalsha") - before; asked != 20 {
				t.Errorf("the server was asked %d times, want 20", asked)
			}
		})
	})
}

// A key that does not hold counts fails the checks of its client, and of nobody
// else in the same batch; impossible numbers are corrected.
func TestForeignKeys(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		c := s.client()
		name := func(key string) string { return "ratelimit:{" + key + "}:1/s+1" }
		future := strconv.FormatInt((time.Now().Unix()-1767225600+3600)*8_000_000, 10) // an hour ahead
		for key, err := range map[string]error{
			"list":   c.LPush(t.Context(), name("list"), "x").Err(),
			"words":  c.Set(t.Context(), name("words"), "not a number", 0).Err(),
			"empty":  c.Set(t.Context(), name("empty"), "", 0).Err(),
			"future": c.Set(t.Context(), name("future"), future, 0).Err(),
			"past":   c.Set(t.Context(), name("past"), "-5", 0).Err(),
		} {
			if err != nil {
				t.Fatal(key, err)
			}
		}
		store := patient(t, s.URL())
		plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1, Per: time.Second})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 20 {
			for i, key := range []string{"list", "words", "empty", "past"} {
				wg.Go(func() {
					_, err := store.Take(inTime(t), plan, key, 0)
					if wrong := err != nil; wrong != (i == 0) || wrong && !strings.Contains(err.Error(), "WRONGTYPE") {
						t.Errorf("%s: got the error %v", key, err)
					}
				})
			}
		}
		wg.Wait()
		taken, err := store.Take(inTime(t), plan, "future", 1)
		if err != nil || taken.Allowed || taken.Debts[0] != time.Second {
			t.Errorf("a client that owes an hour under a limit of a second: got %+v, %v, want it to owe a second", taken, err)
		}
		redistest.WaitFor(t, "the second to pass", func() bool {
			taken, err := store.Take(inTime(t), plan, "future", 1)
			return err == nil && taken.Allowed
		})
	})
}

// The script is sent again to a server that has lost it.
func TestScriptIsLost(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program)
		l := limiter(t, patient(t, s.URL()), ratelimit.Limit{Rate: 1_000_000, Per: time.Hour}, ratelimit.Limit{Name: "b", Rate: 1000, Per: time.Second})
		var wg sync.WaitGroup
		for worker := range 8 {
			wg.Go(func() {
				for i := range 100 {
					if !allow(t, l, fmt.Sprint(worker, " ", i), 1) {
						t.Error("refused")
					}
				}
			})
		}
		for range 5 {
			if err := s.client().ScriptFlush(t.Context()).Err(); err != nil {
				t.Error(err)
			}
		}
		wg.Wait()
	})
}

// A server without free memory fails the checks, and refuses only clients that are
// over the limit.
func TestServerIsFull(t *testing.T) {
	eachProgram(t, func(t *testing.T, program string) {
		s := start(t, program, "--maxmemory-policy", "noeviction")
		store := patient(t, s.URL())
		plan, err := ratelimit.NewPlan("", ratelimit.Limit{Rate: 1, Per: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		take := func() (ratelimit.Taken, error) { return store.Take(inTime(t), plan, "x", 1) }
		if err := s.client().ConfigSet(t.Context(), "maxmemory", "100kb").Err(); err != nil {
			t.Fatal(err)
		}
		if taken, err := take(); err == nil || !strings.Contains(err.Error(), "OOM") {
			t.Errorf("got %+v, %v", taken, err)
		}
		if err := s.client().ConfigSet(t.Context(), "maxmemory", "0").Err(); err != nil {
			t.Fatal(err)
		}
		if taken, err := take(); err != nil || !taken.Allowed {
			t.Errorf("with memory again: got %+v, %v", taken, err)
		}
	})
}

func TestConfigErrors(t *testing.T) {
	slow := goredis.NewClient(&goredis.Options{})
	defer slow.Close()
	good := goredis.NewClient(&goredis.Options{ContextTimeoutEnabled: true})
	defer good.Close()
	slowCluster := goredis.NewClusterClient(&goredis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}})
	defer slowCluster.Close()
	slowRing := goredis.NewRing(&goredis.RingOptions{Addrs: map[string]string{"a": "127.0.0.1:1"}})
	defer slowRing.Close()
	for _, test := range []struct {
		name    string
		options redis.Options
		want    string
	}{
		{"nothing", redis.Options{}, "Client"},
		{"a client that does not look at contexts", redis.Options{Client: slow}, "Client"},
		{"a cluster client that does not", redis.Options{Client: slowCluster}, "Client"},
		{"a ring that does not", redis.Options{Client: slowRing}, "Client"},
		{"braces", redis.Options{Client: good, Prefix: "{a}"}, "Prefix"},
		{"batches", redis.Options{Client: good, MaxBatch: 1025}, "MaxBatch"},
		{"batches below 0", redis.Options{Client: good, MaxBatch: -1}, "MaxBatch"},
		{"all", redis.Options{Prefix: "{", MaxBatch: -1}, "Client Prefix MaxBatch"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := redis.New(test.options)
			joined, ok := err.(interface{ Unwrap() []error })
			if !ok {
				t.Fatalf("got %v", err)
			}
			var fields []string
			for _, err := range joined.Unwrap() {
				var config *ratelimit.ConfigError
				if errors.As(err, &config) && config.Package == "ratelimit/redis" {
					fields = append(fields, config.Field)
				}
			}
			if got := strings.Join(fields, " "); got != test.want {
				t.Errorf("got errors of %q, want %q: %v", got, test.want, err)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	for _, url := range []string{"redis://localhost", "rediss://user:secret@localhost:6380/3", "unix:///run/redis.sock?db=1", "redis://a:1?addr=b:2&addr=c:3", "redis://localhost?read_timeout=1s"} {
		s, err := redis.Open(url)
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, url := range []string{"", "localhost:6379", "http://localhost", "redis://user:secret@localhost/x", "redis://user:secret@local host", "redis://localhost?nonsense=1", "redis://user:secret@h:99999999"} {
		s, err := redis.Open(url)
		if err == nil {
			_ = s.Close()
			if !strings.Contains(url, "99999999") { // only noticed when dialling
				t.Errorf("%q: no error", url)
			}
			continue
		}
		var config *ratelimit.ConfigError
		if !errors.As(err, &config) || config.Field != "URL" || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "redis://localhost:6379/0") {
			t.Errorf("%q: got the error %v", url, err)
		}
	}
}
