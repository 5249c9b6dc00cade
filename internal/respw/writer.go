package respw

import (
	"bufio"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
)

// Piece decides what becomes of one response, and takes its body where the
// piece changes it. Its methods are called by the [Writer], one at a time.
type Piece interface {
	// Begin is called once, when the handler has chosen its final status and
	// before anything of the body is taken. [Writer.Header] is complete then. The
	// piece calls [Writer.Pass] if the body passes as it is; otherwise it calls
	// [Writer.Open] and [Writer.Send], now or later.
	Begin(status int)

	// Write takes bytes of the body, unless they pass.
	Write(p []byte) (int, error)

	// Flush sends on what was written so far, header included. The response below
	// is flushed afterwards.
	Flush() error

	// Yield is called before the connection is handed over to the handler, if the
	// handler has chosen a status: what was written before goes out, as the
	// handler wrote it if that can still be.
	Yield() error
}

// Writer is a response as the handler inside a piece sees it. A piece embeds one
// for each request, and calls [Writer.Init]; the zero value is of no use. Like
// the response below it must not be used by several goroutines at once.
type Writer struct {
	w     http.ResponseWriter // the response below
	piece Piece
	held  held
	bytes int64 // of the body, that passed

	// Small, since there is one of them for each piece and request.
	status      int32 // what the handler has chosen; 0 as long as it has not
	superfluous int32 // calls of WriteHeader while the header was held
	need        int32 // bytes of the body that decide; 0: any number
	taken       bool  // held has been used
	sent        bool  // the header is sent
	passing     bool  // the body passes as it is
	hijacked    bool
	failed      bool // not all of the body that passed was taken
}

// Init prepares x to stand around w.
func (x *Writer) Init(w http.ResponseWriter, p Piece) { x.w, x.piece = w, p }

// Below returns the response around which x is.
func (x *Writer) Below() http.ResponseWriter { return x.w }

// Header returns the header as it is now. Once the handler has chosen its
// status, that may not be what will be sent: see [Writer.Open].
func (x *Writer) Header() http.Header { return x.w.Header() }

// Status returns the status that the handler has chosen, 0 if it has not.
func (x *Writer) Status() int { return int(x.status) }

// Sent tells that the header is sent.
func (x *Writer) Sent() bool { return x.sent }

// Passing tells that the body passes as it is.
func (x *Writer) Passing() bool { return x.passing }

// Hijacked tells that the handler took over the connection.
func (x *Writer) Hijacked() bool { return x.hijacked }

// Begin chooses the status for a handler that has not.
func (x *Writer) Begin(status int) {
	if x.status == 0 && !x.hijacked {
		x.status = int32(status)
		x.piece.Begin(status)
	}
}

// Open returns the header as it was when the handler chose its status, for the
// piece to change it and send it at once. Trailers that need no announcement,
// those with [http.TrailerPrefix], are in it whenever they were set: they are no
// header fields.
func (x *Writer) Open() http.Header {
	h := x.w.Header()
	x.held.restore(h)
	return h
}

// Send sends the header that Open has returned.
func (x *Writer) Send(status int) {
	x.sent = true
	x.w.WriteHeader(status)
	x.Close()
}

// Close ends what Open began. Send calls it; a piece that has the header sent by
// somebody else does so itself.
func (x *Writer) Close() {
	x.sent = true
	x.held.putBack(x.w.Header())
	for ; x.superfluous > 0; x.superfluous-- {
		x.w.WriteHeader(int(x.status)) // net/http logs that it is superfluous
	}
}

// Pass sends the header, if that is not done yet, and lets the body pass.
func (x *Writer) Pass() {
	if x.passing = true; !x.sent {
		x.Open()
		x.Send(int(x.status))
	}
}

// Need tells that the next n bytes of the body decide whether it passes: from a
// source that can be sent the short way, no more are taken before. 0 means that
// it will not pass.
func (x *Writer) Need(n int) { x.need = int32(min(n, math.MaxInt32)) }

// writeHeader is WriteHeader of all faces.
func (x *Writer) writeHeader(status int) {
	switch {
	case x.passing || x.sent:
		x.w.WriteHeader(status) // net/http logs that it is superfluous
	case x.status != 0:
		x.superfluous++
	case status < 200 && status != http.StatusSwitchingProtocols || status > 999:
		// 1xx decide nothing. What has not three digits makes net/http panic, here
		// where the handler is.
		x.w.WriteHeader(status)
	default:
		x.Begin(status)
		x.leave()
	}
}

// leave is called before the handler goes on: from now on it may change the
// header.
func (x *Writer) leave() {
	if !x.sent && !x.passing && !x.taken {
		x.taken = true
		x.held.take(x.w.Header())
	}
}

// write is Write of all faces.
func (x *Writer) write(p []byte) (int, error) {
	x.Begin(http.StatusOK)
	if x.passing {
		n, err := x.w.Write(p)
		x.passed(int64(n), err)
		return n, err
	}
	n, err := x.piece.Write(p)
	x.leave()
	return n, err
}

// writeString is WriteString of all faces.
func (x *Writer) writeString(s string) (int, error) {
	x.Begin(http.StatusOK)
	if x.passing {
		n, err := io.WriteString(x.w, s)
		x.passed(int64(n), err)
		return n, err
	}
	return x.write([]byte(s))
}

// flush is Flush of the faces that have it.
func (x *Writer) flush() error {
	x.Begin(http.StatusOK)
	if !x.passing {
		if err := x.piece.Flush(); err != nil {
			return err
		}
		x.leave()
	}
	err := http.NewResponseController(x.w).Flush()
	x.passed(0, err)
	return err
}

// passed notes what was taken of the body.
func (x *Writer) passed(n int64, err error) {
	x.bytes += n
	x.failed = x.failed || err != nil
}

// hijack is Hijack of the faces that have it.
func (x *Writer) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if x.status != 0 && !x.passing {
		if err := x.piece.Yield(); err != nil {
			return nil, nil, err
		}
		x.leave()
	}
	conn, rw, err := http.NewResponseController(x.w).Hijack()
	if err == nil {
		// What is still written is refused by the response below.
		x.hijacked, x.passing = true, true
	}
	return conn, rw, err
}

// sniffLen is how much net/http looks at before it decides on a content type.
const sniffLen = 512

// copyBuffers holds buffers of io.Copy's size.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// readFrom is ReadFrom of the faces that have it. What passes goes to the
// response's own ReadFrom, which can send a file without copying it. Until the
// piece has decided, bytes are written one after the other: a source that is
// empty or fails at once leaves the response undecided, as in net/http.
func (x *Writer) readFrom(src io.Reader) (int64, error) {
	var n int64
	if !x.passing {
		buffer := copyBuffers.Get().(*[]byte)
		defer copyBuffers.Put(buffer)
		for !x.passing {
			part := *buffer
			switch {
			case x.status == 0:
				part = part[:sniffLen]
			case x.need > 0:
				part = part[:min(int(x.need), len(part))]
			}
			m, readErr := src.Read(part)
			if m > 0 {
				k, err := x.write(part[:m])
				n += int64(k)
				if err != nil {
					return n, err
				}
			}
			if readErr == io.EOF {
				return n, nil
			}
			if readErr != nil {
				return n, readErr
			}
		}
	}
	m, err := x.w.(io.ReaderFrom).ReadFrom(src)
	x.passed(m, err)
	return n + m, err
}
