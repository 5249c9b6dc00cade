package respw

import (
	"bufio"
	"io"
	"net"
	"net/http"
)

// The faces of a [Writer] are what handlers get. Each is one pointer, which costs
// no allocation in an interface, and has the methods that its name says.

// bare has the methods of every response.
type bare struct{ x *Writer }

func (f bare) Header() http.Header               { return f.x.w.Header() }
func (f bare) WriteHeader(status int)            { f.x.writeHeader(status) }
func (f bare) Write(p []byte) (int, error)       { return f.x.write(p) }
func (f bare) WriteString(s string) (int, error) { return f.x.writeString(s) }
func (f bare) Unwrap() http.ResponseWriter       { return f.x.w }
func (f bare) writer() *Writer                   { return f.x }

type flushing struct{ bare }

func (f flushing) Flush()            { _ = f.x.flush() }
func (f flushing) FlushError() error { return f.x.flush() }

type flushingNotifying struct{ flushing }

func (f flushingNotifying) CloseNotify() <-chan bool { return closeNotify(f.x.w) }

type flushingPushing struct{ flushing }

func (f flushingPushing) Push(target string, o *http.PushOptions) error {
	return f.x.w.(http.Pusher).Push(target, o)
}

type flushingHijacking struct{ flushing }

func (f flushingHijacking) Hijack() (net.Conn, *bufio.ReadWriter, error) { return f.x.hijack() }

type flushingHijackingNotifying struct{ flushingHijacking }

func (f flushingHijackingNotifying) CloseNotify() <-chan bool { return closeNotify(f.x.w) }

type flushingHijackingReading struct{ flushingHijacking }

func (f flushingHijackingReading) ReadFrom(src io.Reader) (int64, error) { return f.x.readFrom(src) }

// http1 is for net/http's responses over HTTP/1.
type http1 struct{ flushingHijackingReading }

func (f http1) CloseNotify() <-chan bool { return closeNotify(f.x.w) }

// http2 is for net/http's responses over HTTP/2.
type http2 struct{ flushingPushing }

func (f http2) CloseNotify() <-chan bool { return closeNotify(f.x.w) }

type hijacking struct{ bare }

func (f hijacking) Hijack() (net.Conn, *bufio.ReadWriter, error) { return f.x.hijack() }

type pushing struct{ bare }

func (f pushing) Push(target string, o *http.PushOptions) error {
	return f.x.w.(http.Pusher).Push(target, o)
}

// closeNotifier is http.CloseNotifier, which is deprecated but still used.
type closeNotifier interface{ CloseNotify() <-chan bool }

func closeNotify(w http.ResponseWriter) <-chan bool { return w.(closeNotifier).CloseNotify() }

// Face returns x as a handler sees it. It has the optional methods that the
// response below has:
//
//   - Flush and FlushError, and Hijack, if the response has them itself or through
//     Unwrap, as [http.ResponseController] finds them: a flush that bypassed x
//     would leave behind what the piece holds;
//   - Push, CloseNotify and ReadFrom, if it has them itself;
//   - WriteString always;
//   - Unwrap, through which ResponseController finds the deadlines and full duplex.
//
// There is a face for each set of methods that net/http's responses and the usual
// wrappers have. For a response with another set, the face leaves out what is only
// an optimization: Push if there is Hijack, ReadFrom if Flush or Hijack is missing,
// and CloseNotify if Flush is missing.
func (x *Writer) Face() http.ResponseWriter {
	w, b := x.w, bare{x}
	flushes, hijacks := canFlush(w), canHijack(w)
	_, notifies := w.(closeNotifier)
	switch {
	case flushes && hijacks:
		f := flushingHijacking{flushing{b}}
		_, reads := w.(io.ReaderFrom)
		switch {
		case reads && notifies:
			return http1{flushingHijackingReading{f}}
		case reads:
			return flushingHijackingReading{f}
		case notifies:
			return flushingHijackingNotifying{f}
		}
		return f
	case hijacks:
		return hijacking{b}
	}
	_, pushes := w.(http.Pusher)
	switch {
	case flushes && pushes && notifies:
		return http2{flushingPushing{flushing{b}}}
	case flushes && pushes:
		return flushingPushing{flushing{b}}
	case flushes && notifies:
		return flushingNotifying{flushing{b}}
	case flushes:
		return flushing{b}
	case pushes:
		return pushing{b}
	}
	return b
}

// writerOf returns the Writer whose face w is, or nil.
func writerOf(w http.ResponseWriter) *Writer {
	if f, ok := w.(interface{ writer() *Writer }); ok {
		return f.writer()
	}
	return nil
}

type unwrapper interface{ Unwrap() http.ResponseWriter }

// canFlush reports whether http.ResponseController can flush w.
func canFlush(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Flusher, interface{ FlushError() error }:
			return true
		case unwrapper:
			w = t.Unwrap()
		default:
			return false
		}
	}
}

// canHijack reports whether http.ResponseController can hijack w.
func canHijack(w http.ResponseWriter) bool {
	for {
		switch t := w.(type) {
		case http.Hijacker:
			return true
		case unwrapper:
			w = t.Unwrap()
		default:
			return false
		}
	}
}
