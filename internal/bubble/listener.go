package bubble

import (
	"net"
	"sync"
)

// Listener is a listener in memory. Unlike sockets its connections work in the time of
// a bubble, in which nothing is late on a busy machine. It is safe for concurrent use.
type Listener struct {
	pipe   func() (near, far net.Conn)
	pipes  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

// Listen returns a listener whose connections are made by pipe: by net.Pipe, without
// buffers, for a server that is to wait for clients that do not read.
func Listen(pipe func() (near, far net.Conn)) *Listener {
	return &Listener{pipe: pipe, pipes: make(chan net.Conn), closed: make(chan struct{})}
}

// Dial connects to the listener. It fails once that is closed.
func (l *Listener) Dial() (net.Conn, error) {
	near, far := l.pipe()
	select {
	case l.pipes <- far:
		return near, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Accept returns the far end of the next connection.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.pipes:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses further connections.
func (l *Listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr returns an address at which nothing listens.
func (l *Listener) Addr() net.Addr { return address }

// address makes a URL that nothing else serves.
var address = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1}
