package listen

import (
	"io"
	"net/http"
	"sync"
	"time"
)

// The streams of an HTTP/2 connection have their own windows: a client can leave
// one response waiting while others go on, and the deadline of the connection does
// not notice.

const (
	// unflushed is how much net/http holds back before a write can block.
	unflushed = 4 << 10
	// piece is what a client has to read within the timeout. Larger writes are split.
	piece = 16 << 10
)

// http2Writer has the methods of net/http's writers over HTTP/2.
type http2Writer interface {
	http.ResponseWriter
	io.StringWriter
	http.Flusher
	http.Pusher
	CloseNotify() <-chan bool
	FlushError() error
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	EnableFullDuplex() error
}

// stream gives the writes of a response over HTTP/2 a rolling deadline: if a client
// reads nothing for the timeout (or up to twice as long), its stream is reset.
// finish is called when the handler has returned.
type stream struct {
	http2Writer
	timeout time.Duration

	mu      sync.Mutex
	written int
	timer   *time.Timer
	since   time.Time // when the blocked write began; zero if none is blocked
	done    bool
	asked   time.Time // the deadline that the handler has set
}

func (s *stream) Write(p []byte) (int, error) {
	return s.inPieces(len(p), func(from, to int) (int, error) { return s.http2Writer.Write(p[from:to]) })
}

func (s *stream) WriteString(p string) (int, error) {
	return s.inPieces(len(p), func(from, to int) (int, error) { return s.http2Writer.WriteString(p[from:to]) })
}

// inPieces splits one write into guarded pieces.
func (s *stream) inPieces(size int, write func(from, to int) (int, error)) (int, error) {
	done := 0
	for {
		to := min(size, done+piece)
		n, err := s.guarded(to-done, func() (int, error) { return write(done, to) })
		if done += n; err != nil || done >= size {
			return done, err
		}
	}
}

func (s *stream) Flush() { _ = s.FlushError() }

func (s *stream) FlushError() error {
	_, err := s.guarded(unflushed, func() (int, error) { return 0, s.http2Writer.FlushError() })
	return err
}

// SetWriteDeadline records the handler's deadline: the nearer one counts.
func (s *stream) SetWriteDeadline(t time.Time) error {
	s.mu.Lock()
	s.asked = t
	s.mu.Unlock()
	return s.http2Writer.SetWriteDeadline(t)
}

// guarded runs a write that may block. The deadline counts only while it does: an
// event stream may be silent for as long as it likes.
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
// checks again later.
func (s *stream) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	wait := s.timeout
	switch {
	case s.done:
		return
	case !s.since.IsZero():
		if wait -= time.Since(s.since); wait <= 0 {
			// It cannot fail, and there would be nobody to report an error to.
			_ = s.http2Writer.SetWriteDeadline(time.Unix(1, 0))
			return
		}
	}
	s.timer.Reset(wait)
}

// finish sets the deadline for what net/http still holds back.
func (s *stream) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = true
	if s.timer != nil {
		s.timer.Stop()
	}
	if s.written == 0 {
		return // nothing is held back that could wait for the client
	}
	until := time.Now().Add(s.timeout)
	if !s.asked.IsZero() && s.asked.Before(until) {
		until = s.asked
	}
	_ = s.http2Writer.SetWriteDeadline(until) // likewise
}
