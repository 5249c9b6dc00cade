package static_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

// A client that does not read what it has requested costs as much as in
// http.FileServer, and no buffer of this package on top.
func TestMemoryOfStalledClients(t *testing.T) {
	base := tree(t, map[string]string{"large.bin": "x", "middle.bin": "x"})
	for name, size := range map[string]int64{"large.bin": 8 << 20, "middle.bin": 120 << 10} {
		if err := os.Truncate(filepath.Join(base, name), size); err != nil {
			t.Fatal(err)
		}
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(base)}})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	files := http.FileServer(http.Dir(base))
	young, err := static.New(static.Options{Roots: []static.Root{static.Dir(base)}, CacheBytes: -1})
	if err != nil {
		t.Fatal(err)
	}
	defer young.Close()
	const most = 16 << 10
	for _, tt := range []struct {
		name, target string
		h            http.Handler
	}{
		{"8 MiB", "/large.bin", h},
		{"8 MiB, a range of it", "/large.bin?range", h},
		{"120 KiB that are not kept in memory", "/middle.bin", young},
	} {
		t.Run(tt.name, func(t *testing.T) {
			theirs, ours := stalled(t, files, tt.target), stalled(t, tt.h, tt.target)
			t.Logf("heap of a stalled client: http.FileServer %d KiB, this %d KiB", theirs>>10, ours>>10)
			if ours > theirs+most {
				t.Errorf("got %d bytes for a stalled client, want at most %d and %d more", ours, theirs, most)
			}
		})
	}
}

// stalled returns how much heap is held by a client that reads only the start of a
// response.
func stalled(t *testing.T, h http.Handler, target string) int64 {
	const clients = 100
	var begun sync.WaitGroup
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun.Done()
		h.ServeHTTP(w, r)
	}))
	s.Listener = tight{s.Listener}
	s.Start()
	conns := make([]net.Conn, clients)
	defer func() {
		for _, c := range conns {
			if c != nil {
				c.Close()
			}
		}
		s.Close()
	}()
	field := ""
	if before, ok := strings.CutSuffix(target, "?range"); ok {
		target, field = before, "Range: bytes=1-\r\n"
	}
	heap := func() int64 {
		var m runtime.MemStats
		for range 3 { // pools release their content at the second
			runtime.GC()
		}
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	begun.Add(clients)
	for i := range conns {
		c, err := net.Dial("tcp", s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conns[i] = c
		if err := c.(*net.TCPConn).SetReadBuffer(4 << 10); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, "GET "+target+" HTTP/1.1\r\nHost: x\r\n"+field+"\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	begun.Wait()
	for _, c := range conns {
		// The status line means that the body is on its way.
		if _, err := bufio.NewReaderSize(io.LimitReader(c, 16), 16).ReadString('/'); err != nil {
			t.Fatal(err)
		}
	}
	// It takes a moment until the connection is full, which does not change what is
	// held.
	time.Sleep(50 * time.Millisecond)
	return (heap() - before) / clients
}
