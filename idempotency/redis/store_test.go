//go:build unix

package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/idempotency/redis"
	"github.com/sidekick-http/sidekick/idempotency/storetest"
	"github.com/sidekick-http/sidekick/internal/redistest"
)

// silent keeps go-redis from logging that servers are gone, since tests kill them.
type silent struct{}

func (silent) Printf(context.Context, string, ...any) {}

func TestMain(m *testing.M) {
	goredis.SetLogger(silent{})
	os.Exit(m.Run())
}

func open(t testing.TB, url string) *redis.Store {
	t.Helper()
	s, err := redis.Open(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func client(t testing.TB, s *redistest.Server) *goredis.Client {
	c := goredis.NewClient(&goredis.Options{Addr: s.Addr, ContextTimeoutEnabled: true})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestStore(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		storetest.Run(t, func(t *testing.T) idempotency.Store { return open(t, s.URL()) })
		// What is left expires by itself.
		c := client(t, s)
		keys, err := c.Keys(t.Context(), "*").Result()
		if err != nil || len(keys) == 0 {
			t.Fatalf("got %d keys, %v", len(keys), err)
		}
		for _, key := range keys {
			if ttl := c.PTTL(t.Context(), key).Val(); ttl <= 0 || !strings.HasPrefix(key, redis.DefaultPrefix) {
				t.Errorf("%s expires in %v", key, ttl)
			}
		}
	})
}

func TestConfigErrors(t *testing.T) {
	var bad *idempotency.ConfigError
	if _, err := redis.New(redis.Options{}); !errors.As(err, &bad) || bad.Field != "Client" || bad.Package != "idempotency/redis" {
		t.Errorf("got %v", err)
	}
	for _, address := range []string{"", "http://localhost", "redis://u:secret@host:x", "redis://u:secret@localhost/notadb", "redis://u:secret@localhost?nope=1"} {
		_, err := redis.Open(address)
		if !errors.As(err, &bad) || bad.Field != "URL" || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "redis://localhost:6379/0") {
			t.Errorf("%q: got %v", address, err)
		}
	}
}

// process is one of several that share a server.
func process(t testing.TB, url string, o idempotency.Options, next http.Handler) http.Handler {
	t.Helper()
	o.Store = open(t, url)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.StoreTimeout == 0 {
		o.StoreTimeout = 5 * time.Second // for a busy machine
	}
	p, err := idempotency.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p.Handler(next)
}

func ask(h http.Handler, key, body string) *http.Response {
	r := httptest.NewRequest("POST", "/orders", strings.NewReader(body))
	r.Header.Set("Idempotency-Key", "0123456789abcdef-"+key)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

// Many processes place an order once.
func TestProcesses(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		var worked atomic.Int64
		order := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			n := worked.Add(1)
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("X-Order", fmt.Sprint(n))
			w.WriteHeader(201)
			_, _ = w.Write(bytes.Repeat([]byte{0, 255, '\n'}, 1000))
		})
		var wg sync.WaitGroup
		orders := make([]map[string]int, 20)
		var mu sync.Mutex
		for i := range orders {
			orders[i] = map[string]int{}
		}
		for range 4 {
			h := process(t, s.URL(), idempotency.Options{Wait: time.Minute}, order)
			for range 4 {
				wg.Go(func() {
					for i := range orders {
						res := ask(h, fmt.Sprint(i), fmt.Sprint("body ", i))
						if res.StatusCode != 201 {
							t.Errorf("got %d", res.StatusCode)
						}
						mu.Lock()
						orders[i][res.Header.Get("X-Order")]++
						mu.Unlock()
					}
				})
			}
		}
		wg.Wait()
		for i, got := range orders {
			if len(got) != 1 {
				t.Errorf("order %d was answered as %v", i, got)
			}
		}
		if n := worked.Load(); n != int64(len(orders)) {
			t.Errorf("%d orders were placed, want %d", n, len(orders))
		}
		other := process(t, s.URL(), idempotency.Options{}, order)
		if res := ask(other, "0", "another body"); res.StatusCode != 422 {
			t.Errorf("another body: got %d", res.StatusCode)
		}
	})
}

// If a process ends in the middle, others get its key once the lease has passed,
// and not before.
func TestProcessEnds(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		store := open(t, s.URL())
		c := idempotency.Claim{Key: "k", Owner: "dead", Request: "r", Lease: time.Second, Keep: time.Minute}
		begun, err := store.Begin(t.Context(), c)
		if err != nil || begun.State != idempotency.Claimed {
			t.Fatalf("got %+v, %v", begun, err)
		}
		next := c
		next.Owner = "next"
		began := time.Now()
		redistest.WaitFor(t, "the lease to pass", func() bool {
			got, err := store.Begin(t.Context(), next)
			return err == nil && got.State == idempotency.Claimed && got.Fence > begun.Fence
		})
		if took := time.Since(began); took < 900*time.Millisecond {
			t.Errorf("the key was given away after %v", took)
		}
		if err := store.Finish(t.Context(), c, nil); !errors.Is(err, idempotency.ErrLost) {
			t.Errorf("the first one finishes: %v", err)
		}
	})
}

