package listen

import (
	"net/http"
	"sync"
	"time"

	"github.com/felixge/httpsnoop"
)

// The streams of an HTTP/2 connection have windows of their own: a client can
// leave one answer waiting while others go on, and the deadline of the connection
// does not see it.

const (
	// unflushed is what net/http holds back before a write can block.
	unflushed = 4 << 10
	// piece is what a client has to take in the timeout. Larger writes are made
	// in pieces.
	piece = 16 << 10
)

// Stream gives the writes of an answer over HTTP/2 a rolling deadline: a client
// that takes nothing for the timeout (or up to twice as long) has its stream
// reset. Call finish when the handler has returned.
func Stream(w http.ResponseWriter, timeout time.Duration) (_ http.ResponseWriter, finish func()) {
	s := &stream{control: http.NewResponseController(w), timeout: timeout}
	w = httpsnoop.Wrap(w, httpsnoop.Hooks{
		Write: func(next httpsnoop.WriteFunc) httpsnoop.WriteFunc {
			return func(p []byte) (int, error) {
				done := 0
				for {
					n, err := s.guarded(min(len(p)-done, piece), func() (int, error) { return next(p[done:min(len(p), done+piece)]) })
					if done += n; err != nil || done >= len(p) {
						return done, err
					}
				}
			}
		},
		WriteString: func(next httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc {
			return func(p string) (int, error) {
				done := 0
				for {
					n, err := s.guarded(min(len(p)-done, piece), func() (int, error) { return next(p[done:min(len(p), done+piece)]) })
					if done += n; err != nil || done >= len(p) {
						return done, err
					}
				}
			}
		},
		Flush: func(next httpsnoop.FlushFunc) httpsnoop.FlushFunc {
			return func() {
				s.guarded(unflushed, func() (int, error) { next(); return 0, nil })
			}
		},
		FlushError: func(next httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc {
			return func() error {
				_, err := s.guarded(unflushed, func() (int, error) { return 0, next() })
				return err
			}
		},
		SetWriteDeadline: func(next httpsnoop.SetWriteDeadlineFunc) httpsnoop.SetWriteDeadlineFunc {
			return func(t time.Time) error {
				s.mu.Lock()
				s.asked = t
				s.mu.Unlock()
				return next(t)
			}
		},
	})
	return w, s.finish
}

type stream struct {
	control *http.ResponseController
	timeout time.Duration

	mu      sync.Mutex
	written int
	timer   *time.Timer
	since   time.Time // when the write began that is blocked; zero if none is
	done    bool
	asked   time.Time // the deadline that the handler has set
}

// guarded runs a write that may block. The deadline counts only while it does:
// an event stream may be silent for as long as it likes.
func (s *stream) guarded(size int, write func() (int, error)) (int, error) {
	s.mu.Lock()
	if s.written += size; s.written < unflushed {
		s.mu.Unlock()
		return write()
	}
	s.since = time.Now()
	if s.timer == nil {
		s.timer = time.AfterFunc(s.timeout, s.look)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.since = time.Time{}
		s.mu.Unlock()
	}()
	return write()
}

// look resets the stream if a write has been blocked for too long, and otherwise
// looks again later.
func (s *stream) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := s.timeout
	switch {
	case s.done:
		return
	case !s.since.IsZero():
		if wait -= time.Since(s.since); wait <= 0 {
			// It cannot fail, and there would be nobody to tell.
			_ = s.control.SetWriteDeadline(time.Unix(1, 0))
			return
		}
	}
	s.timer.Reset(wait)
}

// finish gives what net/http still holds back its deadline.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if s.timer != nil {
		s.timer.Stop()
	}
	until := time.Now().Add(s.timeout)
	if !s.asked.IsZero() && s.asked.Before(until) {
		until = s.asked
	}
	_ = s.control.SetWriteDeadline(until) // as above
}
