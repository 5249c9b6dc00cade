package idempotency

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Work is what a handler is told of the request that it works on.
type Work struct {
	// Key is the client's key. It is unique together with who asks.
	Key string
	// Fence is greater than that of every request before that had the key. Where
	// the lease of a request has passed while it was still at work, which takes a
	// process that stood still, two may work under one key: a database that keeps
	// the greatest Fence and refuses lower ones lets the second alone change
	// something.
	Fence int64
}

type workKey struct{}

// FromContext returns what a handler behind a [Replayer] works on; ok is false
// for a request without a key, and while the store fails under [FallbackOpen].
func FromContext(ctx context.Context) (w Work, ok bool) {
	w, ok = ctx.Value(workKey{}).(Work)
	return w, ok
}

// staying is the context of a handler that is to end its work although the
// client has left: only the answer tells the next one what has become of it.
// Whatever else ends the request ends it: a deadline, the stop of a server.
type staying struct {
	context.Context // without the end of the request's own
	cancel          context.CancelCauseFunc
	request         context.Context
	late            atomic.Bool // the deadline has passed
}

// stay returns the context for the work on a request, and what ends it.
func stay(r *http.Request, rec *facts.Record, work Work) (s *staying, end func()) {
	request := r.Context()
	ctx, cancel := context.WithCancelCause(context.WithValue(context.WithoutCancel(request), workKey{}, work))
	s = &staying{Context: ctx, cancel: cancel, request: request}
	ignore := context.AfterFunc(request, func() {
		switch {
		case failure.ClientGone(r, rec):
			if at, ok := request.Deadline(); ok {
				// The request's own timer has ended with the request.
				timer := time.AfterFunc(time.Until(at), s.expire)
				context.AfterFunc(ctx, func() { timer.Stop() })
			}
		case request.Err() == context.DeadlineExceeded:
			s.expire()
		default:
			cancel(context.Cause(request))
		}
	})
	return s, func() {
		ignore()
		cancel(nil)
	}
}

func (s *staying) expire() {
	s.late.Store(true)
	s.cancel(context.DeadlineExceeded)
}

// Deadline returns the request's.
func (s *staying) Deadline() (time.Time, bool) { return s.request.Deadline() }

// Err returns context.DeadlineExceeded once the deadline has passed.
func (s *staying) Err() error {
	err := s.Context.Err()
	if err != nil && s.late.Load() {
		return context.DeadlineExceeded
	}
	return err
}
