package sidekick

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// readinessTimeout is how long ServerOptions.ReadinessCheck may take.
const readinessTimeout = 5 * time.Second

var (
	errReadinessTimeout = fmt.Errorf("ReadinessCheck did not return within %v", readinessTimeout)
	errReadinessExit    = errors.New("ReadinessCheck called runtime.Goexit")
)

// readiness calls ServerOptions.ReadinessCheck once at a time, so that a check that
// hangs does not hold a goroutine and a connection for every probe.
type readiness struct {
	failed atomic.Bool // the last result, for the log

	mu      sync.Mutex
	running *readinessCall // nil if there is none
}

type readinessCall struct {
	done chan struct{}
	err  error // valid once done is closed
}

// ask returns the result of the running check, or of a new one.
func (s *readiness) ask(ctx context.Context, check func(context.Context) error) error {
	s.mu.Lock()
	call := s.running
	if call == nil {
		call = &readinessCall{done: make(chan struct{}), err: errReadinessExit}
		s.running = call
		go s.run(context.WithoutCancel(ctx), call, check) // other probes may wait for it, too
	}
	s.mu.Unlock()
	timeout := time.NewTimer(readinessTimeout)
	defer timeout.Stop()
	select {
	case <-call.done:
		return call.err
	case <-timeout.C:
		return errReadinessTimeout
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *readiness) run(ctx context.Context, call *readinessCall, check func(context.Context) error) {
	ctx, cancel := context.WithTimeout(ctx, readinessTimeout)
	defer cancel()
	defer func() {
		if problem := recover(); problem != nil {
			call.err = fmt.Errorf("ReadinessCheck panicked: %v\n%s", problem, debug.Stack())
		}
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(call.done)
	}()
	call.err = check(ctx)
}

// readiness reports whether new requests are welcome.
func (k *Kit) readiness(r *http.Request) (status int, word string) {
	if k.server.IsStopping() {
		return http.StatusServiceUnavailable, "stopping"
	}
	var err error
	if k.cfg.Server.ReadinessCheck != nil {
		err = k.ready.ask(r.Context(), k.cfg.Server.ReadinessCheck)
	}
	if r.Context().Err() != nil {
		return http.StatusServiceUnavailable, "unavailable" // the prober has gone
	}
	// Probes come every few seconds, so only changes are logged.
	if was := k.ready.failed.Swap(err != nil); was != (err != nil) {
		if err != nil {
			k.logger.WarnContext(r.Context(), "not ready", "error", err)
		} else {
			k.logger.InfoContext(r.Context(), "ready again")
		}
	}
	if err != nil {
		return http.StatusServiceUnavailable, "unavailable"
	}
	return http.StatusOK, "ok"
}
