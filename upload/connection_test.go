package upload_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/upload"
)

// server runs a parser's handler behind a connection, and reports when a request is over.
type server struct {
	connect  func() (net.Conn, error)
	inMemory bool
	dir      string
	over     chan error // the error of a request, or nil
}

func newServer(t *testing.T, o upload.Options, next http.HandlerFunc) *server {
	t.Helper()
	return startServer(t, &server{}, o, next)
}

// newServerInBubble returns a server whose time is that of a bubble of synctest.
func newServerInBubble(t *testing.T, o upload.Options, next http.HandlerFunc) *server {
	t.Helper()
	return startServer(t, &server{inMemory: true}, o, next)
}

func startServer(t *testing.T, s *server, o upload.Options, next http.HandlerFunc) *server {
	t.Helper()
	s.over = make(chan error, 1000)
	o.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
		var e *upload.Error
		if !errors.As(err, &e) {
			t.Errorf("got %T", err)
		}
		w.WriteHeader(e.StatusCode())
		s.over <- err
	}
	p, dir := newParser(t, o)
	s.dir = dir
	h := p.Handler(next)
	s.start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if v := recover(); v != nil {
				s.over <- fmt.Errorf("panic: %v", v)
				panic(v)
			}
		}()
		h.ServeHTTP(w, r)
	}))
	return s
}

func (s *server) start(t *testing.T, h http.Handler) {
	if s.inMemory {
		in := bubble.NewServer(h)
		t.Cleanup(in.Close)
		s.connect = in.Dial
		return
	}
	on := httptest.NewServer(h)
	t.Cleanup(on.Close)
	s.connect = func() (net.Conn, error) { return net.Dial("tcp", on.Listener.Addr().String()) }
}

func (s *server) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := s.connect()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func send(t *testing.T, c net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
}

// head returns the header of a request; a negative length means chunked.
func head(length int64, more string) string {
	framing := fmt.Sprintf("Content-Length: %d", length)
	if length < 0 {
		framing = "Transfer-Encoding: chunked"
	}
	return "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: " + formType + "\r\n" + framing + "\r\n" + more + "\r\n"
}

// answer reads an answer and, if it announces that, checks that the connection is closed.
func answer(t *testing.T, c net.Conn) *http.Response {
	t.Helper()
	r := bufio.NewReader(c)
	resp, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	if resp.Close {
		if _, err := r.ReadByte(); err == nil {
			t.Error("the connection goes on after Connection: close")
		}
	}
	return resp
}

func noContent(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }

func TestAborted(t *testing.T) {
	t.Parallel()
	half := "--" + boundary + "\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" + strings.Repeat("x", 300<<10)
	for _, tt := range []struct {
		name   string
		length int64
		body   string
	}{
		{"U10 closed in a part", 1 << 20, half},
		{"U10 closed in a chunk", -1, "100000\r\n" + half},
		{"U10 the body ends without its last boundary", int64(len(half)), half},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newServer(t, upload.Options{}, func(http.ResponseWriter, *http.Request) { t.Error("next was called") })
			c := s.dial(t)
			send(t, c, head(tt.length, "")+tt.body)
			if err := c.(*net.TCPConn).CloseWrite(); err != nil {
				t.Fatal(err)
			}
			wantError(t, <-s.over, upload.ErrMalformed, 400)
			wantEmpty(t, s.dir)
			if resp := answer(t, c); resp.StatusCode != 400 {
				t.Errorf("got status %d", resp.StatusCode)
			}
		})
	}
	t.Run("U10 reset", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{}, nil)
		c := s.dial(t).(*net.TCPConn)
		send(t, c, head(1<<20, "")+half)
		if err := errors.Join(c.SetLinger(0), c.Close()); err != nil {
			t.Fatal(err)
		}
		wantError(t, <-s.over, upload.ErrMalformed, 400)
		wantEmpty(t, s.dir)
	})
	t.Run("U10 panic in the handler", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{}, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
		c := s.dial(t)
		body := form(file("f", "f", "x"))
		send(t, c, head(int64(len(body)), "")+body)
		if err := <-s.over; err == nil || err.Error() != "panic: "+http.ErrAbortHandler.Error() {
			t.Errorf("got %v", err)
		}
		wantEmpty(t, s.dir)
	})
	t.Run("U10 the handler reads nothing", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{}, noContent)
		c := s.dial(t)
		body := form(file("f", "f", "x"))
		for range 3 { // the connection stays open
			send(t, c, head(int64(len(body)), "")+body)
			if resp := answer(t, c); resp.StatusCode != http.StatusNoContent || resp.Close {
				t.Fatalf("got status %d, close %v", resp.StatusCode, resp.Close)
			}
			wantEmpty(t, s.dir)
		}
	})
}

