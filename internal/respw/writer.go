package respw

import (
	"bufio"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
)

// Piece decides what happens to one response, and takes its body if the piece
// changes it. The [Writer] calls its methods one at a time.
type Piece interface {
	// Begin is called once, when the handler has chosen its final status and before
	// any part of the body is taken. [Writer.Header] is then complete. If the body
	// passes unchanged, the piece calls [Writer.Pass]; otherwise it calls
	// [Writer.Open] and [Writer.Send], now or later.
	Begin(status int)

	// Write takes bytes of the body, unless the body passes.
	Write(p []byte) (int, error)

	// Flush sends what was written so far, including the header. The response below
	// is flushed afterwards.
	Flush() error

	// Yield is called before the connection is handed over to the handler, if the
	// handler has chosen a status: what was written before is sent, as the handler
	// wrote it if that is still possible.
	Yield() error
}

// Writer is a response as the handler inside a piece sees it. A piece embeds one
// for each request, and calls [Writer.Init]; the zero value is not usable. Like the
// response below it must not be used by several goroutines at once.
type Writer struct {
	w     http.ResponseWriter // the response below
	piece Piece
	held  held
	bytes int64 // of the body, that passed

	// Small, since there is one for each piece and request.
	status      int32 // chosen by the handler; 0 until then
	superfluous int32 // calls of WriteHeader while the header was held
	need        int32 // bytes of the body that decide; 0: any number
	taken       bool  // held has been used
	sent        bool  // the header has been sent
	passing     bool  // the body passes unchanged
	hijacked    bool
	failed      bool // a part of the passing body could not be sent
}

// Init prepares x to wrap w.
func (x *Writer) Init(w http.ResponseWriter, p Piece) { x.w, x.piece = w, p }

// Below returns the response that x wraps.
func (x *Writer) Below() http.ResponseWriter { return x.w }

// Header returns the current header. Once the handler has chosen its status, that
// may not be what will be sent: see [Writer.Open].
func (x *Writer) Header() http.Header { return x.w.Header() }

// Status returns the status that the handler has chosen, or 0.
func (x *Writer) Status() int { return int(x.status) }

// Sent reports whether the header has been sent.
func (x *Writer) Sent() bool { return x.sent }

// Passing reports whether the body passes unchanged.
func (x *Writer) Passing() bool { return x.passing }

// Hijacked reports whether the handler took over the connection.
func (x *Writer) Hijacked() bool { return x.hijacked }

// Begin chooses the status for a handler that has not chosen one.
func (x *Writer) Begin(status int) {
	if x.status == 0 && !x.hijacked {
		x.status = int32(status)
		x.piece.Begin(status)
	}
}

// Open returns the header as it was when the handler chose its status, for the
// piece to change and send at once. It always contains trailers that need no
// announcement, those with [http.TrailerPrefix], whenever they were set, because
// they are not header fields.
func (x *Writer) Open() http.Header {
	h := x.w.Header()
	x.held.restore(h)
	return h
}

// Send sends the header that Open returned.
func (x *Writer) Send(status int) {
	x.sent = true
	x.w.WriteHeader(status)
	x.Close()
}

// Close ends what Open began. Send calls it; a piece calls it itself if something
// else sends the header.
func (x *Writer) Close() {
	x.sent = true
	x.held.putBack(x.w.Header())
	for ; x.superfluous > 0; x.superfluous-- {
		x.w.WriteHeader(int(x.status)) // net/http logs that it is superfluous
	}
}

// Pass sends the header, unless that has been done, and lets the body pass.
func (x *Writer) Pass() {
	if x.passing = true; !x.sent {
		x.Open()
		x.Send(int(x.status))
	}
}

// Need says that the next n bytes of the body decide whether it passes: no more
// than these are read from a source that could be sent by a shorter way. 0 means
// that the body will not pass.
func (x *Writer) Need(n int) { x.need = int32(min(n, math.MaxInt32)) }

// writeHeader is WriteHeader of all faces.
func (x *Writer) writeHeader(status int) {
	switch {
	case x.passing || x.sent:
		x.w.WriteHeader(status) // net/http logs that it is superfluous
	case x.status != 0:
		x.superfluous++
	case status < 200 && status != http.StatusSwitchingProtocols || status > 999:
		// 1xx decides nothing. A status without three digits makes net/http panic here,
		// in the handler.
		x.w.WriteHeader(status)
	default:
		x.Begin(status)
		x.leave()
	}
}

// leave is called before the handler continues: from now on it may change the
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

// passed records what was taken of the body.
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
		// The response below refuses further writes.
		x.hijacked, x.passing = true, true
	}
	return conn, rw, err
}

// sniffLen is how much net/http looks at to decide on a content type.
const sniffLen = 512

// copyBuffers holds buffers of io.Copy's size.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// readFrom is ReadFrom of the faces that have it. A passing body goes to the
// response's own ReadFrom, which can send a file without copying it. Until the
// piece has decided, bytes are written piece by piece: a source that is empty or
// fails at once leaves the response undecided, as in net/http.
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
