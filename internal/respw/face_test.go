package respw_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw"
)

// netWriters are the methods of net/http's own response writers.
var netWriters = map[string]string{
	"HTTP/1.1": "CloseNotify EnableFullDuplex Flush FlushError Header Hijack ReadFrom SetReadDeadline SetWriteDeadline Write WriteHeader WriteString",
	"HTTP/2.0": "CloseNotify EnableFullDuplex Flush FlushError Header Push SetReadDeadline SetWriteDeadline Write WriteHeader WriteString",
}

// If Go adds a method to its writers, this fails: decide whether the faces of a
// Writer need it, or whether Unwrap is enough.
func TestNetHTTPHasTheMethodsThatFacesKnow(t *testing.T) {
	for proto, want := range netWriters {
		t.Run(proto, func(t *testing.T) {
			var got []string
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Proto != proto {
					t.Errorf("got a request by %s", r.Proto)
				}
				for m := range reflect.TypeOf(w).Methods() {
					got = append(got, m.Name)
				}
			}))
			s.EnableHTTP2 = proto == "HTTP/2.0"
			s.StartTLS()
			defer s.Close()
			resp, err := s.Client().Get(s.URL)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if methods := strings.Join(got, " "); methods != want {
				t.Errorf("net/http's writer has other methods\ngot  %s\nwant %s", methods, want)
			}
		})
	}
}

// optional are the methods whose presence matters to a handler.
type optional struct{ flush, hijack, push, notify, read bool }

func optionalOf(w http.ResponseWriter) (o optional) {
	_, o.flush = w.(http.Flusher)
	_, o.hijack = w.(http.Hijacker)
	_, o.push = w.(http.Pusher)
	_, o.notify = w.(notify)
	_, o.read = w.(io.ReaderFrom)
	return o
}

type (
	rw      = http.ResponseWriter
	flush   = http.Flusher
	hijack  = http.Hijacker
	push    = http.Pusher
	readers = io.ReaderFrom
)

type notify interface{ CloseNotify() <-chan bool }

type pusher struct{}

func (pusher) Push(string, *http.PushOptions) error { return http.ErrNotSupported }

// unwraps is how programs wrap writers since there is http.ResponseController.
type unwraps struct{ http.ResponseWriter }

func (w unwraps) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestFaceHasTheMethodsOfTheWriterBelow(t *testing.T) {
	n, p := &netWriter{httptest.NewRecorder()}, pusher{}
	for _, tt := range []struct {
		name string
		w    http.ResponseWriter
		less optional // what the face leaves out
		more optional // what the writer can do through Unwrap
	}{
		{name: "nothing", w: struct{ rw }{n}},
		{name: "net/http over HTTP/1", w: n},
		{name: "net/http over HTTP/2", w: struct {
			rw
			flush
			push
			notify
		}{n, n, p, n}},
		{name: "flush", w: httptest.NewRecorder()},
		{name: "flush, close", w: struct {
			rw
			flush
			notify
		}{n, n, n}},
		{name: "flush, push", w: struct {
			rw
			flush
			push
		}{n, n, p}},
		{name: "flush, hijack", w: struct {
			rw
			flush
			hijack
		}{n, n, n}},
		{name: "flush, hijack, close", w: struct {
			rw
			flush
			hijack
			notify
		}{n, n, n, n}},
		{name: "flush, hijack, read", w: struct {
			rw
			flush
			hijack
			readers
		}{n, n, n, n}},
		{name: "hijack", w: struct {
			rw
			hijack
		}{n, n}},
		{name: "push", w: struct {
			rw
			push
		}{n, p}},

		{name: "everything", w: struct {
			*netWriter
			push
		}{n, p}, less: optional{push: true}},
		{name: "hijack, push", w: struct {
			rw
			hijack
			push
		}{n, n, p}, less: optional{push: true}},
		{name: "flush, read", w: struct {
			rw
			flush
			readers
		}{n, n, n}, less: optional{read: true}},
		{name: "close, push", w: struct {
			rw
			notify
			push
		}{n, n, p}, less: optional{notify: true}},

		{name: "Unwrap alone", w: unwraps{n}, more: optional{flush: true, hijack: true}},
		{name: "Unwrap of Unwrap", w: unwraps{unwraps{httptest.NewRecorder()}}, more: optional{flush: true}},
		{name: "Unwrap of nothing", w: unwraps{struct{ rw }{n}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, _, _ := respw.Of(tt.w, get())
			want := optionalOf(tt.w)
			want.push = want.push && !tt.less.push
			want.read = want.read && !tt.less.read
			want.notify = want.notify && !tt.less.notify
			want.flush = want.flush || tt.more.flush
			want.hijack = want.hijack || tt.more.hijack
			if got := optionalOf(w); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if _, ok := w.(io.StringWriter); !ok {
				t.Error("got no WriteString")
			}
			if _, ok := w.(interface{ FlushError() error }); ok != want.flush {
				t.Errorf("got FlushError %t, want %t", ok, want.flush)
			}
			if u, ok := w.(unwrapper); !ok || u.Unwrap() != tt.w {
				t.Error("Unwrap does not give the writer below")
			}
		})
	}
}

type unwrapper interface{ Unwrap() http.ResponseWriter }

// A flush through http.ResponseController must not bypass the pieces, even if the
// writer has it only through Unwrap.
func TestFlushByUnwrapIsSeen(t *testing.T) {
	below := httptest.NewRecorder()
	w, _, tap := respw.Of(unwraps{below}, get())
	tap.BeforeHeader(func(int) { w.Header().Set("X-Hook", "ran") })
	if err := http.NewResponseController(unwraps{w}).Flush(); err != nil {
		t.Fatal(err)
	}
	if !below.Flushed || below.Result().Header.Get("X-Hook") != "ran" {
		t.Errorf("flushed %t, header %v", below.Flushed, below.Result().Header)
	}
}
