package idempotency

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Work tells a handler about the request that it is processing.
type Work struct {
	// Key is the client's key. It is unique only within the client's scope.
	Key string
	// Fence is greater than that of every earlier request that had the key. If a
	// process was suspended for so long that its lease passed, two requests may be
	// processed under one key. A database that stores the greatest Fence and refuses
	// lower ones lets only the second make changes.
	Fence int64
}

type workKey struct{}

// FromContext returns the Work of a handler behind a [Replayer]. ok is false for a
// request without a key, and while the store fails under [FallbackOpen].
func FromContext(ctx context.Context) (w Work, ok bool) {
	w, ok = ctx.Value(workKey{}).(Work)
	return w, ok
}

// staying is the context of a handler that must finish even if its client leaves,
// because only the stored response tells a later request what happened. Everything
// else that ends the request's context ends this one as well: a deadline, or the
// server's stop.
type staying struct {
	context.Context // without the cancellation of the request's own
	cancel          context.CancelCauseFunc
	request         context.Context
	late            atomic.Bool // the deadline has passed
}

// stay returns the context for processing a request, and a function that ends it.
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

// Deadline returns the request's deadline.
func (s *staying) Deadline() (time.Time, bool) { return s.request.Deadline() }

// Err returns context.DeadlineExceeded once the deadline has passed.
func (s *staying) Err() error {
	err := s.Context.Err()
	if err != nil && s.late.Load() {
		return context.DeadlineExceeded
	}
	return err
}
