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
)

// Server is an httptest.Server that is reached with Dial or with its Client.
type Server struct {
	*httptest.Server
	listener *Listener
}

// NewUnstartedServer returns a server to be started with Start or StartTLS, in the
// bubble in which it is used and closed.
func NewUnstartedServer(h http.Handler) *Server {
	l := Listen(pipe)
	return &Server{&httptest.Server{Listener: l, Config: &http.Server{Handler: h}}, l}
}

// NewServer returns a server that has started.
func NewServer(h http.Handler) *Server {
	s := NewUnstartedServer(h)
	s.Start()
	return s
}

// Dial connects to the server. It fails once the server is closed.
func (s *Server) Dial() (net.Conn, error) { return s.listener.Dial() }

// Client returns the client of the server, which has started.
func (s *Server) Client() *http.Client {
	c := s.Server.Client()
	c.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) { return s.Dial() }
	return c
}
