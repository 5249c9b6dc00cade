package listen

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"math"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Conn is a connection of a [Group]. Its writes have a rolling deadline: a client
// that reads nothing for the group's timeout, or up to half as long again, is cut
// off, one that reads something is not, however long the response is. What the
// system takes into its buffers counts as read. A Conn lies below TLS, so that what
// waits to be encrypted does not.
//
// If it is not known how much of a write went out before a deadline (on Windows, or
// with a connection of another type), the timeout is that of a single write, and up
// to a quarter longer.
//
// A deadline that is set from outside is kept as well; the nearer one counts.
type Conn struct {
	net.Conn
	group    *Group
	accepted time.Time
	counts   bool      // see countsWrites
	born     time.Time // when it was accepted, got room after it had to wait, or had something to say after being parked

	// Guarded by the group's mutex.
	closing bool
	begun   time.Time // when something after the last response was seen
	place   int8      // see findRoom
	closed  sync.Once

	state    atomic.Int32 // an http.ConnState
	touched  atomic.Bool  // something was read since the last response
	h2       atomic.Bool  // HTTP/2 from the start
	admitted atomic.Bool  // see Admit
	mayPark  atomic.Bool  // see park
	gone     atomic.Bool  // it belongs to another Conn now
	// What was read while it was parked.
	first    [1]byte
	hasFirst bool
	// prefaced is how much of the preface was read, or notH2. Only one goroutine
	// reads at a time.
	prefaced int

	mu        sync.Mutex
	outer     net.Conn  // the connection that net/http has, perhaps TLS over this one
	idleUntil time.Time // the read deadline while it is idle
	asked     time.Time // the write deadline that was set from outside
	armed     time.Time // the write deadline that the socket has
	lastWrite time.Time
	flights   []Flight
	room      [1]Flight // the backing array of flights: HTTP/1 has one at a time
}

// Flight is a running request.
type Flight struct {
	Method, Path string
	// Key distinguishes the requests of a connection.
	Key any
}

// fileConn is a Conn over a connection that sends files without copying them, such
// as TCP.
type fileConn struct{ *Conn }

// preface is the start of HTTP/2 without TLS (RFC 9113, section 3.4), as far as
// net/http reads it at first.
const preface = "PRI * HTTP/2.0"

const notH2 = -1

// face returns the connection for net/http.
func (c *Conn) face() net.Conn {
	if _, ok := c.Conn.(io.ReaderFrom); ok {
		return fileConn{c}
	}
	return c
}

// Read records that something arrived.
func (c *Conn) Read(p []byte) (int, error) {
	n, err := c.read(p)
	if n > 0 && !c.touched.Load() {
		c.touched.Store(true)
	}
	if n > 0 && c.prefaced != notH2 {
		c.readPreface(p[:n])
	}
	return n, err
}

// readPreface compares the start of a connection, which may arrive in pieces.
func (c *Conn) readPreface(p []byte) {
	rest := preface[c.prefaced:]
	n := min(len(p), len(rest))
	switch {
	case string(p[:n]) != rest[:n]:
		c.prefaced = notH2
	case n == len(rest):
		c.h2.Store(true)
		c.prefaced = notH2 // nothing more to compare
	default:
		c.prefaced += n
	}
}

// Write writes all of p, as long as the client reads something.
func (c *Conn) Write(p []byte) (int, error) {
	if c.gone.Load() {
		return 0, net.ErrClosed
	}
	done := 0
	for progress := time.Now(); ; {
		c.arm()
		n, err := c.Conn.Write(p[done:])
		if done += n; err == nil || done == len(p) || !c.mayGoOn(err, n > 0, &progress) {
			return done, err
		}
	}
}

// ReadFrom sends src; a file is not copied.
func (c fileConn) ReadFrom(src io.Reader) (int64, error) {
	rf, ok := c.Conn.Conn.(io.ReaderFrom)
	limited, isLimited := src.(*io.LimitedReader)
	if !isLimited {
		limited = &io.LimitedReader{R: src, N: math.MaxInt64}
	}
	if _, file := limited.R.(interface {
		fs.File
		syscall.Conn
	}); !ok || !file {
		return io.Copy(struct{ io.Writer }{c.Conn}, src)
	}
	var done int64
	for progress := time.Now(); ; {
		c.arm()
		before := limited.N
		n, err := rf.ReadFrom(limited)
		done += n
		// If the system could not send the file itself, more may have been read than
		// written, and it is impossible to continue from there.
		if err == nil || before-limited.N != n || !c.mayGoOn(err, n > 0, &progress) {
			return done, err
		}
	}
}

// countsWrites reports whether it is known how much of a write went out before a
// deadline, so that the write can be continued. After a deadline, a tls.Conn cannot
// write any more.
func countsWrites(nc net.Conn) bool {
	for {
		switch c := nc.(type) {
		case *net.TCPConn, *net.UnixConn:
			return runtime.GOOS != "windows"
		case *tls.Conn:
			return false
		case interface{ NetConn() net.Conn }:
			nc = c.NetConn()
		default:
			return false
		}
	}
}

