package respwtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

// testCase is one thing that handlers do, and the expected result.
type testCase struct {
	name      string
	method    string // "" means GET
	body      string
	header    map[string]string
	handler   http.HandlerFunc
	http1Only bool
	aborted   bool // the response must break off
	may500    bool // or be a 500
	status    int
	want      string
	check     func(*testing.T, *server, answer)

	trace      func(*http.Request) *http.Request // observes the request while it is sent
	headerCame func(id string)                   // called before the body is read
}

// long is a body that takes several buffers.
var long = strings.Repeat("0123456789abcdef", 8192)

// waits lets a handler continue only once its client has the header.
var waits sync.Map // request id → chan struct{}

func wait(r *http.Request) {
	ch, _ := waits.LoadOrStore(r.Header.Get(idHeader), make(chan struct{}))
	select {
	case <-ch.(chan struct{}):
	case <-r.Context().Done():
	}
}

func goOn(id string) {
	ch, _ := waits.LoadOrStore(id, make(chan struct{}))
	close(ch.(chan struct{}))
}

// say reports in the body what a handler found wrong.
func say(w io.Writer, problem string, err error) {
	if err != nil {
		fmt.Fprintf(w, "%s: %v\n", problem, err)
	}
}

var cases = []testCase{
	{
		name: "nothing written", status: 200,
		handler: func(http.ResponseWriter, *http.Request) {},
	},
	{
		name: "Write", status: 200, want: "<p>hello</p>",
		handler: func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("<p>hello</p>")) },
		check: func(t *testing.T, s *server, a answer) {
			if got := a.Header.Get("Content-Type"); got != "text/html; charset=utf-8" {
				t.Errorf("sniffed type: got %q", got)
			}
		},
	},
	{
		name: "WriteString", status: 201, want: long,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			for chunk := range strings.SplitSeq(long, "f") {
				_, _ = io.WriteString(w, chunk)
				if chunk != "" {
					_, _ = io.WriteString(w, "f")
				}
			}
		},
	},
	{
		name: "double WriteHeader", status: 202, want: "first",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(202)
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "first")
			w.WriteHeader(500)
		},
	},
	{
		name: "interfaces", status: 200, check: sameInterfaces,
		handler: func(w http.ResponseWriter, r *http.Request) { w.Header().Set("X-Interfaces", interfaces(w)) },
	},
	{
		name: "Flush before a byte is written", status: 200, want: "later", headerCame: goOn,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			flush(w)
			wait(r)
			_, _ = io.WriteString(w, "later")
		},
		check: func(t *testing.T, s *server, a answer) {
			if got := a.Header.Get("Content-Type"); got != "text/event-stream" {
				t.Errorf("Content-Type: got %q", got)
			}
		},
	},
	{
		name: "FlushError", status: 200, want: "one\ntwo\n", headerCame: goOn,
		handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "one\n")
			say(w, "flush", http.NewResponseController(w).Flush())
			wait(r)
			_, _ = io.WriteString(w, "two\n")
		},
	},
	{
		name: "Hijack", http1Only: true, status: 299, want: "mine",
		handler: func(w http.ResponseWriter, r *http.Request) {
			conn, rw, err := http.NewResponseController(w).Hijack()
			if err != nil {
				http.Error(w, err.Error(), 500)
				return
			}
			defer conn.Close()
			_, _ = rw.WriteString("HTTP/1.1 299 Mine\r\nConnection: close\r\nContent-Length: 4\r\n\r\nmine")
			_ = rw.Flush()
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
				panic("a write after Hijack was taken")
			}
		},
	},
	{
		name: "ReadFrom a file", status: 200, want: long,
		handler: func(w http.ResponseWriter, r *http.Request) {
			f, err := os.CreateTemp("", "respwtest")
			if err != nil {
				panic(err)
			}
			defer os.Remove(f.Name())
			defer f.Close()
			_, _ = f.WriteString(long)
			_, _ = f.Seek(0, io.SeekStart)
			w.Header().Set("Content-Length", fmt.Sprint(len(long)))
			n, err := io.Copy(w, f)
			if n != int64(len(long)) || err != nil {
				panic(fmt.Sprint("copied ", n, ", ", err))
			}
		},
	},
	{
		name: "ReadFrom a short source", status: 203, want: "short",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(203)
			_, _ = io.Copy(w, strings.NewReader("short"))
		},
	},
	{
		name: "ReadFrom an empty source", status: 404, want: "none\n",
		handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(w, noWriterTo{strings.NewReader("")})
			http.Error(w, "none", 404)
		},
	},
	{
		name: "ReadFrom a failing source", status: 502, want: "bad source\n",
		handler: func(w http.ResponseWriter, r *http.Request) {
			if _, err := io.Copy(w, badSource{}); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
			}
		},
	},
	{
		name: "deadlines and full duplex", status: 200, want: "in time",
		handler: func(w http.ResponseWriter, r *http.Request) {
			rc := http.NewResponseController(w)
			say(w, "read", rc.SetReadDeadline(time.Now().Add(time.Minute)))
			say(w, "write", rc.SetWriteDeadline(time.Now().Add(time.Minute)))
			say(w, "duplex", rc.EnableFullDuplex())
			_, _ = io.WriteString(w, "in time")
		},
	},
	{
		name: "a deadline that passed", aborted: true,
		handler: func(w http.ResponseWriter, r *http.Request) {
			_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(-time.Second))
			_, _ = io.WriteString(w, long)
		},
	},
	{
		name: "1xx", status: 201, want: "then", trace: expectEarlyHints,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Link", "</a.css>; rel=preload")
			w.WriteHeader(http.StatusEarlyHints)
			w.Header().Set("X-Late", "yes")
			w.WriteHeader(201)
			_, _ = io.WriteString(w, "then")
		},
		check: func(t *testing.T, s *server, a answer) {
			if a.Header.Get("X-Late") != "yes" {
				t.Error("a header set after 1xx is lost")
			}
			if hints, _ := a.Request.Context().Value(hintsKey{}).(*[]string); hints == nil || len(*hints) != 1 || (*hints)[0] != "103 </a.css>; rel=preload" {
				t.Errorf("early hints: got %v", hints)
			}
		},
	},
	{
		name: "100 Continue", method: "POST", body: "sent", header: map[string]string{"Expect": "100-continue"}, status: 200, want: "got sent",
		handler: func(w http.ResponseWriter, r *http.Request) {
			b, _ := io.ReadAll(r.Body)
			_, _ = io.WriteString(w, "got "+string(b))
		},
	},
	{
		name: "HEAD", method: "HEAD", status: 200,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", "5")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, "hello")
		},
		check: func(t *testing.T, s *server, a answer) {
			if a.ContentLength != 5 || a.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("got %v", a.Header)
			}
		},
	},
	{
		name: "204", status: 204,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(204)
			if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrBodyNotAllowed) {
				panic(fmt.Sprint("a body was taken: ", err))
			}
		},
		check: noLength,
	},
	{
		name: "304", status: 304, header: map[string]string{"If-None-Match": `"v1"`}, handler: content,
		check: func(t *testing.T, s *server, a answer) {
			noLength(t, s, a)
			if a.Header.Get("ETag") != `"v1"` {
				t.Errorf("got %v", a.Header)
			}
		},
	},
	{
		name: "206", status: 206, header: map[string]string{"Range": "bytes=16-47"}, handler: content, want: long[16:48],
		check: func(t *testing.T, s *server, a answer) {
			if got, want := a.Header.Get("Content-Range"), fmt.Sprintf("bytes 16-47/%d", len(long)); got != want || a.ContentLength != 32 {
				t.Errorf("got %v, want %s", a.Header, want)
			}
		},
	},
	{
		name: "416", status: 416, header: map[string]string{"Range": "bytes=999999999-"}, handler: content,
		want: "invalid range: failed to overlap\n",
	},
	{
		name: "trailers", status: 200, want: "body",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "body")
			say(w, "flush", http.NewResponseController(w).Flush())
			w.Header().Set("X-Sum", "42")
		},
		check: func(t *testing.T, s *server, a answer) {
			if got := a.Trailer.Get("X-Sum"); got != "42" {
				t.Errorf("trailer: got %q", got)
			}
		},
	},
	{
		name: "trailers of a short body", status: 200, want: "body",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, "body")
			w.Header().Set("X-Sum", "42")
		},
		check: trailerOnly,
	},
	{
		name: "trailers that come after a long body", status: 200, want: long,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Trailer", "X-Sum")
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, long)
			w.Header().Set("X-Sum", "42")
		},
		check: trailerOnly,
	},
	{
		name: "trailers without an announcement", status: 200, want: long,
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, long)
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		},
		check: trailerOnly,
	},
	{
		name: "a header that is set after Write", status: 200, want: "{}{}",
		handler: func(w http.ResponseWriter, r *http.Request) { late(w, func() { _, _ = io.WriteString(w, "{}") }) },
		check:   notLate,
	},
	{
		name: "a header that is set after WriteHeader", status: 203, want: "{}{}",
		handler: func(w http.ResponseWriter, r *http.Request) {
			late(w, func() {
				w.WriteHeader(203)
				_, _ = io.WriteString(w, "{}")
			})
		},
		check: notLate,
	},
	{
		name: "a header that is set after a long Write", status: 200, want: long + "{}",
		handler: func(w http.ResponseWriter, r *http.Request) { late(w, func() { _, _ = io.WriteString(w, long) }) },
		check:   notLate,
	},
	{
		name: "http.Error after a part", status: 200, want: "{\"a\":sorry\n",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/x-part")
			_, _ = io.WriteString(w, "{\"a\":")
			http.Error(w, "sorry", 500)
		},
		check: func(t *testing.T, s *server, a answer) {
			if got := a.Header.Get("Content-Type"); got != "application/x-part" || a.Header.Get("X-Content-Type-Options") != "" {
				t.Errorf("got the header of the error: %v", a.Header)
			}
			superfluous(t, s, a)
		},
	},
	{
		name: "a superfluous WriteHeader", status: 201, want: "made",
		handler: func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(201)
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "made")
		},
		check: superfluous,
	},
	{
		name: "a status of two digits", aborted: true, may500: true,
		handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(99) },
	},
	{
		name: "a status of four digits", aborted: true, may500: true,
		handler: func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(1000) },
	},
	{
		name: "panic before anything is sent", aborted: true, may500: true,
		handler: func(http.ResponseWriter, *http.Request) { panic("on purpose") },
	},
	{
		name: "panic after a part", aborted: true,
		handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "a part")
			panic("on purpose")
		},
	},
	{
		name: "panic after a flushed part", aborted: true,
		handler: func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, "a part")
			_ = http.NewResponseController(w).Flush()
			panic("on purpose")
		},
	},
	{
		name: "ErrAbortHandler", aborted: true,
		handler: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	},
}

