package listen_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// parking is a server whose idle connections are parked.
type parking struct {
	srv   *http.Server
	group *listen.Group
	// dial connects to the server.
	dial func() (net.Conn, error)
	// The connections that net/http has.
	open atomic.Int64
}

// newParking starts a server with pipes for connections, inside a synctest bubble.
func newParking(t *testing.T, idle time.Duration) *parking {
	l := newPipes()
	p := serveParking(t, l, idle)
	p.dial = l.Dial
	return p
}

// newTCPParking starts a server with TCP connections.
func newTCPParking(t *testing.T) *parking {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := serveParking(t, l, time.Hour)
	p.dial = func() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }
	return p
}

func serveParking(t *testing.T, l net.Listener, idle time.Duration) *parking {
	p := &parking{group: listen.NewGroup(listen.GroupOptions{WriteTimeout: time.Minute})}
	p.srv = &http.Server{
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, IdleTimeout: idle,
		ErrorLog:    listen.ErrorLog(slog.New(slog.DiscardHandler)),
		ConnContext: listen.ConnContext,
		ConnState: func(nc net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				p.open.Add(1)
			case http.StateClosed, http.StateHijacked:
				p.open.Add(-1)
			}
			listen.ConnState(nc, state)
		},
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprintf(w, "%s %s %s %v", r.Method, r.RemoteAddr, body, err)
		}),
	}
	var wg sync.WaitGroup
	wg.Go(func() { p.srv.Serve(p.group.Listener(l)) })
	wg.Go(func() { p.srv.Serve(p.group.Parked()) })
	t.Cleanup(func() {
		p.srv.Close()
		p.group.Close()
		wg.Wait()
	})
	return p
}

// client is one end of a connection.
type client struct {
	net.Conn
	r *bufio.Reader
}

func (p *parking) client(t *testing.T) *client {
	t.Helper()
	c, err := p.dial()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(time.Minute))
	return &client{c, bufio.NewReader(c)}
}

func (c *client) want(t *testing.T, method, body string) {
	t.Helper()
	res, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Error(err)
		return
	}
	got, err := io.ReadAll(res.Body)
	if want := fmt.Sprintf("%s %s %s <nil>", method, c.LocalAddr(), body); err != nil || string(got) != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// waitOpen waits until net/http has that many connections.
func (p *parking) waitOpen(t *testing.T, n int64) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); p.open.Load() != n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("net/http has %d connections, want %d", p.open.Load(), n)
		}
	}
}

const (
	get  = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
	post = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
)

// A parked connection is answered like any other, whatever comes first and however
// it is split.
func TestParkedConnectionsAreAnswered(t *testing.T) {
	for _, tt := range []struct {
		name    string
		before  string // a first request, possibly with something after it
		methods []string
		after   []string // the pieces of the next
	}{
		{"a request", get, []string{"GET"}, []string{get}},
		{"byte by byte", get, []string{"GET"}, strings.Split(get, "")},
		{"with a body", post, []string{"POST"}, []string{post[:len(post)-1], post[len(post)-1:]}},
		{"two at once", get, []string{"GET"}, []string{get + post}},
		{"two before", get + post, []string{"GET", "POST"}, []string{get}},
		{"empty lines, as old clients send them behind a body", post, []string{"POST"}, []string{"\r\n", get}},
		{"an empty line before it is parked", post + "\r\n", []string{"POST"}, []string{get}},
		{"the beginning before it is parked", get + "GE", []string{"GET"}, []string{"T / HTTP/1.1\r\nHost: x\r\n\r\n"}},
	} {
		synctestRun(t, tt.name, func(t *testing.T) {
			p := newParking(t, time.Hour)
			c := p.client(t)
			io.WriteString(c, tt.before)
			for _, m := range tt.methods {
				c.want(t, m, map[string]string{"POST": "hi"}[m])
			}
			time.Sleep(2 * time.Second)
			// If net/http has something in its buffer, the connection stays with it.
			parked := strings.HasSuffix(tt.before, get) || strings.HasSuffix(tt.before, post)
			if n := p.open.Load(); parked != (n == 0) {
				t.Errorf("net/http has %d connections, want it parked: %v", n, parked)
			}
			for _, piece := range tt.after {
				io.WriteString(c, piece)
				synctest.Wait() // so that each piece arrives separately
			}
			all := strings.Join(tt.after, "")
			for range strings.Count(all, "T / ") - strings.Count(all, "POST / ") {
				c.want(t, "GET", "")
			}
			for range strings.Count(all, "POST / ") {
				c.want(t, "POST", "hi")
			}
			time.Sleep(2 * time.Second)
			if n := p.open.Load(); n != 0 {
				t.Errorf("net/http has %d connections, want it parked again", n)
			}
			io.WriteString(c, get)
			c.want(t, "GET", "")
		})
	}
}

