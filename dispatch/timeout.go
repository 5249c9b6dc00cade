package dispatch

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// withTimeout returns the context for an action. If there is a timeout, stop ends it.
func (c *Connection) withTimeout(ctx context.Context, a *compiledAction) (_ context.Context, stop func()) {
	d := a.Timeout
	if d == 0 {
		d = c.call.d.opts.Timeout
	}
	if d <= 0 {
		return ctx, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	t := &timeout{Context: ctx, at: time.Now().Add(d)}
	c.limit = t
	timer := time.AfterFunc(d, func() {
		if !t.streaming.Load() {
			t.passed.Store(true)
			cancel(context.DeadlineExceeded)
		}
	})
	return t, func() {
		timer.Stop()
		cancel(context.Canceled)
	}
}

// asTimeout turns an error into an ErrTimeout if it came because the action's time had passed.
func (c *Connection) asTimeout(err error) error {
	if err == nil {
		return nil
	}
	passed := c.limit.hasPassed() || c.call.conn.limit.hasPassed()
	if passed && errors.Is(err, context.Canceled) || (passed || c.call.ctx.Err() == context.DeadlineExceeded) && endedBy(c.call.ctx, err) {
		if !errors.Is(err, ErrTimeout) {
			return fmt.Errorf("%w: %w", ErrTimeout, err)
		}
	}
	return err
}

// endedBy reports whether an error says that the deadline of a context has passed.
func endedBy(ctx context.Context, err error) bool {
	cause := context.Cause(ctx)
	return errors.Is(err, context.DeadlineExceeded) || cause != nil && errors.Is(err, cause)
}

// timeout is the context of an action with a time limit. The limit ends once the action begins to
// write the response itself: an event stream, for example, may take as long as it likes.
type timeout struct {
	context.Context
	at        time.Time
	passed    atomic.Bool
	streaming atomic.Bool // the action writes the response itself
}

func (t *timeout) hasPassed() bool { return t != nil && t.passed.Load() }

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