func TestSlowClient(t *testing.T) {
	t.Parallel()
	part := "--" + boundary + "\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n"
	const patience = 300 * time.Millisecond
	o := upload.Options{ReadTimeout: patience, MinBytesPerSecond: 1 << 20}
	// wantPatience checks that the client had its time, and not more. The deadline of a
	// connection is kept while it is early by at most a sixteenth.
	wantPatience := func(t *testing.T, start time.Time) {
		t.Helper()
		if d := time.Since(start); d < patience-patience/16 || d > patience {
			t.Errorf("refused after %v, want %v", d, patience)
		}
	}
	inBubble := func(name string, f func(t *testing.T)) {
		t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
	}
	inBubble("U13 stops", func(t *testing.T) {
		s := newServerInBubble(t, o, nil)
		c := s.dial(t)
		send(t, c, head(100<<20, "")+part+strings.Repeat("x", 100<<10))
		start := time.Now()
		wantError(t, <-s.over, upload.ErrTooSlow, 408)
		wantPatience(t, start)
		wantEmpty(t, s.dir)
		if resp := answer(t, c); resp.StatusCode != 408 || !resp.Close {
			t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
		}
	})
	inBubble("U13 drips", func(t *testing.T) {
		s := newServerInBubble(t, o, nil)
		c := s.dial(t)
		send(t, c, head(100<<20, "")+part)
		start := time.Now()
		stop := make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			for tick := time.NewTicker(10 * time.Millisecond); ; {
				select {
				case <-stop:
					return
				case <-tick.C:
					_, _ = c.Write([]byte("x")) // fails once the server has closed
				}
			}
		})
		wantError(t, <-s.over, upload.ErrTooSlow, 408)
		wantPatience(t, start)
		if resp := answer(t, c); resp.StatusCode != 408 || !resp.Close {
			t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
		}
		close(stop)
		wg.Wait()
		wantEmpty(t, s.dir)
	})
	inBubble("U13 as fast as it must be", func(t *testing.T) {
		// It takes several times the timeout, with pauses of almost its length.
		o := upload.Options{ReadTimeout: 400 * time.Millisecond, MinBytesPerSecond: 10}
		s := newServerInBubble(t, o, noContent)
		c := s.dial(t)
		pieces := 12
		body := form(file("f", "f", strings.Repeat("x", 100*pieces)))
		send(t, c, head(int64(len(body)), ""))
		for tick := time.NewTicker(370 * time.Millisecond); len(body) > 0; <-tick.C {
			n := min(len(body), 100)
			send(t, c, body[:n])
			body = body[n:]
		}
		if resp := answer(t, c); resp.StatusCode != http.StatusNoContent {
			t.Errorf("got status %d", resp.StatusCode)
		}
	})
	inBubble("the deadline ends with the body", func(t *testing.T) {
		s := newServerInBubble(t, upload.Options{ReadTimeout: 50 * time.Millisecond}, func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				t.Error("the request was ended by the deadline of its body")
			case <-time.After(time.Hour):
			}
			w.WriteHeader(http.StatusNoContent)
		})
		c := s.dial(t)
		body := form(file("f", "f", "x"))
		send(t, c, head(int64(len(body)), "")+body)
		if resp := answer(t, c); resp.StatusCode != http.StatusNoContent || resp.Close {
			t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
		}
	})
	inBubble("a writer without deadlines", func(t *testing.T) {
		p, _ := newParser(t, o)
		if f := parse(t, p, request(form(field("a", "b")))); len(f.Fields) != 1 { // a recorder has no deadlines
			t.Error("not what was sent")
		}
		r := request("")
		r.Body = io.NopCloser(slowReader{400 * time.Millisecond})
		refused(t, p, r, upload.ErrTooSlow, 408)
	})
	// What the bubbles above show holds for real connections.
	t.Run("U13 stops, over a socket", func(t *testing.T) {
		s := newServer(t, o, nil)
		c := s.dial(t)
		send(t, c, head(100<<20, "")+part+strings.Repeat("x", 100<<10))
		wantError(t, <-s.over, upload.ErrTooSlow, 408)
		wantEmpty(t, s.dir)
		if resp := answer(t, c); resp.StatusCode != 408 || !resp.Close {
			t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
		}
	})
}