// If a clock is set back, a key is held for at most another lease; fences still
// grow.
func TestClockSetBack(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		store, c := open(t, s.URL()), client(t, s)
		claim := idempotency.Claim{Key: "k", Owner: "a", Request: "r", Lease: time.Second, Keep: time.Minute}
		if _, err := store.Begin(t.Context(), claim); err != nil {
			t.Fatal(err)
		}
		future := time.Now().Add(24 * time.Hour).UnixMicro()
		if err := c.HSet(t.Context(), redis.DefaultPrefix+"k", "l", future, "f", future).Err(); err != nil {
			t.Fatal(err)
		}
		claim.Owner = "b"
		redistest.WaitFor(t, "the lease to pass", func() bool {
			got, err := store.Begin(t.Context(), claim)
			return err == nil && got.State == idempotency.Claimed && got.Fence > future
		})
	})
}

// If a server is killed and started again, requests get clear errors in the
// meantime; what they do is stored when it is back.
func TestServerIsKilled(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		var worked atomic.Int64
		begun, goOn := make(chan struct{}), make(chan struct{})
		h := process(t, s.URL(), idempotency.Options{StoreTimeout: time.Second, StorePause: 100 * time.Millisecond}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			worked.Add(1)
			if r.Header.Get("Idempotency-Key") == "0123456789abcdef-long" {
				close(begun)
				<-goOn
			}
			w.WriteHeader(201)
		}))
		if res := ask(h, "first", ""); res.StatusCode != 201 {
			t.Fatalf("got %d", res.StatusCode)
		}
		long := make(chan *http.Response)
		go func() { long <- ask(h, "long", "") }()
		<-begun
		s.Kill()
		for i := range 20 {
			if res := ask(h, fmt.Sprint(i), ""); res.StatusCode != 503 || res.Header.Get("Retry-After") == "" {
				t.Fatalf("got %d %v", res.StatusCode, res.Header)
			}
		}
		if n := worked.Load(); n != 2 {
			t.Errorf("%d were worked on", n)
		}
		close(goOn)
		if res := <-long; res.StatusCode != 201 || res.Header.Get("Idempotent-Stored") != "false" {
			t.Errorf("got %d %v", res.StatusCode, res.Header)
		}
		s.Start()
		c := client(t, s)
		redistest.WaitFor(t, "the answer to be stored", func() bool { return c.DBSize(t.Context()).Val() > 0 })
		redistest.WaitFor(t, "it to be replayed", func() bool {
			res := ask(h, "long", "")
			return res.StatusCode == 201 && res.Header.Get("Idempotent-Replayed") == "true"
		})
		if n := worked.Load(); n != 2 {
			t.Errorf("%d were worked on", n)
		}
	})
}

// A server that hangs costs a request its time limit; when it continues, no key
// stays held.
func TestServerHangs(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program)
		h := process(t, s.URL(), idempotency.Options{StoreTimeout: 100 * time.Millisecond, StorePause: 100 * time.Millisecond, Wait: -1}, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(201) }))
		redistest.WaitFor(t, "a first answer", func() bool { return ask(h, "first", "").StatusCode == 201 })
		s.Signal(syscall.SIGSTOP)
		began := time.Now()
		if res := ask(h, "stuck", ""); res.StatusCode != 503 {
			t.Errorf("got %d", res.StatusCode)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("that took %v", took)
		}
		s.Signal(syscall.SIGCONT)
		redistest.WaitFor(t, "the key to be free", func() bool { return ask(h, "stuck", "").StatusCode == 201 })
	})
}

// A full server counts as failed.
func TestServerIsFull(t *testing.T) {
	redistest.EachProgram(t, func(t *testing.T, program string) {
		s := redistest.Start(t, program, "--maxmemory", "1", "--maxmemory-policy", "noeviction")
		h := process(t, s.URL(), idempotency.Options{}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("it was worked on") }))
		if res := ask(h, "a", ""); res.StatusCode != 503 {
			t.Errorf("got %d", res.StatusCode)
		}
	})
}

// A cluster takes all calls.
func TestCluster(t *testing.T) {
	program := redistest.Program(t)
	bus := redistest.FreePort(t)
	s := redistest.Start(t, program, "--cluster-enabled", "yes", "--cluster-port", bus, "--cluster-config-file", "nodes.conf")
	c := client(t, s)
	if err := c.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	redistest.WaitFor(t, "the cluster", func() bool {
		return strings.Contains(c.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	})
	storetest.Run(t, func(t *testing.T) idempotency.Store { return open(t, s.URL()+"?addr="+s.Addr) })
}
