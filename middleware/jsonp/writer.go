package jsonp

import (
	"bufio"
	"io"
	"mime"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/felixge/httpsnoop"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Header names in the form that http.Header keeps them, for direct use as keys.
const (
	headerCacheControl    = "Cache-Control"
	headerContentEncoding = "Content-Encoding"
	headerContentLength   = "Content-Length"
	headerContentRange    = "Content-Range"
	headerContentType     = "Content-Type"
)

// scripted is one response that may become a script.
type scripted struct {
	o        *Options
	w        http.ResponseWriter
	rec      *facts.Record
	callback string
	head     bool

	status   int   // what the handler chose; 0 as long as it has not
	wrapping bool  // the answer becomes a script
	sent     bool  // the header is sent, and the opening if there is a body
	closed   bool  // the closing bracket is written
	length   int64 // Content-Length as the handler announced it, or -1
	written  int64 // what the handler wrote
	escaper  scriptEscaper
}

// wrap returns the response for the handler.
func (b *scripted) wrap() http.ResponseWriter {
	return httpsnoop.Wrap(b.w, httpsnoop.Hooks{
		WriteHeader: func(httpsnoop.WriteHeaderFunc) httpsnoop.WriteHeaderFunc { return b.writeHeader },
		Write:       func(httpsnoop.WriteFunc) httpsnoop.WriteFunc { return b.write },
		ReadFrom: func(next httpsnoop.ReadFromFunc) httpsnoop.ReadFromFunc {
			return func(src io.Reader) (int64, error) {
				if b.wrapping || b.status == 0 && b.wraps(http.StatusOK) {
					return io.Copy(writerFunc(b.write), src)
				}
				n, err := next(src)
				if n > 0 && b.status == 0 { // an empty source decides nothing
					b.status = http.StatusOK
				}
				return n, err
			}
		},
		Flush:      func(httpsnoop.FlushFunc) httpsnoop.FlushFunc { return func() { _ = b.flush() } },
		FlushError: func(httpsnoop.FlushErrorFunc) httpsnoop.FlushErrorFunc { return b.flush },
		Hijack: func(next httpsnoop.HijackFunc) httpsnoop.HijackFunc {
			return func() (net.Conn, *bufio.ReadWriter, error) {
				conn, rw, err := next()
				if err == nil {
					b.status, b.wrapping = http.StatusSwitchingProtocols, false
				}
				return conn, rw, err
			}
		},
	})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// writeHeader takes the status. The header of a script waits for its first
// bytes, which may tell the length.
func (b *scripted) writeHeader(status int) {
	// 101 is final; net/http refuses what is below 100.
	if status < 200 && status != http.StatusSwitchingProtocols {
		b.w.WriteHeader(status)
		return
	}
	if b.status != 0 && b.wrapping && !b.sent {
		return
	}
	if b.decide(status); !b.wrapping || b.sent {
		b.w.WriteHeader(status)
	}
}

// decide fixes, once, the status and whether the answer becomes a script.
func (b *scripted) decide(status int) {
	if b.status != 0 {
		return
	}
	b.status = status
	b.wrapping = b.wraps(status)
	b.length = httpfield.Length(b.w.Header())
}

// wraps tells whether an answer with this status and the header as it is now
// becomes a script.
func (b *scripted) wraps(status int) bool {
	h := b.w.Header()
	encoding := h[headerContentEncoding]
	return httpfield.HasWholeBody(status) && isJSON(h.Get(headerContentType)) &&
		(len(encoding) == 0 || encoding[0] == "") && len(h[headerContentRange]) == 0 &&
		!b.rec.Withhold().JSONP
}

// isJSON tells whether a Content-Type's value is that of JSON in UTF-8.
func isJSON(contentType string) bool {
	mediaType, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "us-ascii") {
		return false
	}
	return mediaType == "application/json" || mediaType == "text/json" || strings.HasSuffix(mediaType, "+json")
}

// write takes bytes of the body.
func (b *scripted) write(p []byte) (int, error) {
	if b.decide(http.StatusOK); !b.wrapping {
		return b.w.Write(p)
	}
	if b.length >= 0 && b.written+int64(len(p)) > b.length {
		return 0, http.ErrContentLength
	}
	b.written += int64(len(p))
	scratch := scriptBuffers.Get().(*[]byte)
	out := (*scratch)[:0]
	defer func() {
		*scratch = out[:0]
		scriptBuffers.Put(scratch)
	}()

	whole := !b.sent && b.length == int64(len(p))
	if !b.sent {
		length := -1
		if whole {
			length = len(scriptBegin) + len(b.callback) + 1 + escapedLen(p) + len(scriptEnd)
		}
		b.sendHeader(length)
		out = b.appendBegin(out)
	}
	for n := 0; ; {
		part := p[n:min(len(p), n+partBytes)]
		out = b.escaper.append(out, part)
		if n+len(part) == len(p) && whole {
			out = b.appendEnd(out)
		}
		if _, err := b.w.Write(out); err != nil {
			return n, err
		}
		if n += len(part); n == len(p) {
			return n, nil
		}
		out = out[:0]
	}
}

// What is around the JSON and the callback's name. The comment keeps the first
// bytes of the answer out of the client's hands, so that they cannot be made to
// look like a file of another kind.
const (
	scriptBegin = "/**/"
	scriptEnd   = ");"
)

func (b *scripted) appendBegin(dst []byte) []byte {
	dst = append(dst, scriptBegin...)
	dst = append(dst, b.callback...)
	return append(dst, '(')
}

func (b *scripted) appendEnd(dst []byte) []byte {
	b.closed = true
	return append(b.escaper.rest(dst), scriptEnd...)
}

// partBytes is how much is escaped at once.
const partBytes = 16 << 10

// scriptBuffers holds buffers in which parts are escaped.
var scriptBuffers = sync.Pool{New: func() any { b := make([]byte, 0, partBytes+partBytes/8); return &b }}

// flush sends what is there, header and opening included.
func (b *scripted) flush() error {
	if b.decide(http.StatusOK); b.wrapping && !b.sent {
		b.sendHeader(-1)
		if !b.head {
			if _, err := b.w.Write(b.appendBegin(nil)); err != nil {
				return err
			}
		}
	}
	return http.NewResponseController(b.w).Flush()
}

// sendHeader sends the header of a script; length is -1 when it is not known.
// Nothing in the header changes before: until here, a handler that panics can
// still be answered for with another response.
func (b *scripted) sendHeader(length int) {
	b.sent = true
	h := b.w.Header()
	h[headerContentType] = []string{"text/javascript; charset=utf-8"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	httpfield.DropBody(h)
	if length >= 0 && !httpfield.HasTrailers(h) {
		h[headerContentLength] = []string{strconv.Itoa(length)}
	}
	if b.o.Attachment {
		h["Content-Disposition"] = []string{`attachment; filename="f.txt"`}
	}
	status := b.status
	if b.o.StatusOK && status >= http.StatusBadRequest {
		status = http.StatusOK
		if len(h[headerCacheControl]) == 0 {
			h[headerCacheControl] = []string{"no-store"}
		}
	}
	b.w.WriteHeader(status)
}

// finish completes the answer of a handler that returned.
func (b *scripted) finish() {
	if b.status == 0 {
		if b.decide(http.StatusOK); !b.wrapping {
			return // nothing was written: net/http sends the header
		}
	}
	switch {
	case !b.wrapping || b.closed:
	case b.head && b.written == 0:
		if !b.sent {
			b.sendHeader(-1)
		}
	case b.length >= 0 && b.written != b.length:
		// The handler announced more than it wrote. Without a script around it,
		// net/http would cut the answer off.
		panic(http.ErrAbortHandler)
	default:
		var out []byte
		if !b.sent {
			b.sendHeader(len(scriptBegin) + len(b.callback) + 1 + len(scriptEnd))
			out = b.appendBegin(out)
		}
		_, _ = b.w.Write(b.appendEnd(out)) // a client that is gone: nobody is left to tell
	}
}
