package sidekick_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick"
)

// A check that hangs is answered in its place after some time, is not called again
// meanwhile, and counts again once it has returned.
func TestReadinessCheckThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls, ended atomic.Int64
		hangs, goOn := true, make(chan struct{})
		kit := readyKit(t, slog.DiscardHandler, func(ctx context.Context) error {
			calls.Add(1)
			if hangs {
				<-ctx.Done()
				ended.Add(1)
				<-goOn // it does not care
			}
			return nil
		})
		begin := time.Now()
		var probes sync.WaitGroup
		for range 10 {
			probes.Go(func() {
				if w := get(kit, "/readyz"); w.Code != http.StatusServiceUnavailable {
					t.Errorf("while it hangs: got %d", w.Code)
				}
			})
		}
		probes.Wait()
		if took := time.Since(begin); took != 5*time.Second {
			t.Errorf("it took %v", took)
		}
		if w := get(kit, "/readyz"); w.Code != http.StatusServiceUnavailable || calls.Load() != 1 || ended.Load() != 1 {
			t.Errorf("got %d, %d calls, %d of which saw their context end", w.Code, calls.Load(), ended.Load())
		}
		hangs = false
		close(goOn)
		synctest.Wait()
		if w := get(kit, "/readyz"); w.Code != http.StatusOK || calls.Load() != 2 {
			t.Errorf("afterwards: got %d, %d calls", w.Code, calls.Load())
		}
	})
}

// A prober that leaves says nothing about the server, and takes the result from
// nobody.
func TestReadinessProberThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var logged bytes.Buffer
		kit := readyKit(t, slog.NewTextHandler(&logged, nil), func(ctx context.Context) error {
			time.Sleep(2 * time.Second)
			return ctx.Err()
		})
		ctx, leave := context.WithTimeout(t.Context(), time.Second)
		defer leave()
		var other sync.WaitGroup
		other.Go(func() {
			time.Sleep(time.Second)
			if w := get(kit, "/readyz"); w.Code != http.StatusOK {
				t.Errorf("the other: got %d", w.Code)
			}
		})
		get(kit, "/readyz", func(r *http.Request) { *r = *r.WithContext(ctx) })
		other.Wait()
		if strings.Contains(logged.String(), "ready") {
			t.Errorf("got the log\n%s", &logged)
		}
	})
}

func TestReadinessCheckThatFails(t *testing.T) {
	for name, check := range map[string]func(context.Context) error{
		"panic":  func(context.Context) error { panic("no database") },
		"Goexit": func(context.Context) error { runtime.Goexit(); return nil },
	} {
		t.Run(name, func(t *testing.T) {
			var logged bytes.Buffer
			kit := readyKit(t, slog.NewTextHandler(&logged, nil), check)
			for range 2 {
				if w := get(kit, "/readyz"); w.Code != http.StatusServiceUnavailable {
					t.Errorf("got %d", w.Code)
				}
			}
			if n := strings.Count(logged.String(), `msg="not ready"`); n != 1 {
				t.Errorf("got the log\n%s", &logged)
			}
		})
	}
}

func readyKit(t *testing.T, log slog.Handler, check func(context.Context) error) *sidekick.Kit {
	t.Helper()
	cfg := sidekick.Production()
	cfg.Logger = slog.New(log)
	cfg.Server.ReadinessPath, cfg.Server.ReadinessCheck = "/readyz", check
	return newKit(t, cfg)
}
