package bubble

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipe returns the two ends of a connection. Unlike those of net.Pipe they have
// buffers, without a limit: a Write never waits. One that waits while it holds a
// mutex, as in crypto/tls and in HTTP/2, would stop the time of the bubble.
func pipe() (near, far net.Conn) {
	there, back := newStream(), newStream()
	return &conn{in: back, out: there}, &conn{in: there, out: back}
}

// stream is one direction of a connection.
type stream struct {
	mu       sync.Mutex
	changed  sync.Cond
	buf      bytes.Buffer
	ended    bool // the writer has closed it
	left     bool // the reader has closed it
	told     bool // the writer has written since then
	deadline time.Time
	timer    *time.Timer // wakes the reader at the deadline
}

func newStream() *stream {
	s := &stream{}
	s.changed.L = &s.mu
	return s
}

func (s *stream) update(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	s.changed.Broadcast()
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.left:
			return 0, net.ErrClosed
		case passed(s.deadline):
			return 0, os.ErrDeadlineExceeded
		case s.buf.Len() > 0 || len(p) == 0:
			return s.buf.Read(p)
		case s.ended:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) setReadDeadline(t time.Time) {
	s.update(func() {
		if s.timer != nil {
			s.timer.Stop()
			s.timer = nil
		}
		s.deadline = t
		if !t.IsZero() && !s.left {
			s.timer = time.AfterFunc(time.Until(t), func() { s.update(func() {}) })
		}
	})
}

func passed(deadline time.Time) bool { return !deadline.IsZero() && !time.Now().Before(deadline) }

type conn struct {
	in, out *stream

	mu       sync.Mutex
	deadline time.Time // of writes
}

func (c *conn) Read(p []byte) (int, error) { return c.in.read(p) }

func (c *conn) Write(p []byte) (n int, err error) {
	c.mu.Lock()
	late := passed(c.deadline)
	c.mu.Unlock()
	c.out.update(func() {
		switch {
		case c.out.ended:
			err = net.ErrClosed
		case c.out.left && !c.out.told:
			c.out.told = true // with TCP, too, the first one succeeds and is answered with a reset
			n = len(p)
		case c.out.left:
			err = errors.New("bubble: the other end is closed")
		case late:
			err = os.ErrDeadlineExceeded
		default:
			n, err = c.out.buf.Write(p)
		}
	})
	return n, err
}

// CloseWrite ends what the other end reads, as that of a TCP connection does.
func (c *conn) CloseWrite() error {
	c.out.update(func() { c.out.ended = true })
	return nil
}

func (c *conn) Close() error {
	c.in.setReadDeadline(time.Time{}) // stops its timer
	c.in.update(func() { c.in.left = true })
	return c.CloseWrite()
}

func (c *conn) SetReadDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	return nil
}

func (c *conn) SetWriteDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	return nil
}

func (c *conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *conn) LocalAddr() net.Addr  { return address }
func (c *conn) RemoteAddr() net.Addr { return address }