// flush flushes in the old way, without http.ResponseController, if possible.
func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
		return
	}
	_ = http.NewResponseController(w).Flush()
}

// content serves long as a file with an entity tag.
func content(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("ETag", `"v1"`)
	w.Header().Set("Content-Type", "text/plain")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader([]byte(long)))
}

// late changes everything possible after the body was begun, which must have no
// effect.
func late(w http.ResponseWriter, begin func()) {
	h := w.Header()
	h.Set("Content-Type", "text/x-early")
	h.Set("X-Early", "1")
	two := []string{"1", "2"}
	h["X-Two"] = two
	begin()
	two[1] = "changed"
	h.Set("X-Early", "changed")
	h.Set("X-Late", "1")
	h.Set("Content-Type", "text/late")
	h.Set("Content-Length", "999")
	h.Set("Content-Encoding", "late")
	h.Set("Cache-Control", "no-transform")
	_, _ = io.WriteString(w, "{}")
	h.Del("X-Two")
}

func notLate(t *testing.T, _ *server, a answer) {
	t.Helper()
	h := a.Header
	if h.Get("X-Early") != "1" || strings.Join(h["X-Two"], " ") != "1 2" || h.Get("X-Late") != "" || h.Get("Content-Type") != "text/x-early" ||
		h.Get("Content-Encoding") == "late" || h.Get("Cache-Control") == "no-transform" || h.Get("Content-Length") == "999" {
		t.Errorf("got %v", h)
	}
}