// slowReader returns a byte now and then.
type slowReader struct{ every time.Duration }

func (s slowReader) Read(b []byte) (int, error) {
	<-time.After(s.every)
	b[0] = 'x'
	return 1, nil
}

func TestEarlyRefusal(t *testing.T) {
	t.Parallel()
	for _, length := range []int64{10 << 30, 400 << 20} {
		t.Run(fmt.Sprintf("U21 announced and asked for/%d bytes", length), func(t *testing.T) {
			t.Parallel()
			s := newServer(t, upload.Options{LingerTimeout: 100 * time.Millisecond}, nil)
			c := s.dial(t)
			send(t, c, head(length, "Expect: 100-continue\r\n"))
			resp := answer(t, c) // the first answer is final: no 100
			if resp.StatusCode != 413 || !resp.Close {
				t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
			}
			wantError(t, <-s.over, upload.ErrBodyTooLarge, 413)
		})
	}
	t.Run("U21 far more than the limits allow together", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{MaxFileBytes: 1 << 20, LingerTimeout: 100 * time.Millisecond}, nil)
		c := s.dial(t)
		send(t, c, head(80<<20, "Expect: 100-continue\r\n"))
		if resp := answer(t, c); resp.StatusCode != 413 { // no 100
			t.Errorf("got status %d", resp.StatusCode)
		}
	})
	t.Run("U21 asked for and accepted", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{}, noContent)
		c := s.dial(t)
		body := form(file("f", "f", "x"))
		send(t, c, head(int64(len(body)), "Expect: 100-continue\r\n"))
		r := bufio.NewReader(c)
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusContinue {
			t.Fatalf("got %v, %v", resp, err)
		}
		send(t, c, body)
		if resp, err := http.ReadResponse(r, nil); err != nil || resp.StatusCode != http.StatusNoContent {
			t.Fatalf("got %v, %v", resp, err)
		}
	})
	t.Run("U21 announced and sent", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{LingerTime: 300 * time.Millisecond}, nil)
		c := s.dial(t)
		start := time.Now()
		send(t, c, head(1<<40, ""))
		done := make(chan struct{})
		go func() {
			_, _ = io.Copy(c, &endless{again: strings.Repeat("x", 64<<10)}) // until the server stops reading
			close(done)
		}()
		if resp := answer(t, c); resp.StatusCode != 413 || !resp.Close {
			t.Errorf("got status %d, close %v", resp.StatusCode, resp.Close)
		}
		<-done
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("the server read on for %v", d)
		}
	})
	t.Run("U3 past a limit, in the middle", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{MaxFileBytes: 1 << 20}, nil)
		c := s.dial(t)
		// The client sends everything before it reads: the rest is drained.
		body := form(file("f", "f", strings.Repeat("x", 1<<20+500<<10)))
		send(t, c, head(int64(len(body)), "")+body)
		if resp := answer(t, c); resp.StatusCode != 413 {
			t.Errorf("got status %d", resp.StatusCode)
		}
		wantError(t, <-s.over, upload.ErrFileTooLarge, 413)
		wantEmpty(t, s.dir)
	})
	t.Run("a client that waits is not kept waiting", func(t *testing.T) {
		t.Parallel()
		s := newServer(t, upload.Options{LingerTimeout: 100 * time.Millisecond}, nil)
		c := s.dial(t)
		start := time.Now()
		send(t, c, head(10<<30, ""))
		answer(t, c)
		if d := time.Since(start); d > 10*time.Second {
			t.Errorf("answered after %v", d)
		}
	})
}

