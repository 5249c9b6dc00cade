package listen

import (
	"log/slog"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// GroupOptions configures a [Group].
type GroupOptions struct {
	// Max limits the connections; 0 or less means no limit.
	Max int
	// Reserve is how many connections beyond Max may exist to ask only for probes;
	// see [Conn.Admit]. If it is 0, new connections wait for room: one for each
	// listener, the others in the system's queue.
	Reserve int
	// WriteTimeout is how long a client may read nothing of what is written.
	WriteTimeout time.Duration
	// Logger gets a record when the group is full, and when it no longer is, and when
	// there are no file descriptors left.
	Logger *slog.Logger
}

// Group holds the connections of all listeners of a server. It is safe for
// concurrent use.
type Group struct {
	writeTimeout time.Duration
	max          int
	slots        chan struct{} // nil if there is no limit
	reserveSize  int
	crowd        crowd
	shortage     shortage
	size         atomic.Int64 // of conns

	// Connections that were parked and have something to say.
	revived chan net.Conn
	closed  chan struct{}
	once    sync.Once

	mu      sync.Mutex
	conns   map[*Conn]struct{}
	reserve []*Conn // beyond the limit, the oldest first
}

// NewGroup returns a group without connections.
func NewGroup(o GroupOptions) *Group {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	g := &Group{
		writeTimeout: o.WriteTimeout, max: o.Max, reserveSize: max(0, o.Reserve),
		crowd: crowd{logger: o.Logger, max: o.Max}, shortage: shortage{logger: o.Logger},
		conns: map[*Conn]struct{}{}, revived: make(chan net.Conn), closed: make(chan struct{}),
	}
	if o.Max > 0 {
		g.slots = make(chan struct{}, o.Max)
	}
	return g
}

// Listener returns l with its connections in the group.
func (g *Group) Listener(l net.Listener) net.Listener {
	return &member{Listener: l, group: g, done: make(chan struct{})}
}

type member struct {
	net.Listener
	group *Group
	once  sync.Once
	done  chan struct{}
}

// Accept waits for a connection, and then for room for it.
func (m *member) Accept() (net.Conn, error) {
	nc, err := m.accept()
	if err != nil {
		return nil, err
	}
	c := m.group.add(nc, time.Now())
	m.group.findRoom(c, m.done)
	return c.face(), nil
}

// Close closes the listener, and ends an Accept that waits for room.
func (m *member) Close() error {
	m.once.Do(func() { close(m.done) })
	return m.Listener.Close()
}

func (g *Group) add(nc net.Conn, accepted time.Time) *Conn {
	c := &Conn{Conn: nc, group: g, accepted: accepted, born: accepted, counts: countsWrites(nc)}
	c.state.Store(int32(unseen))
	g.mu.Lock()
	g.conns[c] = struct{}{}
	g.size.Store(int64(len(g.conns)))
	g.mu.Unlock()
	return c
}

// remove takes a closed connection out of the group.
func (g *Group) remove(c *Conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.conns, c)
	g.size.Store(int64(len(g.conns)))
	g.leave(c)
}

// Close ends the listener of parked connections, and closes those that are parked.
// Call it when nothing is served any more.
func (g *Group) Close() error {
	err := g.Parked().Close()
	g.crowd.stop()
	for _, c := range g.parked() {
		c.shut()
	}
	return err
}

// How long a stopping server waits for connections. A client that keeps a
// connection open may have sent a request that is still on its way.
const (
	// idlePatience is how long a connection is kept after its last response, or from
	// its start if nothing arrived.
	idlePatience = time.Second
	// newPatience is how long a connection that has begun something, such as a TLS
	// handshake or a header, is kept without a request. net/http waits equally long.
	newPatience = 5 * time.Second
)

// CloseIdle closes the connections on which nothing more is expected, and returns
// how many are left for which a server waits: all except hijacked ones and those of
// HTTP/2, which http.Server.Shutdown ends.
//
// Unlike http.Server.Shutdown it leaves those that were in use a moment ago, and
// net/http goes on answering what arrives over them.
func (g *Group) CloseIdle() (left int) {
	now := time.Now()
	var idle []*Conn
	g.mu.Lock()
	for c := range g.conns {
		if c.closing {
			continue // TLS' closing message, which is a write, may be on its way
		}
		switch rest, _ := c.rest(now); rest {
		case over:
			if c.doom() {
				idle = append(idle, c)
			}
		case busy:
			left++
		}
	}
	g.mu.Unlock()
	for _, c := range idle {
		c.shut()
	}
	return left
}

// States of a connection in addition to those of net/http.
const (
	unseen = http.ConnState(-1) // not seen by net/http yet
	parked = http.ConnState(-2) // see park
	doomed = http.ConnState(-3) // to be closed while it is parked
)

// doom marks c to be closed, unless it is already or a request has just arrived.
// The group's mutex is held.
func (c *Conn) doom() bool {
	if c.closing || http.ConnState(c.state.Load()) == parked && !c.state.CompareAndSwap(int32(parked), int32(doomed)) {
		return false
	}
	c.closing = true
	return true
}

// What a connection is to a stopping server.
const (
	busy    = iota // there is, or may be, a request
	over           // nothing more is expected
	foreign        // not waited for
)

// rest returns what a connection is, and since when it is over.
func (c *Conn) rest(now time.Time) (rest int, since time.Time) {
	if c.h2.Load() {
		return foreign, time.Time{}
	}
	patience, since := idlePatience, c.born
	switch http.ConnState(c.state.Load()) {
	case unseen:
		return busy, since
	case http.StateHijacked:
		return foreign, since
	case parked:
		since = c.lastUse()
	case http.StateIdle:
		if c.touched.Load() {
			if c.begun.IsZero() {
				c.begun = now
			}
			patience, since = newPatience, c.begun
			break
		}
		since = c.lastUse()
	case http.StateNew:
		if c.touched.Load() {
			patience = newPatience
		}
	default:
		return busy, since
	}
	if now.Sub(since) > patience {
		return over, since
	}
	return busy, since
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

// Len returns how many connections there are.
func (g *Group) Len() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.conns)
}
