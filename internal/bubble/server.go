// Package bubble has servers for tests that run in a bubble of testing/synctest.
//
// Time in a bubble passes only while all its goroutines wait for each other. A
// goroutine that waits for a socket does not count as one, so the connections here
// are in memory.
package bubble

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Server is an httptest.Server that is reached with Dial or with its Client.
type Server struct {
	*httptest.Server
	pipes *listener
}

// NewUnstartedServer returns a server to be started with Start or StartTLS, in the
// bubble in which it is used and closed.
func NewUnstartedServer(h http.Handler) *Server {
	l := &listener{pipes: make(chan net.Conn), closed: make(chan struct{})}
	return &Server{&httptest.Server{Listener: l, Config: &http.Server{Handler: h}}, l}
}

// NewServer returns a server that has started.
func NewServer(h http.Handler) *Server {
	s := NewUnstartedServer(h)
	s.Start()
	return s
}

// Dial connects to the server. It fails once the server is closed.
func (s *Server) Dial() (net.Conn, error) { return s.pipes.dial() }

// Client returns the client of the server, which has started.
func (s *Server) Client() *http.Client {
	c := s.Server.Client()
	c.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return s.Dial() }
	return c
}

type listener struct {
	pipes  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *listener) dial() (net.Conn, error) {
	near, far := pipe()
	select {
	case l.pipes <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.pipes:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *listener) Addr() net.Addr { return address }

// address makes a URL that nothing else serves.
var address = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