// Over HTTP/2 a refusal ends only the request.
func TestHTTP2(t *testing.T) { synctest.Test(t, endsOnlyTheRequest) }

func endsOnlyTheRequest(t *testing.T) {
	p, _ := newParser(t, upload.Options{MaxFileBytes: 1 << 20, ReadTimeout: 300 * time.Millisecond})
	s := bubble.NewUnstartedServer(p.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, _ := upload.FromContext(r.Context())
		fmt.Fprint(w, f.Files[0].Size)
	})))
	s.EnableHTTP2 = true
	s.StartTLS()
	defer s.Close()
	post := func(body io.Reader) (int, string) {
		resp, err := s.Client().Post(s.URL, formType, body)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		if err != nil || resp.ProtoMajor != 2 || resp.Header.Get("Connection") != "" {
			t.Errorf("got %s, %v, Connection %q", resp.Proto, err, resp.Header.Get("Connection"))
		}
		return resp.StatusCode, string(text)
	}
	for range 2 {
		if status, text := post(strings.NewReader(form(file("f", "f", "12345")))); status != 200 || text != "5" {
			t.Errorf("got %d %q", status, text)
		}
		if status, _ := post(strings.NewReader(form(file("f", "f", strings.Repeat("x", 3<<20))))); status != 413 {
			t.Errorf("past the limit: got %d", status)
		}
		stalled, w := io.Pipe()
		if status, _ := post(stalled); status != 408 {
			t.Errorf("stalled: got %d", status)
		}
		w.Close()
	}
}

// Many simultaneous uploads all arrive, and their memory is limited.
func TestManyAtOnce(t *testing.T) {
	const blocks, blockSize = 16, 64 << 10 // 1 MiB each
	count := rounds.Of(t, 150)
	// No two uploads have any content in common.
	block := func(id string) []byte { return bytes.Repeat(fmt.Appendf(nil, "%016s", id), blockSize/16) }

	var clients, sent, parsed sync.WaitGroup
	sent.Add(count)
	parsed.Add(count)
	s := newServer(t, upload.Options{}, func(w http.ResponseWriter, r *http.Request) {
		f, _ := upload.FromContext(r.Context())
		parsed.Done()
		parsed.Wait() // all files exist at the same time
		id, _ := f.Value("id")
		got, err := f.Files[0].Open()
		if err != nil {
			t.Error(err)
			return
		}
		defer got.Close()
		want, b := block(id), make([]byte, blockSize)
		for range blocks {
			if _, err := io.ReadFull(got, b); err != nil || !bytes.Equal(b, want) {
				t.Errorf("upload %s is not what was sent: %v", id, err)
				break
			}
		}
		if f.Files[0].Size != blocks*blockSize {
			t.Errorf("upload %s has %d bytes", id, f.Files[0].Size)
		}
		w.WriteHeader(http.StatusNoContent)
	})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := range count {
		clients.Go(func() {
			id := fmt.Sprint(i)
			begin, end, _ := strings.Cut(form(field("id", id), file("f", "f", "|")), "|")
			c := s.dial(t)
			defer c.Close()
			send(t, c, head(int64(len(begin)+blocks*blockSize+len(end)), "")+begin)
			for n, b := 0, block(id); n < blocks; n++ {
				if n == blocks/2 {
					sent.Done()
					sent.Wait() // all are half-way at the same time
				}
				if _, err := c.Write(b); err != nil {
					t.Error(err)
					return
				}
			}
			send(t, c, end)
			if resp := answer(t, c); resp.StatusCode != http.StatusNoContent {
				t.Errorf("upload %s: got status %d", id, resp.StatusCode)
			}
		})
	}
	sent.Wait()
	runtime.ReadMemStats(&after)
	clients.Wait()
	wantEmpty(t, s.dir)
	// For each a buffer of 272 KiB, its client's block, and the connections.
	most := int64(count) * (272 + 64 + 64) << 10
	if n := int64(after.HeapInuse) - int64(before.HeapInuse); n > most {
		t.Errorf("%d uploads half-way take %d KiB, want at most %d KiB", count, n>>10, most>>10)
	} else {
		t.Logf("%d uploads half-way take %d KiB, clients included", count, n>>10)
	}
}
