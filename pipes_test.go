package sidekick_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
)

// pipes is a listener whose connections are pipes. Unlike sockets they work in the
// time of a synctest bubble, in which nothing is late on a busy machine.
type pipes struct {
	ends   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.ends:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.once.Do(func() { close(p.closed) }); return nil }
func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

// dial connects to the listener, or returns an error once it is closed.
func (p *pipes) dial() (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.ends <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// servePipes is serve over pipes, in a synctest bubble.
func servePipes(t *testing.T, cfg sidekick.Config, actions ...dispatch.Action) *running {
	t.Helper()
	return serveOn(t, newKit(t, cfg, actions...), &pipes{ends: make(chan net.Conn), closed: make(chan struct{})})
}

// https is a client of the server that speaks one protocol.
func (s *running) https(cert certificate, proto string) *http.Client {
	client := cert.https(proto)
	transport := client.Transport.(*http.Transport)
	transport.DialContext = func(context.Context, string, string) (net.Conn, error) { return connect(s.ls[0]) }
	s.t.Cleanup(transport.CloseIdleConnections)
	return client
}
