package listen_test

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/internal/listen"
)

// pipes is a listener whose connections have no buffers.
type pipes struct{ *bubble.Listener }

func newPipes() pipes { return pipes{bubble.Listen(net.Pipe)} }

func (p pipes) dial() net.Conn {
	c, err := p.Dial()
	if err != nil {
		panic(err)
	}
	return c
}

// safeBuffer may be written to by several goroutines.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// crowded is a server of net/http with a group.
type crowded struct {
	t       *testing.T
	pipes   pipes
	group   *listen.Group
	log     safeBuffer
	release chan struct{} // /hang waits for it
}

// newCrowded starts it inside a synctest bubble. Over connections beyond the limit,
// only /probe is answered.
func newCrowded(t *testing.T, o listen.GroupOptions) *crowded {
	c := &crowded{t: t, pipes: newPipes(), release: make(chan struct{})}
	o.WriteTimeout = time.Hour
	o.Logger = slog.New(slog.NewTextHandler(&c.log, nil))
	c.group = listen.NewGroup(o)
	srv := &http.Server{ConnState: listen.ConnState, ConnContext: listen.ConnContext, IdleTimeout: time.Hour, ErrorLog: listen.ErrorLog(slog.New(slog.DiscardHandler)),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch {
			case r.URL.Path == "/probe":
			case !listen.FromContext(r.Context()).Admit():
				w.WriteHeader(http.StatusServiceUnavailable)
			case r.URL.Path == "/hang":
				<-c.release
			}
		})}
	var wg sync.WaitGroup
	wg.Go(func() { srv.Serve(c.group.Listener(c.pipes)) })
	wg.Go(func() { srv.Serve(c.group.Parked()) })
	t.Cleanup(func() {
		close(c.release)
		srv.Close()
		c.group.Close()
		wg.Wait()
	})
	return c
}

// ask sends a request and returns the status line of the response, or "" if the
// connection has ended.
func (c *crowded) ask(conn net.Conn, path string) string {
	c.t.Helper()
	go io.WriteString(conn, "GET "+path+" HTTP/1.1\r\nHost: x\r\n\r\n")
	b := make([]byte, 1000)
	n, err := conn.Read(b)
	if err != nil {
		return ""
	}
	line, _, _ := strings.Cut(string(b[:n]), "\r\n")
	return line
}

// logged returns what was logged so far.
func (c *crowded) logged() string {
	synctest.Wait()
	return c.log.String()
}

const (
	ok   = "HTTP/1.1 200 OK"
	full = "HTTP/1.1 503 Service Unavailable"
)

// A full server closes the connections idle longest for new clients.
func TestTheLongestIdleMakeRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowded(t, listen.GroupOptions{Max: 3})
		silent, asked, busy := c.pipes.dial(), c.pipes.dial(), c.pipes.dial()
		go c.ask(busy, "/hang")
		time.Sleep(500 * time.Millisecond)
		c.ask(asked, "/")
		time.Sleep(700 * time.Millisecond) // the silent one is idle by now, the other is not
		if got := c.ask(c.pipes.dial(), "/"); got != ok {
			t.Errorf("one more: got %q", got)
		}
		synctest.Wait() // until it is closed
		if got := c.ask(silent, "/"); got != "" {
			t.Errorf("the longest idle: got %q, want it closed", got)
		}
		time.Sleep(2 * time.Second) // both are parked
		another := c.pipes.dial()
		if got := c.ask(another, "/"); got != ok {
			t.Errorf("another: got %q", got)
		}
		synctest.Wait()
		if got := c.ask(asked, "/"); got != "" {
			t.Errorf("the one that asked first: got %q, want it closed", got)
		}
		if n := c.group.Len(); n > 3 {
			t.Errorf("got %d connections", n)
		}
	})
}

// Without a reserve, a new client waits for room while nobody is idle.
func TestWaitingForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowded(t, listen.GroupOptions{Max: 1})
		busy := c.pipes.dial()
		go c.ask(busy, "/hang")
		time.Sleep(time.Minute)
		next := c.pipes.dial()
		answered := make(chan string, 1)
		go func() { answered <- c.ask(next, "/") }()
		time.Sleep(time.Minute)
		select {
		case got := <-answered:
			t.Errorf("got %q while there is no room", got)
		default:
		}
		c.release <- struct{}{}
		if got := <-answered; got != ok {
			t.Errorf("got %q", got)
		}
	})
}

