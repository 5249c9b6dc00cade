package respw

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/felixge/httpsnoop"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// sniffLen is how much net/http looks at before it decides on a content type.
const sniffLen = 512

// wrap puts a tap around w. If there is no carrier of facts yet it may make one,
// too: over HTTP/1, where that saves an allocation.
//
// httpsnoop keeps exactly the interfaces of any writer, and costs 21
// allocations a request for the six methods that matter here. The two method
// sets of net/http's own writers, which nearly all requests come with, are
// therefore written out below: one allocation.
func wrap(w http.ResponseWriter, carry bool) (http.ResponseWriter, *Tap, *facts.Carrier) {
	switch nw := w.(type) {
	case http1Writer:
		if _, push := w.(http.Pusher); push {
			break
		}
		if carry {
			x := &struct {
				http1Tap
				carrier facts.Carrier
			}{http1Tap: http1Tap{netTap{w: nw}}}
			return &x.http1Tap, &x.tap, &x.carrier
		}
		x := &http1Tap{netTap{w: nw}}
		return x, &x.tap, nil
	case http2Writer:
		_, hijack := w.(http.Hijacker)
		_, readFrom := w.(io.ReaderFrom)
		if hijack || readFrom {
			break
		}
		x := &http2Tap{netTap{w: nw}}
		return x, &x.tap, nil
	}
	tw, tap := snoop(w)
	return tw, tap, nil
}

// netWriter is what net/http's writers for HTTP/1 and HTTP/2 have in common.
type netWriter interface {
	http.ResponseWriter
	io.StringWriter
	http.Flusher
	FlushError() error
	CloseNotify() <-chan bool
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	EnableFullDuplex() error
}

// http1Writer is what net/http's writers for HTTP/1 have.
type http1Writer interface {
	netWriter
	http.Hijacker
	io.ReaderFrom
}

// http2Writer is what net/http's writers for HTTP/2 have.
type http2Writer interface {
	netWriter
	http.Pusher
}

// netTap wraps a netWriter.
type netTap struct {
	tap Tap
	w   netWriter
}

func (x *netTap) Unwrap() http.ResponseWriter { return x.w }
func (x *netTap) Header() http.Header         { return x.w.Header() }

func (x *netTap) WriteHeader(status int) {
	x.tap.header(status)
	x.w.WriteHeader(status)
}

func (x *netTap) Write(p []byte) (int, error) {
	x.tap.begin(http.StatusOK)
	n, err := x.w.Write(p)
	x.tap.wrote(int64(n))
	return n, err
}

func (x *netTap) WriteString(s string) (int, error) {
	x.tap.begin(http.StatusOK)
	n, err := x.w.WriteString(s)
	x.tap.wrote(int64(n))
	return n, err
}

func (x *netTap) Flush() {
	x.tap.begin(http.StatusOK)
	x.w.Flush()
}

func (x *netTap) FlushError() error {
	x.tap.begin(http.StatusOK)
	return x.w.FlushError()
}

func (x *netTap) CloseNotify() <-chan bool           { return x.w.CloseNotify() }
func (x *netTap) SetReadDeadline(t time.Time) error  { return x.w.SetReadDeadline(t) }
func (x *netTap) SetWriteDeadline(t time.Time) error { return x.w.SetWriteDeadline(t) }
func (x *netTap) EnableFullDuplex() error            { return x.w.EnableFullDuplex() }

// http1Tap wraps a http1Writer.
type http1Tap struct{ netTap }

func (x *http1Tap) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return x.tap.hijack(x.w.(http1Writer).Hijack)
}

func (x *http1Tap) ReadFrom(src io.Reader) (int64, error) {
	return x.tap.readFrom(src, &x.netTap, x.w.(http1Writer).ReadFrom)
}

// http2Tap wraps a http2Writer.
type http2Tap struct{ netTap }

func (x *http2Tap) Push(target string, opts *http.PushOptions) error {
	return x.w.(http2Writer).Push(target, opts)
}

// hijack takes over the connection by next, and notes it.
func (t *Tap) hijack(next func() (net.Conn, *bufio.ReadWriter, error)) (net.Conn, *bufio.ReadWriter, error) {
	conn, rw, err := next()
	if err == nil {
		t.hijacked = true
	}
	return conn, rw, err
}

// readFrom copies src by next, which counts as the body. Before the header is
// decided the first bytes go through w.Write: a source that is empty or fails
// at once leaves the response undecided, as net/http does.
func (t *Tap) readFrom(src io.Reader, w io.Writer, next func(io.Reader) (int64, error)) (int64, error) {
	var first int64
	if !t.Started() {
		n, err := io.CopyN(writerOnly{w}, src, sniffLen)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
		first = n
	}
	n, err := next(src)
	t.wrote(n)
	return first + n, err
}

// writerOnly hides every other method, io.Copy's shortcuts among them.
type writerOnly struct{ io.Writer }

// snoop wraps any other writer, with exactly its own interfaces.
func snoop(w http.ResponseWriter) (http.ResponseWriter, *Tap) {
	t := &Tap{snooped: true}
	write := func(p []byte) (int, error) {
		t.begin(http.StatusOK)
		n, err := w.Write(p)
		t.wrote(int64(n))
		return n, err
	}
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		WriteHeader: func(next httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc {
			return func(status int) {
				t.header(status)
				next(status)
			}
		},
		Write: func(httpsnoop.WriteFunc) httpsnoop.WriteFunc { return write },
		WriteString: func(next httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc {
			return func(s string) (int, error) {
				t.begin(http.StatusOK)
				n, err := next(s)
				t.wrote(int64(n))
				return n, err
			}
		},
		ReadFrom: func(next httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
			return func(src io.Reader) (int64, error) { return t.readFrom(src, writerFunc(write), next) }
		},
		Flush: func(next httpsnoop.FlushFunc) httpsnoop.FlushFunc {
			return func() {
				t.begin(http.StatusOK)
				next()
			}
		},
		FlushError: func(next httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc {
			return func() error {
				t.begin(http.StatusOK)
				return next()
			}
		},
		Hijack: func(next httpsnoop.HijackFunc) httpsnoop.HijackFunc {
			return func() (net.Conn, *bufio.ReadWriter, error) { return t.hijack(next) }
		},
	}), t
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
