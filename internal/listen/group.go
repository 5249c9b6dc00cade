package listen

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// Group is the connections of all listeners of a server. It is safe for
// concurrent use.
type Group struct {
	writeTimeout time.Duration
	slots        chan struct{} // nil where there is no limit

	mu    sync.Mutex
	conns map[*Conn]struct{}
}

// NewGroup returns a group of at most max connections whose writes have the given
// timeout. There is no limit if max is 0 or less. Each listener after the first
// may have one connection more, because each needs room to wait for one, and none
// can lend it to another.
func NewGroup(max, listeners int, writeTimeout time.Duration) *Group {
	g := &Group{writeTimeout: writeTimeout, conns: map[*Conn]struct{}{}}
	if max > 0 {
		g.slots = make(chan struct{}, max+listeners-1)
	}
	return g
}

// Listener returns l with its connections in the group. While the group is full
// it does not accept: who comes waits in the system's queue.
func (g *Group) Listener(l net.Listener) net.Listener {
	return &member{Listener: l, group: g, done: make(chan struct{})}
}

type member struct {
	net.Listener
	group *Group
	once  sync.Once
	done  chan struct{}
}

// Accept waits for room in the group, and then for a connection.
func (m *member) Accept() (net.Conn, error) {
	g := m.group
	if g.slots != nil {
		select {
		case g.slots <- struct{}{}:
		case <-m.done:
			return nil, net.ErrClosed
		}
	}
	nc, err := m.Listener.Accept()
	if err != nil {
		g.release()
		return nil, err
	}
	c := &Conn{Conn: nc, group: g, accepted: time.Now()}
	c.state.Store(int32(unseen))
	g.mu.Lock()
	g.conns[c] = struct{}{}
	g.mu.Unlock()
	if _, ok := nc.(*net.TCPConn); ok {
		return tcpConn{c}, nil
	}
	return c, nil
}

// Close closes the listener, and ends an Accept that waits for room.
func (m *member) Close() error {
	m.once.Do(func() { close(m.done) })
	return m.Listener.Close()
}

func (g *Group) remove(c *Conn) {
	g.mu.Lock()
	delete(g.conns, c)
	g.mu.Unlock()
	g.release()
}

func (g *Group) release() {
	if g.slots != nil {
		<-g.slots
	}
}

// The patience with connections while a server stops. A client that keeps a
// connection open may have sent a request that is still on its way.
const (
	// idlePatience is how long a connection is kept after its last answer, or
	// from its beginning if nothing came.
	idlePatience = time.Second
	// newPatience is how long a connection that has begun something, a TLS
	// handshake or a header say, is kept without a request. It is that of net/http.
	newPatience = 5 * time.Second
)

// CloseIdle closes the connections that nothing is to be expected of, and returns
// how many are left that a server waits for: all but those that were hijacked
// and those of HTTP/2, which http.Server.Shutdown tells to end.
//
// Unlike http.Server.Shutdown it leaves those that were in use a moment ago, and
// net/http goes on answering what comes over them.
func (g *Group) CloseIdle() (left int) {
	now := time.Now()
	var idle []*Conn
	g.mu.Lock()
	for c := range g.conns {
		switch c.rest(now) {
		case over:
			if !c.closing {
				c.closing = true
				idle = append(idle, c)
			}
		case busy:
			left++
		}
	}
	g.mu.Unlock()
	for _, c := range idle {
		c.mu.Lock()
		outer := c.outer
		c.mu.Unlock()
		// It says goodbye in TLS, which takes seconds if the client takes nothing.
		// There is nobody to tell an error.
		go outer.Close()
	}
	return left
}

// unseen is the state of a connection that net/http was not given yet.
const unseen = http.ConnState(-1)

// What a connection is to a server that stops.
const (
	busy    = iota // there is, or may be, a request
	over           // nothing is to be expected
	foreign        // not to be waited for
)

func (c *Conn) rest(now time.Time) int {
	if c.h2.Load() {
		return foreign
	}
	patience, since := idlePatience, c.accepted
	switch http.ConnState(c.state.Load()) {
	case unseen:
		return busy
	case http.StateHijacked:
		return foreign
	case http.StateIdle:
		if c.touched.Load() {
			if c.begun.IsZero() {
				c.begun = now
			}
			patience, since = newPatience, c.begun
			break
		}
		c.mu.Lock()
		since = c.lastWrite
		c.mu.Unlock()
	case http.StateNew:
		if c.touched.Load() {
			patience = newPatience
		}
	default:
		return busy
	}
	if now.Sub(since) > patience {
		return over
	}
	return busy
}

// Flights returns the requests that are running.
func (g *Group) Flights() []Flight {
	var all []Flight
	g.mu.Lock()
	defer g.mu.Unlock()
	for c := range g.conns {
		c.mu.Lock()
		all = append(all, c.flights...)
		c.mu.Unlock()
	}
	return all
}
