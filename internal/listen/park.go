package listen

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// A connection that waits for its next request costs net/http some 20 KiB: two
// buffers, and the stack of a goroutine that has answered a request. Most
// connections of most servers are waiting. So a connection that has waited for a
// while is parked: net/http is told that its client has left, and releases
// everything; a small goroutine waits instead, and the next byte turns it into a
// new connection for net/http, with the same client at the other end.
//
// This is done for HTTP/1 without TLS, since the state of TLS and HTTP/2 lies
// above, in net/http.

const (
	// parkAfter is how long a connection must have waited if there are at most few of
	// them. With n times as many it is an n-th of that, which limits how many wait
	// without being parked.
	parkAfter = time.Second
	few       = 500
	parkSoon  = 50 * time.Millisecond // at least
	// netBuffer is the size of net/http's read buffer. If it asks for less, the
	// buffer has content that would be lost.
	netBuffer = 4096
	// emptyLines is how many bytes of empty lines net/http skips between two
	// requests.
	emptyLines = 4
)

// Parked returns a listener for the connections that are no longer parked, to be
// served beside the listeners that they came from. [Group.Close] closes it.
func (g *Group) Parked() net.Listener { return revival{g} }

type revival struct{ group *Group }

func (r revival) Accept() (net.Conn, error) {
	select {
	case nc := <-r.group.revived:
		return nc, nil
	case <-r.group.closed:
		return nil, net.ErrClosed
	}
}

// Close ends Accept: http.Server.Shutdown closes every listener.
func (r revival) Close() error {
	r.group.once.Do(func() { close(r.group.closed) })
	return nil
}

func (r revival) Addr() net.Addr { return &net.UnixAddr{Name: "parked", Net: "unix"} }

// SetReadDeadline sets the read deadline. While the connection is idle, it may be
// parked before that.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if c.gone.Load() {
		return net.ErrClosed
	}
	if c.isParkable() {
		c.mu.Lock()
		c.idleUntil = t
		c.mu.Unlock()
		if soon := time.Now().Add(c.group.parkAfter()); t.IsZero() || soon.Before(t) {
			t = soon
		}
	}
	return c.Conn.SetReadDeadline(t)
}

func (g *Group) parkAfter() time.Duration {
	n := time.Duration(g.size.Load())
	if n <= few {
		return parkAfter
	}
	return max(parkSoon, parkAfter*few/n)
}

// isParkable reports whether net/http is only waiting for the connection.
func (c *Conn) isParkable() bool {
	return c.mayPark.Load() && http.ConnState(c.state.Load()) == http.StateIdle && !c.touched.Load() && !c.h2.Load()
}

// read reads into p, or parks the connection.
func (c *Conn) read(p []byte) (int, error) {
	if c.hasFirst && len(p) > 0 {
		c.hasFirst = false
		return copy(p, c.first[:]), nil
	}
	if c.gone.Load() {
		return 0, io.EOF
	}
	for {
		n, err := c.Conn.Read(p)
		if n > 0 || !errors.Is(err, os.ErrDeadlineExceeded) || !c.isParkable() {
			return n, err
		}
		c.mu.Lock()
		until := c.idleUntil
		c.mu.Unlock()
		switch {
		case !until.IsZero() && !until.After(time.Now()):
			return n, err
		case len(p) == netBuffer && c.park(until):
			return 0, io.EOF
		}
		// It has to stay, and to wait for the rest of its time.
		if err := c.Conn.SetReadDeadline(until); err != nil {
			return 0, err
		}
	}
}

// park hands the connection over to another Conn, which waits until the given time.
func (c *Conn) park(until time.Time) bool {
	next := &Conn{Conn: c.Conn, group: c.group, accepted: c.accepted, born: c.born, counts: c.counts}
	next.state.Store(int32(parked))
	c.mu.Lock()
	next.lastWrite, next.asked, next.armed = c.lastWrite, c.asked, c.armed
	c.mu.Unlock()
	if !c.group.replace(c, next) {
		return false
	}
	go next.wait(until)
	return true
}

// replace puts next in the place of c, unless c is being closed.
func (g *Group) replace(c, next *Conn) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.conns[c]; !ok || c.closing || c.place == reserved {
		return false
	}
	select {
	case <-g.closed:
		return false
	default:
	}
	c.gone.Store(true)
	delete(g.conns, c)
	g.conns[next] = struct{}{}
	next.place, c.place = c.place, free
	return true
}

// wait waits for the next request.
func (c *Conn) wait(until time.Time) {
	err := c.Conn.SetReadDeadline(until)
	for skipped := 0; err == nil && !c.hasFirst; {
		var n int
		if n, err = c.Conn.Read(c.first[:]); n == 0 {
			continue
		}
		if b := c.first[0]; (b == '\r' || b == '\n') && skipped < emptyLines {
			skipped++
			continue
		}
		c.hasFirst = true
	}
	c.group.mu.Lock()
	c.born = time.Now()
	c.group.mu.Unlock()
	c.touched.Store(true)
	if !c.hasFirst || !c.state.CompareAndSwap(int32(parked), int32(unseen)) {
		c.Close() // there is nobody to report an error to
		return
	}
	select {
	case c.group.revived <- c.face():
	case <-c.group.closed:
		c.Close()
	}
}

// parked returns the connections that are parked.
func (g *Group) parked() []*Conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []*Conn
	for c := range g.conns {
		if http.ConnState(c.state.Load()) == parked {
			all = append(all, c)
		}
	}
	return all
}
