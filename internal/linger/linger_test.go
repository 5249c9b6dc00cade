package linger_test

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/linger"
)

var bounds = linger.Bounds{Time: 10 * time.Second, Patience: 5 * time.Second}

// refusing is a piece that reads nothing and answers with write.
func refusing(write func(http.ResponseWriter)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, here := linger.Begin(r)
		linger.Refuse(w, r)
		if !linger.Later(r.Context(), bounds) {
			panic("nobody reads on")
		}
		here.Answer(w, r, write)
	})
}

func dial(t *testing.T, h http.Handler) (net.Conn, *bufio.Reader) {
	t.Helper()
	s := httptest.NewServer(h)
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		s.Close()
	})
	return c, bufio.NewReader(c)
}

const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"

// A response is complete while its client is still being read from, however it is
// written.
func TestAnswersAreWholeBeforeTheReading(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		write func(http.ResponseWriter)
		want  int
		size  int
		open  bool // its end shows only when the connection ends
	}{
		{"with a status", func(w http.ResponseWriter) { http.Error(w, "no", http.StatusRequestEntityTooLarge) }, http.StatusRequestEntityTooLarge, 3, false},
		{"in pieces", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			for range 100 {
				_, _ = io.WriteString(w, "piece")
			}
		}, http.StatusRequestEntityTooLarge, 500, false},
		{"with its own length", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "2")
			http.Error(w, "n", http.StatusRequestEntityTooLarge) // which removes the length
		}, http.StatusRequestEntityTooLarge, 2, false},
		{"empty", func(w http.ResponseWriter) { w.WriteHeader(http.StatusRequestEntityTooLarge) }, http.StatusRequestEntityTooLarge, 0, false},
		{"nothing", func(http.ResponseWriter) {}, 200, 0, false},
		{"without a body", func(w http.ResponseWriter) { w.WriteHeader(204) }, 204, 0, false},
		{"two statuses", func(w http.ResponseWriter) { w.WriteHeader(http.StatusRequestEntityTooLarge); w.WriteHeader(200) }, http.StatusRequestEntityTooLarge, 0, false},
		{"long", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
			for range 100 {
				_, _ = w.Write(make([]byte, 1<<10))
			}
		}, http.StatusRequestEntityTooLarge, 100 << 10, true},
		{"flushed", func(w http.ResponseWriter) {
			http.Error(w, "no", http.StatusRequestEntityTooLarge)
			if err := http.NewResponseController(w).Flush(); err != nil {
				panic(err)
			}
		}, http.StatusRequestEntityTooLarge, 3, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c, in := dial(t, refusing(tt.write))
			if _, err := io.WriteString(c, head); err != nil {
				t.Fatal(err)
			}
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if tt.open {
				if half, ok := c.(*net.TCPConn); !ok || half.CloseWrite() != nil {
					t.Fatal("it cannot be half closed")
				}
			}
			body, err := io.ReadAll(res.Body)
			if err != nil || res.StatusCode != tt.want || len(body) != tt.size || !res.Close {
				t.Errorf("got %d with %d bytes, close %v, %v", res.StatusCode, len(body), res.Close, err)
			}
			if length := res.Header.Get("Content-Length"); !tt.open && tt.want == http.StatusRequestEntityTooLarge && length != strconv.Itoa(tt.size) {
				t.Errorf("got the length %q", length)
			}
		})
	}
}

// A piece inside a server that reads on leaves that to the server, which is told
// when to stop.
func TestServerReadsOn(t *testing.T) {
	t.Parallel()
	stop := make(chan struct{})
	ended := make(chan time.Duration, 1)
	var again bool
	c, in := dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = r.WithContext(linger.NewContext(r.Context()))
		if _, due := linger.Due(r.Context()); due {
			t.Error("due before anything was refused")
		}
		w.Header().Set("Content-Length", "3")
		refusing(func(w http.ResponseWriter) {
			http.Error(w, "no", http.StatusRequestEntityTooLarge)
			w.Header().Set("Content-Length", "3")
		}).ServeHTTP(w, r)
		b, due := linger.Due(r.Context())
		if !due || b != bounds {
			t.Errorf("got %v, %v", b, due)
		}
		_, again = linger.Due(r.Context())
		began := time.Now()
		linger.After(w, r, b, stop)
		ended <- time.Since(began)
	}))
	if _, err := io.WriteString(c, head+strings.Repeat("x", 1000)); err != nil {
		t.Fatal(err)
	}
	if res, err := http.ReadResponse(in, nil); err != nil || res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Fatal(res, err)
	}
	close(stop)
	if d := <-ended; d > 4*time.Second || again {
		t.Errorf("it read on for %v, due again %v", d, again)
	}
}

// Nothing is read over HTTP/2, and nothing if it is switched off.
func TestNothingToRead(t *testing.T) {
	for _, tt := range []struct {
		name  string
		major int
		b     linger.Bounds
	}{
		{"HTTP/2", 2, bounds},
		{"off", 1, linger.Bounds{Time: -1, Patience: time.Second}},
		{"a writer without deadlines", 1, bounds},
	} {
		r := httptest.NewRequest("POST", "/", unreadable{})
		r.ProtoMajor = tt.major
		w := httptest.NewRecorder()
		if linger.Refuse(w, r); (w.Header().Get("Connection") == "close") != (tt.major == 1) {
			t.Errorf("%s: got Connection %q", tt.name, w.Header().Get("Connection"))
		}
		linger.Before(w, r, tt.b, true)
		linger.After(w, r, tt.b, nil)
	}
}

type unreadable struct{}

func (unreadable) Read([]byte) (int, error) {
	panic(errors.New("the body was read"))
}