// round returns how far away the deadlines of writes are: at most, when they are
// set, and at least, when a write begins. If writes can be continued, several rounds
// make up the timeout, so that it begins soon after the last progress.
func (c *Conn) round() (most, least time.Duration) {
	t := c.group.writeTimeout
	if c.counts {
		return t / 4, t / 8
	}
	return t + t/4, t
}

// arm sets the deadline for the next write. It keeps an earlier deadline that is far
// enough away, so that few writes have to set one.
func (c *Conn) arm() {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lastWrite = now
	if most, least := c.round(); c.armed.Sub(now) < least {
		c.set(now.Add(most))
	}
}

// set sets the socket's deadline to t, or to the requested one if that is nearer.
// c.mu is held.
func (c *Conn) set(t time.Time) error {
	if !c.asked.IsZero() && c.asked.Before(t) {
		t = c.asked
	}
	if t.Equal(c.armed) {
		return nil
	}
	c.armed = t
	return c.Conn.SetWriteDeadline(t)
}

// SetWriteDeadline sets a deadline in addition to the rolling one.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if c.gone.Load() {
		return net.ErrClosed
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.IsZero() && c.asked.IsZero() {
		return nil // net/http does this after each response
	}
	c.asked = t
	most, _ := c.round()
	return c.set(time.Now().Add(most))
}

// SetDeadline sets both deadlines.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// mayGoOn reports whether a failed write was cut off by the rolling deadline, but
// the client has read something, or may still do so. progress is when the write
// last got on.
func (c *Conn) mayGoOn(err error, some bool, progress *time.Time) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	switch {
	case some:
		*progress = time.Now()
	case !c.counts || time.Since(*progress) >= c.group.writeTimeout:
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked.IsZero() || c.asked.After(time.Now())
}

// CloseWrite ends the sending direction, if the connection can: net/http does so
// before it closes a connection whose client is still sending.
func (c *Conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the underlying connection, which has the system's options.
func (c *Conn) NetConn() net.Conn { return c.Conn }

// Close closes the connection, and makes room for another.
func (c *Conn) Close() error {
	if c.gone.Load() {
		return nil
	}
	c.closed.Do(func() { c.group.remove(c) })
	return c.Conn.Close()
}

// shut closes the connection without waiting: TLS says goodbye, which takes seconds
// if the client reads nothing. There is nobody to report an error to.
func (c *Conn) shut() {
	c.mu.Lock()
	outer := c.outer
	c.mu.Unlock()
	if outer == nil { // net/http does not have it
		outer = c
	}
	go outer.Close()
}

// lastUse returns when something was last written, or when the connection began.
func (c *Conn) lastUse() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.lastWrite.IsZero() {
		return c.accepted
	}
	return c.lastWrite
}

// ConnState is for http.Server's field of that name.
func ConnState(nc net.Conn, state http.ConnState) {
	if c := below(nc); c != nil {
		switch state {
		case http.StateNew:
			c.mu.Lock()
			c.outer = nc
			c.mu.Unlock()
			_, secure := nc.(*tls.Conn)
			c.mayPark.Store(!secure)
		case http.StateIdle:
			c.touched.Store(false)
		}
		before := http.ConnState(c.state.Swap(int32(state)))
		// The handshake is over, even if no request follows.
		if t, ok := nc.(*tls.Conn); ok && before == http.StateNew && t.ConnectionState().NegotiatedProtocol == "h2" {
			c.h2.Store(true)
		}
	}
}

// ConnContext is for http.Server's field of that name; see [FromContext].
func ConnContext(ctx context.Context, nc net.Conn) context.Context {
	return context.WithValue(ctx, key{}, below(nc))
}

type key struct{}

// FromContext returns the connection that a request came over, or nil.
func FromContext(ctx context.Context) *Conn {
	c, _ := ctx.Value(key{}).(*Conn)
	return c
}

func below(nc net.Conn) *Conn {
	if t, ok := nc.(*tls.Conn); ok {
		nc = t.NetConn()
	}
	switch c := nc.(type) {
	case fileConn:
		return c.Conn
	case *Conn:
		return c
	}
	return nil
}

// Accepted returns when the connection was accepted.
func (c *Conn) Accepted() time.Time { return c.accepted }

// Begin records that a request is running until [Conn.End] is called.
func (c *Conn) Begin(f Flight) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.flights == nil {
		c.flights = c.room[:0]
	}
	c.flights = append(c.flights, f)
}

// End records that the request with this key has ended.
func (c *Conn) End(key any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.flights = slices.DeleteFunc(c.flights, func(f Flight) bool { return f.Key == key })
}
