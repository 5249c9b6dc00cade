package jsonp

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/respw"
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
	respw.Writer
	o        *Options
	rec      *facts.Record
	callback string
	head     bool

	closed  bool  // the closing bracket is written
	length  int64 // Content-Length as the handler announced it, or -1
	written int64 // what the handler wrote
	escaper scriptEscaper
}

// Begin decides whether the answer becomes a script. The header of a script
// waits for its first bytes, which may tell the length.
func (b *scripted) Begin(status int) {
	b.length = httpfield.Length(b.Header())
	if !b.wraps(status) {
		b.Pass()
	}
}

// wraps tells whether an answer with this status and the header as it is now
// becomes a script.
func (b *scripted) wraps(status int) bool {
	h := b.Header()
	encoding := h[headerContentEncoding]
	return httpfield.HasWholeBody(status) && httpfield.IsUTF8JSON(h.Get(headerContentType)) &&
		(len(encoding) == 0 || encoding[0] == "") && len(h[headerContentRange]) == 0 &&
		!b.rec.Withhold().JSONP
}

// Write takes bytes of the JSON.
func (b *scripted) Write(p []byte) (int, error) {
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

	whole := !b.Sent() && b.length == int64(len(p))
	if !b.Sent() {
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
		if _, err := b.Below().Write(out); err != nil {
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

// Flush sends what is there, header and opening included.
func (b *scripted) Flush() error {
	if b.Sent() {
		return nil
	}
	b.sendHeader(-1)
	if b.head {
		return nil
	}
	_, err := b.Below().Write(b.appendBegin(nil))
	return err
}

// Yield leaves what was written as it is: none of it is held back.
func (b *scripted) Yield() error { return nil }

// sendHeader sends the header of a script; length is -1 when it is not known.
// Nothing in the header changes before: until here, a handler that panics can
// still be answered for with another response.
func (b *scripted) sendHeader(length int) {
	h := b.Open()
	h[headerContentType] = []string{"text/javascript; charset=utf-8"}
	h["X-Content-Type-Options"] = []string{"nosniff"}
	httpfield.DropBody(h)
	if length >= 0 && !httpfield.HasTrailers(h) {
		h[headerContentLength] = []string{strconv.Itoa(length)}
	}
	if b.o.Attachment {
		h["Content-Disposition"] = []string{`attachment; filename="f.txt"`}
	}
	status := b.Status()
	if b.o.StatusOK && status >= http.StatusBadRequest {
		status = http.StatusOK
		if len(h[headerCacheControl]) == 0 {
			h[headerCacheControl] = []string{"no-store"}
		}
	}
	b.Send(status)
}

// finish completes the answer of a handler that returned.
func (b *scripted) finish() {
	if b.Status() == 0 && !b.Hijacked() {
		if !b.wraps(http.StatusOK) {
			return // nothing was written: net/http sends the header
		}
		b.Writer.Begin(http.StatusOK)
	}
	switch {
	case b.Passing() || b.closed:
	case b.head && b.written == 0:
		if !b.Sent() {
			b.sendHeader(-1)
		}
	case b.length >= 0 && b.written != b.length:
		// The handler announced more than it wrote. Without a script around it,
		// net/http would cut the answer off.
		panic(http.ErrAbortHandler)
	default:
		var out []byte
		if !b.Sent() {
			b.sendHeader(len(scriptBegin) + len(b.callback) + 1 + len(scriptEnd))
			out = b.appendBegin(out)
		}
		_, _ = b.Below().Write(b.appendEnd(out)) // a client that is gone: nobody is left to tell
	}
}