// Beyond the limit, probes are answered and others are told that there is no room,
// as long as there is none.
func TestProbesAreAnsweredWhenAllIsFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowded(t, listen.GroupOptions{Max: 2, Reserve: 2})
		for range 2 {
			go c.ask(c.pipes.dial(), "/hang")
		}
		time.Sleep(time.Minute)
		for range 10 {
			conn := c.pipes.dial()
			if got := c.ask(conn, "/probe"); got != ok {
				t.Errorf("a probe: got %q", got)
			}
			conn.Close()
			synctest.Wait() // until the server has noticed
		}
		kept := c.pipes.dial()
		for range 2 {
			if got := c.ask(kept, "/"); got != full {
				t.Errorf("another request: got %q", got)
			}
		}
		// Silent connections make room for new ones.
		for range 10 {
			c.pipes.dial()
		}
		synctest.Wait()
		if n := c.group.Len(); n != 4 {
			t.Errorf("got %d connections, want 4", n)
		}
		probe := c.pipes.dial()
		if got := c.ask(probe, "/probe"); got != ok {
			t.Errorf("a probe among silent ones: got %q", got)
		}
		c.release <- struct{}{}
		time.Sleep(time.Millisecond)
		c.group.CloseIdle()
		time.Sleep(2 * time.Second)
		c.group.CloseIdle() // the one that was answered
		synctest.Wait()
		late := c.pipes.dial()
		if got := c.ask(late, "/"); got != ok {
			t.Errorf("when there is room again: got %q", got)
		}
	})
}

// A connection that was beyond the limit becomes an ordinary one once there is
// room.
func TestTheReserveIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowded(t, listen.GroupOptions{Max: 1, Reserve: 1})
		busy := c.pipes.dial()
		go c.ask(busy, "/hang")
		time.Sleep(time.Second)
		conn := c.pipes.dial()
		if got := c.ask(conn, "/"); got != full {
			t.Errorf("got %q", got)
		}
		c.release <- struct{}{}
		synctest.Wait()
		busy.Close()
		synctest.Wait()
		if got := c.ask(conn, "/"); got != ok {
			t.Errorf("when there is room: got %q", got)
		}
		// It has taken the room.
		go c.ask(conn, "/hang")
		synctest.Wait()
		if got := c.ask(c.pipes.dial(), "/"); got != full {
			t.Errorf("one more: got %q", got)
		}
		synctest.Wait() // until it is closed
	})
}

// A full server logs that once, again after a minute, and when it is over.
func TestBeingFullIsLogged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newCrowded(t, listen.GroupOptions{Max: 1, Reserve: 1})
		busy := c.pipes.dial()
		go c.ask(busy, "/hang")
		time.Sleep(time.Second)
		if log := c.logged(); log != "" {
			t.Errorf("got %s", log)
		}
		for range 65 {
			conn := c.pipes.dial()
			c.ask(conn, "/")
			conn.Close()
			time.Sleep(time.Second)
		}
		log := c.logged()
		if n := strings.Count(log, "level=WARN"); n != 2 || !strings.Contains(log, "limit is still reached") || !strings.Contains(log, "maxConnections=1") {
			t.Errorf("got %d warnings, want 2:\n%s", n, log)
		}
		time.Sleep(time.Minute)
		log = c.logged()
		if !strings.Contains(log, "there is room for connections again") || !strings.Contains(log, "for=1m4s came=65 idleClosed=0 refused=65") {
			t.Errorf("got\n%s", log)
		}
		c.ask(c.pipes.dial(), "/")
		if log = c.logged(); strings.Count(log, "the connection limit is reached") != 2 {
			t.Errorf("the next time: got\n%s", log)
		}
	})
}

// Waiting for room, or until a stop ends that, is not idle time: the request of a
// client that had to wait may not have been read yet.
func TestWaitingForRoomIsNotIdleTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(before net.Conn, l net.Listener)
		left int
	}{
		{"there is room", func(before net.Conn, _ net.Listener) { before.Close() }, 1},
		{"the server stops", func(_ net.Conn, l net.Listener) { l.Close() }, 2},
	} {
		synctestRun(t, tt.name, func(t *testing.T) {
			pipes := newPipes()
			group := listen.NewGroup(listen.GroupOptions{Max: 1, WriteTimeout: time.Hour})
			l := group.Listener(pipes)
			accepted := make(chan net.Conn)
			go func() {
				for range 2 {
					c, err := l.Accept()
					if err != nil {
						t.Error(err)
					}
					listen.ConnState(c, http.StateNew)
					accepted <- c
				}
			}()
			defer pipes.dial().Close()
			before := <-accepted
			defer before.Close()
			listen.ConnState(before, http.StateActive)
			defer pipes.dial().Close()
			time.Sleep(time.Minute)
			tt.end(before, l)
			late := <-accepted
			defer late.Close()
			if left := group.CloseIdle(); left != tt.left {
				t.Errorf("%d are left, want %d", left, tt.left)
			}
			before.Close()
			time.Sleep(2 * time.Second)
			if left := group.CloseIdle(); left != 0 {
				t.Errorf("%d are left after it was silent", left)
			}
			synctest.Wait()
		})
	}
}
