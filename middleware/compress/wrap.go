package compress

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/felixge/httpsnoop"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// httpsnoop keeps exactly the optional interfaces of the response around which
// it is, for some ten allocations. That is more than the rest of what is done
// for a response that is not encoded, so that the two sets of methods that
// net/http's own responses have are written out here, for one allocation; every
// other response goes through httpsnoop. Wrappers made by httpsnoop around
// net/http's responses have the same sets.

// commonResponse is what net/http's responses have over HTTP/1 and HTTP/2.
type commonResponse interface {
	http.ResponseWriter
	io.StringWriter
	http.Flusher
	FlushError() error
	CloseNotify() <-chan bool
	SetReadDeadline(time.Time) error
	SetWriteDeadline(time.Time) error
	EnableFullDuplex() error
}

// http1Response is what only those over HTTP/1 have.
type http1Response interface {
	commonResponse
	io.ReaderFrom
	http.Hijacker
}

// http2Response is what only those over HTTP/2 have.
type http2Response interface {
	commonResponse
	http.Pusher
}

type http1Compressed struct{ commonCompressed }

func (b *http1Compressed) ReadFrom(src io.Reader) (int64, error) { return b.readFrom(src) }
func (b *http1Compressed) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return b.hijack()
}

type http2Compressed struct{ commonCompressed }

func (b *http2Compressed) Push(target string, o *http.PushOptions) error {
	return b.w.(http.Pusher).Push(target, o)
}

type commonCompressed struct{ compressed }

func (b *commonCompressed) Flush()            { _ = b.FlushError() }
func (b *commonCompressed) FlushError() error { return b.flush() }
func (b *commonCompressed) CloseNotify() <-chan bool {
	return b.w.(commonResponse).CloseNotify()
}
func (b *commonCompressed) SetReadDeadline(t time.Time) error {
	return b.w.(commonResponse).SetReadDeadline(t)
}
func (b *commonCompressed) SetWriteDeadline(t time.Time) error {
	return b.w.(commonResponse).SetWriteDeadline(t)
}
func (b *commonCompressed) EnableFullDuplex() error {
	return b.w.(commonResponse).EnableFullDuplex()
}

// Unwrap is for http.ResponseController and whoever else looks for a method
// that only the response itself has.
func (b *commonCompressed) Unwrap() http.ResponseWriter { return b.w }

// wrap returns a response that does what w can do, and compresses.
func (c *Compressor) wrap(w http.ResponseWriter, r *http.Request, rec *facts.Record, pool *encoderPool) (http.ResponseWriter, *compressed) {
	switch rw := w.(type) {
	case http1Response:
		if _, both := rw.(http.Pusher); !both {
			b := &http1Compressed{commonCompressed{compressed{c: c, w: w, r: r, rec: rec, pool: pool}}}
			return b, &b.compressed
		}
	case http2Response:
		_, reads := rw.(io.ReaderFrom)
		_, hijacks := rw.(http.Hijacker)
		if !reads && !hijacks {
			b := &http2Compressed{commonCompressed{compressed{c: c, w: w, r: r, rec: rec, pool: pool}}}
			return b, &b.compressed
		}
	}
	b := &compressed{c: c, w: w, r: r, rec: rec, pool: pool}
	return httpsnoop.Wrap(w, httpsnoop.Hooks{
		WriteHeader: func(httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc { return b.WriteHeader },
		Write:       func(httpsnoop.WriteFunc) httpsnoop.WriteFunc { return b.Write },
		WriteString: func(httpsnoop.WriteStringFunc) httpsnoop.WriteStringFunc { return b.WriteString },
		ReadFrom:    func(httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc { return b.readFrom },
		Flush:       func(httpsnoop.FlushFunc) httpsnoop.FlushFunc { return func() { _ = b.flush() } },
		FlushError:  func(httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc { return b.flush },
		Hijack:      func(httpsnoop.HijackFunc) httpsnoop.HijackFunc { return b.hijack },
	}), b
}
