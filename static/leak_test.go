package static_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/static"
)

// TestNothingIsLeftBehind sends many requests of each kind over real connections,
// and expects the same number of descriptors and goroutines afterwards.
func TestNothingIsLeftBehind(t *testing.T) {
	requests := rounds.Of(t, 500)
	base := tree(t, map[string]string{"small.txt": "0123456789", "large.bin": "x"})
	if err := os.Truncate(filepath.Join(base, "large.bin"), 1<<20); err != nil {
		t.Fatal(err)
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(base)}, CacheBytes: -1}) // opens the file every time
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	static.SetClock(h, func() time.Time { return time.Now().Add(time.Minute) }) // the tag must not change
	f, err := h.Resolve("small.txt")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewUnstartedServer(h)
	s.Listener = tight{s.Listener}
	s.Start()
	defer s.Close()
	addr := s.Listener.Addr().String()

	settle := func() (descriptors, goroutines int) {
		s.CloseClientConnections()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		return openDescriptors(), runtime.NumGoroutine()
	}
	descriptors, goroutines := settle()

	for _, kind := range []struct {
		name, request string
		status        int
	}{
		{"200", "GET /small.txt HTTP/1.1\r\nHost: x\r\n\r\n", 200},
		{"206", "GET /small.txt HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1,4-5\r\n\r\n", 206},
		{"304", "GET /small.txt HTTP/1.1\r\nHost: x\r\nIf-None-Match: " + f.ETag + "\r\n\r\n", 304},
		{"404", "GET /none.txt HTTP/1.1\r\nHost: x\r\n\r\n", 404},
	} {
		t.Run("S19 "+kind.name, func(t *testing.T) { pipeline(t, addr, kind.request, requests, kind.status) })
	}
	t.Run("aborted half-way", func(t *testing.T) {
		for range requests {
			hangUp(t, addr, "GET /large.bin HTTP/1.1\r\nHost: x\r\n\r\n")
		}
	})

	// The server notices a closed connection only after a while.
	deadline := time.Now().Add(10 * time.Second)
	for {
		d, g := settle()
		if d <= descriptors && g <= goroutines {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("got %d descriptors and %d goroutines, want %d and %d as before", d, g, descriptors, goroutines)
		}
		runtime.Gosched()
	}
}

// A handler that is closed, or that New refuses, keeps no folder open.
func TestFoldersAreClosed(t *testing.T) {
	base := tree(t, map[string]string{"a.txt": "a"})
	before := openDescriptors()
	const handlers = 50 // too few for the garbage collector to close forgotten ones
	for range handlers {
		h, err := static.New(static.Options{Roots: []static.Root{static.Dir(base), static.Dir(t.TempDir())}})
		if err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/a.txt"), 200, "a")
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := static.New(static.Options{Roots: []static.Root{static.Dir(base), static.Dir(base + "/a.txt")}}); err == nil {
			t.Fatal("got no error for a file in place of a folder")
		}
	}
	if after := openDescriptors(); after >= before+handlers {
		t.Errorf("got %d open descriptors, want %d as before", after, before)
	}
}

// tight gives connections small buffers, so that a server soon waits for a client
// that does not read.
type tight struct{ net.Listener }

func (l tight) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		err = c.(*net.TCPConn).SetWriteBuffer(16 << 10)
	}
	return c, err
}

// pipeline sends the same request many times over one connection, a hundred at a
// time.
func pipeline(t *testing.T, addr, request string, n, status int) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	in := bufio.NewReaderSize(c, 64<<10)
	const batch = 100
	for sent := 0; sent < n; sent += batch {
		if _, err := io.WriteString(c, strings.Repeat(request, batch)); err != nil {
			t.Fatal(err)
		}
		for range batch {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != status {
				t.Fatalf("got %d (%v), want %d", resp.StatusCode, err, status)
			}
		}
	}
}

// hangUp reads the start of a response and resets the connection.
func hangUp(t *testing.T, addr, request string) {
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := errors.Join(c.(*net.TCPConn).SetLinger(0), c.(*net.TCPConn).SetReadBuffer(16<<10)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 600)); err != nil {
		t.Fatal(err)
	}
}

// openDescriptors counts the process's open files, if the system can tell.
func openDescriptors() int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0
	}
	return len(list)
}
