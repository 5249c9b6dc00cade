package respw_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/respw"
)

// netWriter has the methods of net/http's own writer for HTTP/1.
type netWriter struct{ http.ResponseWriter }

func (netWriter) WriteString(s string) (int, error)            { return len(s), nil }
func (netWriter) Write(p []byte) (int, error)                  { return len(p), nil }
func (netWriter) WriteHeader(int)                              {}
func (netWriter) Flush()                                       {}
func (netWriter) FlushError() error                            { return nil }
func (netWriter) CloseNotify() <-chan bool                     { return nil }
func (netWriter) SetReadDeadline(time.Time) error              { return nil }
func (netWriter) SetWriteDeadline(time.Time) error             { return nil }
func (netWriter) EnableFullDuplex() error                      { return nil }
func (netWriter) ReadFrom(r io.Reader) (int64, error)          { return io.Copy(io.Discard, r) }
func (netWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, nil }
func (w netWriter) Unwrap() http.ResponseWriter                { return w.ResponseWriter }

type refusing struct{ netWriter }

func (refusing) Hijack() (net.Conn, *bufio.ReadWriter, error) { return nil, nil, errors.New("no") }

// both runs a test over a writer like net/http's and over another.
func both(t *testing.T, f func(t *testing.T, w http.ResponseWriter)) {
	t.Helper()
	t.Run("net/http", func(t *testing.T) { f(t, &netWriter{httptest.NewRecorder()}) })
	t.Run("other", func(t *testing.T) {
		w := &netWriter{httptest.NewRecorder()}
		f(t, struct {
			http.ResponseWriter
			io.StringWriter
			io.ReaderFrom
			http.Hijacker
			http.Flusher
			flushErrorer
		}{w, w, w, w, w, w})
	})
}

type flushErrorer interface{ FlushError() error }

func get() *http.Request { return httptest.NewRequest("GET", "/", nil) }

func TestTap(t *testing.T) {
	for _, tt := range []struct {
		name   string
		method string
		do     func(w http.ResponseWriter)
		status int // what the functions get; 0: they must not run
		bytes  int64
	}{
		{"nothing", "GET", func(w http.ResponseWriter) {}, 0, 0},
		{"WriteHeader", "GET", func(w http.ResponseWriter) { w.WriteHeader(404) }, 404, 0},
		{"Write", "GET", func(w http.ResponseWriter) { _, _ = w.Write([]byte("abc")) }, 200, 3},
		{"WriteString", "GET", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "abc") }, 200, 3},
		{"WriteHeader twice", "GET", func(w http.ResponseWriter) { w.WriteHeader(201); w.WriteHeader(500) }, 201, 0},
		{"Write then WriteHeader", "GET", func(w http.ResponseWriter) { _, _ = w.Write([]byte("abc")); w.WriteHeader(500) }, 200, 3},
		{"1xx decides nothing", "GET", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(100) }, 0, 0},
		{"1xx then final", "GET", func(w http.ResponseWriter) { w.WriteHeader(103); w.WriteHeader(404) }, 404, 0},
		{"101 is final", "GET", func(w http.ResponseWriter) { w.WriteHeader(101) }, 101, 0},
		{"no status at all", "GET", func(w http.ResponseWriter) { w.WriteHeader(0); w.WriteHeader(1000) }, 0, 0},
		{"Flush", "GET", func(w http.ResponseWriter) { w.(http.Flusher).Flush() }, 200, 0},
		{"FlushError", "GET", func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }, 200, 0},
		{"ReadFrom", "GET", func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader(strings.Repeat("x", 5000))) }, 200, 5000},
		{"ReadFrom a short source", "GET", func(w http.ResponseWriter) { _, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("abc")) }, 200, 3},
		{"ReadFrom nothing", "GET", func(w http.ResponseWriter) { _, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("")) }, 0, 0},
		{"ReadFrom after WriteHeader", "GET", func(w http.ResponseWriter) {
			w.WriteHeader(206)
			_, _ = w.(io.ReaderFrom).ReadFrom(strings.NewReader("abc"))
		}, 206, 3},
		{"HEAD", "HEAD", func(w http.ResponseWriter) { _, _ = io.WriteString(w, "abc") }, 200, 0},
		{"204", "GET", func(w http.ResponseWriter) { w.WriteHeader(204); _, _ = io.WriteString(w, "abc") }, 204, 0},
		{"304", "GET", func(w http.ResponseWriter) { w.WriteHeader(304); _, _ = io.Copy(w, strings.NewReader("abc")) }, 304, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			both(t, func(t *testing.T, w http.ResponseWriter) {
				r := get()
				r.Method = tt.method
				tw, _, tap := respw.Of(w, r)
				var got []int
				tap.BeforeHeader(func(status int) { got = append(got, status) })
				tt.do(tw)
				if want := tt.status; want == 0 && len(got) != 0 || want != 0 && !slices.Equal(got, []int{want}) {
					t.Errorf("functions ran with %v, want %d once", got, want)
				}
				if tap.Status() != tt.status || tap.Bytes() != tt.bytes || tap.Started() != (tt.status != 0) || tap.Hijacked() {
					t.Errorf("got %d, %d bytes, started %t, hijacked %t", tap.Status(), tap.Bytes(), tap.Started(), tap.Hijacked())
				}
				tap.Finish()
				if tap.Status() == 0 || len(got) != 1 {
					t.Errorf("after Finish: status %d, ran %v", tap.Status(), got)
				}
			})
		})
	}
}

