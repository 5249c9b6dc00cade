package dispatch

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// withTimeout returns the context for an action. If there is a timeout, stop ends it and reports
// whether it has passed.
func (c *call) withTimeout(a *compiledAction) (_ context.Context, stop func() bool) {
	d := a.Timeout
	if d == 0 {
		d = c.d.opts.Timeout
	}
	if d <= 0 {
		return c.ctx, nil
	}
	c.conn.timed = true
	ctx, cancel := context.WithCancelCause(c.ctx)
	t := &timeout{Context: ctx, at: time.Now().Add(d)}
	timer := time.AfterFunc(d, func() {
		if !c.conn.streaming.Load() {
			t.passed.Store(true)
			cancel(context.DeadlineExceeded)
		}
	})
	return t, func() bool {
		timer.Stop()
		cancel(context.Canceled)
		return t.passed.Load()
	}
}

// timeout is the context of an action with a time limit. The limit ends once the action begins to
// write the response itself: an event stream, for example, may take as long as it likes.
type timeout struct {
	context.Context
	at     time.Time
	passed atomic.Bool
}

// Deadline returns when the action must have ended.
func (t *timeout) Deadline() (time.Time, bool) {
	if at, ok := t.Context.Deadline(); ok && at.Before(t.at) {
		return at, true
	}
	return t.at, true
}

// Err returns context.DeadlineExceeded once the time has passed.
func (t *timeout) Err() error {
	if t.passed.Load() {
		return context.DeadlineExceeded
	}
	return t.Context.Err()
}

// endedBy reports whether an error says that the deadline of a context has passed.
func endedBy(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return errors.Is(err, context.DeadlineExceeded) || cause != nil && errors.Is(err, cause)
}
