package sidekick

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// readinessTimeout is how long ServerOptions.ReadinessCheck may take.
const readinessTimeout = 5 * time.Second

var (
	errReadinessTimeout = fmt.Errorf("ReadinessCheck has not returned within %v", readinessTimeout)
	errReadinessExit    = errors.New("ReadinessCheck has ended its goroutine")
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
			call.err = fmt.Errorf("ReadinessCheck has panicked: %v\n%s", problem, debug.Stack())
		}
		s.mu.Lock()
		s.running = nil
		s.mu.Unlock()
		close(call.done)
	}()
	call.err = check(ctx)
}
