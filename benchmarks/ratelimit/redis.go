package main

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/go-redis/redis_rate/v10"
	goredis "github.com/redis/go-redis/v9"

	"github.com/sidekick-http/sidekick/ratelimit"
	"github.com/sidekick-http/sidekick/ratelimit/redis"
)

// startRedis runs a server that keeps nothing, and returns its address.
func startRedis() (addr string, stop func(), err error) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	addr = l.Addr().String()
	_, port, _ := net.SplitHostPort(addr)
	if err := l.Close(); err != nil {
		return "", nil, err
	}
	server := exec.Command(path, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", os.TempDir())
	out, err := server.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() {
		_ = server.Process.Signal(syscall.SIGTERM)
		_ = server.Wait()
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "eady to accept connections") {
			go func() {
				for lines.Scan() { // or the server would block
				}
			}()
			return addr, stop, nil
		}
	}
	stop()
	return "", nil, fmt.Errorf("redis-server has ended")
}

// remote is one way to limit clients in Redis.
type remote struct {
	name  string
	check func(limit int64) (check, error)

	nanos, perSecond []float64
	processor        []float64 // microseconds of this process, a check under load
}

func remotes(addr string) []*remote {
	ctx := context.Background()
	return []*remote{
		{name: "sidekick", check: func(limit int64) (check, error) {
			store, err := redis.Open("redis://" + addr + "?read_timeout=10s")
			if err != nil {
				return nil, err
			}
			// A busy machine must not make it answer without Redis.
			l, err := ratelimit.New(ratelimit.Options{Store: store, Limits: sidekickLimits(1, limit), Fallback: ratelimit.FallbackClosed, StoreTimeout: 10 * time.Second})
			if err != nil {
				return nil, err
			}
			return func(key string) (bool, error) {
				d, err := l.Allow(ctx, key, 1)
				if d.Counted {
					err = nil
				}
				return d.Allowed, err
			}, nil
		}},
		{name: "redis_rate", check: func(limit int64) (check, error) {
			l := redis_rate.NewLimiter(goredis.NewClient(&goredis.Options{Addr: addr}))
			per := redis_rate.Limit{Rate: int(limit), Burst: int(limit), Period: time.Hour}
			return func(key string) (bool, error) {
				r, err := l.Allow(ctx, key, per)
				return err == nil && r.Allowed > 0, err
			}, nil
		}},
	}
}

func inRedis(rounds int) error {
	const turns = 20 // in a round, of those who check one after the other
	addr, stop, err := startRedis()
	if err != nil {
		fmt.Printf("the part with Redis is left out: %v\n", err)
		return nil
	}
	defer stop()
	list := remotes(addr)
	keys := names()
	checks := map[string]check{}
	for _, r := range list {
		if err := verify(r.name, r.check); err != nil {
			return err
		}
		if checks[r.name], err = r.check(plenty); err != nil {
			return err
		}
	}
	for range rounds * turns {
		for _, r := range list {
			nanos, err := oneByOne(checks[r.name], keys)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.nanos = append(r.nanos, nanos)
		}
	}
	for range rounds {
		for _, r := range list {
			perSecond, processor, err := atOnce(checks[r.name], keys)
			if err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
			r.perSecond = append(r.perSecond, perSecond)
			r.processor = append(r.processor, processor)
		}
	}
	fmt.Println("in Redis, over loopback")
	for _, r := range list {
		for _, v := range [][]float64{r.nanos, r.perSecond, r.processor} {
			slices.Sort(v)
		}
		fmt.Printf("  %-28s %10.1f µs a check, one after the other; %8.0f checks a second of 64 clients at %5.1f µs of processor time\n",
			r.name, r.nanos[len(r.nanos)/2]/1000, r.perSecond[rounds/2], r.processor[rounds/2])
	}
	ours, peer := list[0], list[1]
	fmt.Printf("  %.2f × redis_rate a check, wanted at most 1.00; %.2f × its throughput, wanted at least 2.00\n",
		ours.nanos[len(ours.nanos)/2]/peer.nanos[len(peer.nanos)/2], ours.perSecond[rounds/2]/peer.perSecond[rounds/2])
	return nil
}

// oneByOne returns the nanoseconds of the median check of one client that waits
// for each answer.
func oneByOne(allows check, keys []string) (float64, error) {
	const n = 100
	took := make([]float64, n)
	for i := range n {
		begin := time.Now()
		allowed, err := allows(keys[i%clients])
		if took[i] = float64(time.Since(begin).Nanoseconds()); err != nil || !allowed {
			return 0, fmt.Errorf("a request was refused (%v)", err)
		}
	}
	slices.Sort(took)
	return took[n/2], nil
}

// atOnce returns how many checks a second 64 clients get, and the processor time
// of this process for one, in microseconds.
func atOnce(allows check, keys []string) (perSecond, processor float64, _ error) {
	const workers, n = 64, 20_000
	var next, refused atomic.Int64
	var failure atomic.Pointer[error]
	var wg sync.WaitGroup
	before, begin := processorTime(), time.Now()
	for range workers {
		wg.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				if allowed, err := allows(keys[i*7%clients]); err != nil || !allowed {
					refused.Add(1)
					failure.Store(&err)
				}
			}
		})
	}
	wg.Wait()
	passed := time.Since(begin)
	if refused.Load() > 0 {
		return 0, 0, fmt.Errorf("%d requests were refused (%v)", refused.Load(), *failure.Load())
	}
	return n / passed.Seconds(), float64((processorTime() - before).Microseconds()) / n, nil
}

func processorTime() time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