func TestHijack(t *testing.T) {
	both(t, func(t *testing.T, w http.ResponseWriter) {
		tw, _, tap := respw.Of(w, get())
		tap.BeforeHeader(func(int) { t.Error("a function ran") })
		if _, _, err := http.NewResponseController(tw).Hijack(); err != nil {
			t.Fatal(err)
		}
		tw.WriteHeader(200)
		tap.Finish()
		if !tap.Hijacked() || !tap.Started() || tap.Status() != 0 {
			t.Errorf("got hijacked %t, started %t, status %d", tap.Hijacked(), tap.Started(), tap.Status())
		}
	})
	_, _, tap := respw.Of(&refusing{}, get())
	if tap.Started() {
		t.Error("started before anything happened")
	}
	tw, _, tap := respw.Of(&refusing{}, get())
	if _, _, err := http.NewResponseController(tw).Hijack(); err == nil || tap.Hijacked() {
		t.Errorf("refused: got %v, hijacked %t", err, tap.Hijacked())
	}
}

func TestOneTapPerWriter(t *testing.T) {
	r := get()
	w1, r1, a := respw.Of(httptest.NewRecorder(), r)
	w2, r2, b := respw.Of(w1, r1)
	if w1 != w2 || r1 != r2 || a != b {
		t.Error("the same writer: got another wrapper, request or tap")
	}
	w3, _, c := respw.Of(struct{ http.ResponseWriter }{w1}, r1)
	if c == a || w3 == w1 {
		t.Error("a writer on top: got the tap below it")
	}
	// A writer whose type is not comparable must not cause a panic.
	w4, r4, d := respw.Of(uncomparable{httptest.NewRecorder(), nil}, get())
	if _, _, e := respw.Of(w4, r4); e != d {
		t.Error("an uncomparable writer: got another tap")
	}
}

type uncomparable struct {
	http.ResponseWriter
	_ []int
}

func TestInnermostFirst(t *testing.T) {
	w, _, tap := respw.Of(httptest.NewRecorder(), get())
	var got []int
	for i := range 7 {
		tap.BeforeHeader(func(int) {
			got = append(got, i)
			w.Header().Set("X-Last", fmt.Sprint(i))
		})
	}
	w.WriteHeader(200)
	if want := []int{6, 5, 4, 3, 2, 1, 0}; !slices.Equal(got, want) || w.Header().Get("X-Last") != "0" {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestOneAllocation(t *testing.T) {
	_, r, _ := respw.Of(httptest.NewRecorder(), get()) // the request has a record now
	w := &netWriter{httptest.NewRecorder()}
	f := func(int) {}
	if n := testing.AllocsPerRun(100, func() {
		tw, _, tap := respw.Of(w, r)
		tap.BeforeHeader(f)
		tw.WriteHeader(200)
	}); n > 1 {
		t.Errorf("got %v allocations, want 1", n)
	}
	r = get()
	if n := testing.AllocsPerRun(100, func() { respw.Of(w, r) }); n > 2 {
		t.Errorf("got %v allocations for the first piece, want 2: one is the copy of the request", n)
	}
}

func BenchmarkOf(b *testing.B) {
	_, r, _ := respw.Of(httptest.NewRecorder(), get())
	n := &netWriter{httptest.NewRecorder()}
	for _, bb := range []struct {
		name string
		w    http.ResponseWriter
	}{{"net/http", n}, {"other", struct {
		*netWriter
		http.Pusher
	}{n, nil}}} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				w, _, _ := respw.Of(bb.w, r)
				w.WriteHeader(200)
				_, _ = io.WriteString(w, "x")
			}
		})
	}
}

func TestGuards(t *testing.T) {
	_, _, tap := respw.Of(httptest.NewRecorder(), get())
	var got []string
	note := func(name string) func(bool) {
		return func(aborted bool) { got = append(got, fmt.Sprint(name, aborted)) }
	}
	if tap.AfterRecovery(note("nobody ")) {
		t.Error("nobody recovers: got a promise")
	}
	tap.Guard()
	tap.Guard()
	if !tap.AfterRecovery(note("inner ")) {
		t.Error("somebody recovers: got no promise")
	}
	tap.Release(false)
	tap.AfterRecovery(note("outer "))
	tap.Release(true)
	if want := []string{"inner false", "outer true"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if tap.AfterRecovery(note("after ")) {
		t.Error("nobody recovers any more: got a promise")
	}
}
