// Package guard protects a piece from a store that may fail or hang: it limits how
// long a call may take, stops calling the store for a while after failures in a
// row, and logs every outage once.
package guard

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// mostWaiting limits how many calls to a store can be running. A store that ignores
// its context and hangs holds a goroutine for each.
const mostWaiting = 4096

// Options configure a [Guard]. All are required except Attr and Punctual.
type Options struct {
	Package  string        // named in records and errors
	Timeout  time.Duration // of a call
	Failures int           // failures in a row that open the circuit breaker
	Pause    time.Duration // how long the breaker stays open
	Logger   *slog.Logger
	Attr     slog.Attr // of the record about an outage
	Punctual bool      // the store returns when its context ends, or shortly after

	// The errors of a call that took too long, that was not made after failures, and
	// that was not made because too many are running. A store may also return
	// ErrSkipped.
	ErrTimeout, ErrSkipped, ErrBusy error
}

// CheckOptions finds the problems of the options that every piece with a guarded store
// has: StoreTimeout, StoreFailures and StorePause.
func CheckOptions(bad *cfgerr.List, timeout time.Duration, failures int, pause time.Duration) {
	if timeout < 0 {
		bad.Add("StoreTimeout", timeout, "want a positive time, or 0 for the default")
	}
	if failures < 0 {
		bad.Add("StoreFailures", failures, "want 1 or more, or 0 for the default")
	}
	if pause < 0 {
		bad.Add("StorePause", pause, "want a positive time, or 0 for the default")
	}
}

// A Guard guards one store. It is safe for concurrent use and made by [New].
type Guard struct {
	opts  Options
	start time.Time // times are counted from here

	waiting  atomic.Int64 // running calls
	failures atomic.Int64 // in a row
	success  atomic.Int64 // time of the last one
	openTill atomic.Int64 // when to try the store again; 0 while the breaker is closed

	// An outage lasts from the first failure until an answer after a pause without
	// failures, so that occasional failures among many calls are logged once.
	outage  atomic.Bool
	began   atomic.Int64
	last    atomic.Int64 // failure
	without atomic.Int64 // calls that the store has not answered
}

// New returns a Guard.
func New(o Options) *Guard {
	return &Guard{opts: o, start: time.Now().Add(-o.Timeout)} // as if the last answer were long ago
}

// Ask calls the store within the time limit. The context's own error says nothing
// about the store: the client has gone.
func Ask[Q, A any](ctx context.Context, g *Guard, call func(context.Context, Q) (A, error), question Q) (A, error) {
	var none A
	if ctx.Err() != nil {
		return none, context.Cause(ctx)
	}
	probe := false
	if till := g.openTill.Load(); till != 0 {
		now := g.now()
		// One call tries the store; calls in the meantime do without it.
		if now < till || !g.openTill.CompareAndSwap(till, now+int64(g.opts.Pause)) {
			g.without.Add(1)
			return none, g.opts.ErrSkipped
		}
		probe = true
	}
	answer, err := ask(ctx, g, call, question)
	switch {
	case err == nil:
		g.answered(ctx, probe)
	case ctx.Err() == nil:
		g.failed(ctx, err)
	}
	return answer, err
}

// ask calls the store, but returns when the time is up, whatever the store does.
func ask[Q, A any](ctx context.Context, g *Guard, call func(context.Context, Q) (A, error), question Q) (answer A, err error) {
	limited, cancel := context.WithTimeoutCause(ctx, g.opts.Timeout, g.opts.ErrTimeout)
	defer cancel()
	if g.opts.Punctual {
		answer, err = safely(limited, g, call, question)
	} else {
		answer, err = askAside(limited, g, call, question)
	}
	if err != nil && limited.Err() != nil {
		err = context.Cause(limited)
	}
	return answer, err
}

// askAside calls the store in another goroutine, which it abandons when the context
// ends.
func askAside[Q, A any](ctx context.Context, g *Guard, call func(context.Context, Q) (A, error), question Q) (A, error) {
	var none A
	if g.waiting.Add(1) > mostWaiting {
		g.waiting.Add(-1)
		return none, g.opts.ErrBusy
	}
	type outcome struct {
		answer A
		err    error
	}
	outcomes := make(chan outcome, 1)
	go func() {
		answer, err := safely(ctx, g, call, question)
		g.waiting.Add(-1)
		outcomes <- outcome{answer, err}
	}()
	select {
	case o := <-outcomes:
		return o.answer, o.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// safely calls the store and recovers from panics, which would end the process in a
// separate goroutine.
func safely[Q, A any](ctx context.Context, g *Guard, call func(context.Context, Q) (A, error), question Q) (answer A, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: the store panicked: %v", g.opts.Package, p)
		}
	}()
	return call(ctx, question)
}

func (g *Guard) now() int64 { return int64(time.Since(g.start)) }

// failed records a failure of the store.
func (g *Guard) failed(ctx context.Context, err error) {
	now := g.now()
	g.last.Store(now)
	g.without.Add(1)
	// If one of a store's several servers fails, failures in a row happen now and
	// then; the store may stop calling that server itself.
	if !errors.Is(err, g.opts.ErrSkipped) && g.failures.Add(1) >= int64(g.opts.Failures) && now-g.success.Load() >= int64(g.opts.Timeout) {
		g.openTill.CompareAndSwap(0, now+int64(g.opts.Pause))
	}
	if g.outage.CompareAndSwap(false, true) {
		g.began.Store(now)
		g.without.Store(1)
		attrs := []any{"error", err}
		if g.opts.Attr.Key != "" {
			attrs = append(attrs, g.opts.Attr)
		}
		g.opts.Logger.ErrorContext(ctx, g.opts.Package+": the store fails", attrs...)
	}
}

// answered records an answer of the store.
func (g *Guard) answered(ctx context.Context, probe bool) {
	if g.failures.Load() != 0 {
		g.failures.Store(0)
	}
	now := g.now()
	g.success.Store(now)
	if probe {
		g.openTill.Store(0)
	}
	if !g.outage.Load() || g.openTill.Load() != 0 {
		return
	}
	if (probe || now-g.last.Load() >= int64(g.opts.Pause)) && g.outage.CompareAndSwap(true, false) {
		g.opts.Logger.WarnContext(ctx, g.opts.Package+": the store answers again",
			"after", time.Duration(now-g.began.Load()), "undecided", g.without.Load())
	}
}