func trailerOnly(t *testing.T, _ *server, a answer) {
	t.Helper()
	if a.Trailer.Get("X-Sum") != "42" || a.Header.Get("X-Sum") != "" || a.Header.Get(http.TrailerPrefix+"X-Sum") != "" {
		t.Errorf("got the header %v, the trailer %v", a.Header, a.Trailer)
	}
}

// superfluous looks for what net/http logs over HTTP/1.
func superfluous(t *testing.T, s *server, _ answer) {
	t.Helper()
	if got := s.log.take(); !s.http2 && strings.Count(got, "superfluous response.WriteHeader") != 1 {
		t.Errorf("log: got %q, want one superfluous WriteHeader", got)
	}
}

func noLength(t *testing.T, _ *server, a answer) {
	if got := a.Header.Get("Content-Length"); got != "" {
		t.Errorf("Content-Length: got %q, want none", got)
	}
}

// interfaces lists the optional interfaces of a writer. Deadlines are not among
// them: http.ResponseController finds them through Unwrap.
func interfaces(w http.ResponseWriter) string {
	var names []string
	note := func(name string, ok bool) {
		if ok {
			names = append(names, name)
		}
	}
	_, ok := w.(http.Flusher)
	note("Flusher", ok)
	_, ok = w.(interface{ FlushError() error })
	note("FlushError", ok)
	_, ok = w.(http.Hijacker)
	note("Hijacker", ok)
	_, ok = w.(io.ReaderFrom)
	note("ReaderFrom", ok)
	_, ok = w.(io.StringWriter)
	note("StringWriter", ok)
	_, ok = w.(http.Pusher)
	note("Pusher", ok)
	_, ok = w.(interface{ CloseNotify() <-chan bool })
	note("CloseNotifier", ok)
	return strings.Join(names, " ")
}

func sameInterfaces(t *testing.T, s *server, a answer) {
	if s.mode == unwrapped {
		return // the faces of such a writer are tested separately
	}
	bare, err := (&server{Server: s.bare}).do(t, testCase{name: "interfaces"}, t.Name())
	if err != nil {
		t.Fatal(err)
	}
	if got, want := a.Header.Get("X-Interfaces"), bare.Header.Get("X-Interfaces"); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

type hintsKey struct{}

// expectEarlyHints records in the request's context what came before the response.
func expectEarlyHints(r *http.Request) *http.Request {
	hints := new([]string)
	ctx := context.WithValue(r.Context(), hintsKey{}, hints)
	return r.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		Got1xxResponse: func(code int, h textproto.MIMEHeader) error {
			*hints = append(*hints, fmt.Sprint(code, " ", h.Get("Link")))
			return nil
		},
	}))
}

// noWriterTo hides every method but Read.
type noWriterTo struct{ io.Reader }

type badSource struct{}

func (badSource) Read([]byte) (int, error) { return 0, errors.New("bad source") }