// A parked connection ends after the idle timeout, when its client leaves, and when
// the server closes.
func TestParkedConnectionsEnd(t *testing.T) {
	const long = time.Hour
	for _, tt := range []struct {
		name  string
		idle  time.Duration
		end   func(t *testing.T, p *parking, c *client)
		after time.Duration // of the response
	}{
		{"timeout", 1500 * time.Millisecond, nil, 1500 * time.Millisecond},
		{"a timeout before it is parked", 100 * time.Millisecond, nil, 100 * time.Millisecond},
		{"the client leaves", long, func(t *testing.T, p *parking, c *client) { c.Close() }, 1100 * time.Millisecond},
		{"the server stops", long, func(t *testing.T, p *parking, c *client) {
			if left := p.group.CloseIdle(); left != 0 {
				t.Errorf("%d are waited for", left)
			}
		}, 1100 * time.Millisecond},
		{"the group is closed", long, func(t *testing.T, p *parking, c *client) { p.group.Close() }, 1100 * time.Millisecond},
	} {
		synctestRun(t, tt.name, func(t *testing.T) {
			p := newParking(t, tt.idle)
			c := p.client(t)
			io.WriteString(c, get)
			c.want(t, "GET", "")
			start := time.Now()
			if tt.end != nil {
				time.Sleep(tt.after)
				if open, all := p.open.Load(), p.group.Len(); open != 0 || all != 1 {
					t.Errorf("net/http has %d connections and the group %d, want 0 and 1", open, all)
				}
				tt.end(t, p, c)
			}
			if _, err := c.r.ReadByte(); err != io.EOF && err != io.ErrClosedPipe {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took != tt.after {
				t.Errorf("it took %v, want %v", took, tt.after)
			}
			synctest.Wait()
			if n := p.group.Len(); n != 0 {
				t.Errorf("got %d connections left", n)
			}
		})
	}
}

// synctestRun runs f as a subtest in a synctest bubble.
func synctestRun(t *testing.T, name string, f func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// A connection that waits for its next request costs less than half of what it
// costs in net/http alone.
func TestParkedConnectionsAreSmall(t *testing.T) {
	const n = 1000 // twice as many as are parked only after a second
	p := newTCPParking(t)
	used := func() int64 {
		runtime.GC()
		runtime.GC() // the content of pools is freed by the second collection
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	clients := make([]net.Conn, n)
	buf := make([]byte, 1000)
	for i := range clients {
		clients[i] = p.client(t).Conn
	}
	before := used()
	for _, c := range clients {
		io.WriteString(c, get)
		if _, err := c.Read(buf); err != nil {
			t.Fatal(err)
		}
	}
	p.waitOpen(t, 0)
	after := used()
	// Before, net/http had them without a request.
	t.Logf("%d connections: %d bytes each less than before their first request", n, (before-after)/n)
	if after > before-n*4096 {
		t.Errorf("got %d bytes before the first request and %d when parked, want at least 4 KiB a connection less", before, after)
	}
}

// Requests that arrive at the moment when a connection is parked are answered.
func TestParkingLosesNothing(t *testing.T) {
	t.Parallel()
	p := newTCPParking(t)
	var wg sync.WaitGroup
	for i := range 120 {
		c := p.client(t)
		wg.Go(func() {
			io.WriteString(c, get)
			c.want(t, "GET", "")
			// Around the second after which they are parked.
			time.Sleep(time.Second + time.Duration(i%40-20)*100*time.Microsecond)
			io.WriteString(c, get)
			c.want(t, "GET", "")
		})
	}
	wg.Wait()
}
