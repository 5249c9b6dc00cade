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
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// parking is a server whose idle connections are parked.
type parking struct {
	srv   *http.Server
	group *listen.Group
	addr  string
	// The connections that net/http has.
	open atomic.Int64
}

func newParking(t *testing.T, idle time.Duration) *parking {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &parking{addr: l.Addr().String(), group: listen.NewGroup(listen.GroupOptions{WriteTimeout: time.Minute})}
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

func (p *parking) dial(t *testing.T) *client {
	t.Helper()
	c, err := net.Dial("tcp", p.addr)
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

// waitOpen waits until net/http has so many connections.
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

// A parked connection is answered as any other, whatever comes first and however
// it is cut.
func TestParkedConnectionsAreAnswered(t *testing.T) {
	for _, tt := range []struct {
		name    string
		before  string // a first request, with what may come behind it
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
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newParking(t, time.Minute)
			c := p.dial(t)
			io.WriteString(c, tt.before)
			for _, m := range tt.methods {
				c.want(t, m, map[string]string{"POST": "hi"}[m])
			}
			if whole := strings.HasSuffix(tt.before, get) || strings.HasSuffix(tt.before, post); whole {
				p.waitOpen(t, 0)
			} else {
				// net/http has something that only it knows: the connection stays with it.
				time.Sleep(1500 * time.Millisecond)
				if n := p.open.Load(); n != 1 {
					t.Fatalf("it was parked with a beginning of a request")
				}
			}
			for i, piece := range tt.after {
				if i > 0 && len(tt.after) < 5 {
					time.Sleep(20 * time.Millisecond) // so that it comes for itself
				}
				io.WriteString(c, piece)
			}
			all := strings.Join(tt.after, "")
			for range strings.Count(all, "T / ") - strings.Count(all, "POST / ") {
				c.want(t, "GET", "")
			}
			for range strings.Count(all, "POST / ") {
				c.want(t, "POST", "hi")
			}
			// And again.
			p.waitOpen(t, 0)
			io.WriteString(c, get)
			c.want(t, "GET", "")
		})
	}
}

// A parked connection ends by the timeout for idle ones, when its client leaves,
// and when the server closes.
func TestParkedConnectionsEnd(t *testing.T) {
	t.Run("timeout", func(t *testing.T) {
		t.Parallel()
		p := newParking(t, 1500*time.Millisecond)
		c := p.dial(t)
		io.WriteString(c, get)
		c.want(t, "GET", "")
		p.waitOpen(t, 0)
		if n := p.group.Len(); n != 1 {
			t.Fatalf("got %d connections, want the parked one", n)
		}
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Errorf("got %v", err)
		}
		if n := p.group.Len(); n != 0 {
			t.Errorf("got %d connections left", n)
		}
	})
	t.Run("a shorter timeout", func(t *testing.T) {
		t.Parallel()
		p := newParking(t, 100*time.Millisecond)
		c := p.dial(t)
		io.WriteString(c, get)
		c.want(t, "GET", "")
		start := time.Now()
		if _, err := c.r.ReadByte(); err != io.EOF || time.Since(start) > 10*time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
	t.Run("the client leaves", func(t *testing.T) {
		t.Parallel()
		p := newParking(t, time.Hour)
		c := p.dial(t)
		io.WriteString(c, get)
		c.want(t, "GET", "")
		p.waitOpen(t, 0)
		c.Close()
		for end := time.Now().Add(10 * time.Second); p.group.Len() > 0; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it is still there")
			}
		}
	})
	t.Run("the server stops", func(t *testing.T) {
		t.Parallel()
		p := newParking(t, time.Hour)
		c := p.dial(t)
		io.WriteString(c, get)
		c.want(t, "GET", "")
		p.waitOpen(t, 0)
		if left := p.group.CloseIdle(); left != 0 {
			t.Errorf("%d are waited for", left)
		}
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Errorf("got %v", err)
		}
	})
	t.Run("the group is closed", func(t *testing.T) {
		t.Parallel()
		p := newParking(t, time.Hour)
		c := p.dial(t)
		io.WriteString(c, get)
		c.want(t, "GET", "")
		p.waitOpen(t, 0)
		p.group.Close()
		if _, err := c.r.ReadByte(); err != io.EOF {
			t.Errorf("got %v", err)
		}
	})
}

// What a connection costs that waits for its next request: less than half of what
// it costs in net/http alone.
func TestParkedConnectionsAreSmall(t *testing.T) {
	const n = 500
	p := newParking(t, time.Hour)
	used := func() int64 {
		runtime.GC()
		runtime.GC() // what pools hold goes with the second
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc + m.StackInuse)
	}
	clients := make([]net.Conn, n)
	buf := make([]byte, 1000)
	for i := range clients {
		clients[i] = p.dial(t).Conn
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

// Requests that come in the moment in which a connection is parked are answered.
func TestParkingLosesNothing(t *testing.T) {
	p := newParking(t, time.Hour)
	var wg sync.WaitGroup
	for i := range 40 {
		c := p.dial(t)
		wg.Go(func() {
			for n := range 4 {
				io.WriteString(c, get)
				c.want(t, "GET", "")
				// Around the second after which they are parked.
				time.Sleep(time.Second + time.Duration((i*4+n)%40-20)*100*time.Microsecond)
			}
		})
	}
	wg.Wait()
}
