package jsonp

import (
	"net/http"
	"strconv"
	"sync"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// Header names in the form in which http.Header stores them, for direct use as
// keys.
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

	closed  bool  // the closing bracket has been written
	length  int64 // Content-Length as announced by the handler, or -1
	written int64 // bytes the handler wrote
	escaper scriptEscaper
}

// Begin decides whether the response becomes a script. The header of a script waits
// for the first bytes, which may reveal the length.
func (b *scripted) Begin(status int) {
	b.length = httpfield.Length(b.Header())
	if !b.wraps(status) {
		b.Pass()
	}
}

// wraps reports whether a response with this status and the current header becomes
// a script.
func (b *scripted) wraps(status int) bool {
	h := b.Header()
	encoding := h[headerContentEncoding]
	return httpfield.HasWholeBody(status) && mediatype.IsUTF8JSON(h.Get(headerContentType)) &&
		(len(encoding) == 0 || encoding[0] == "") && len(h[headerContentRange]) == 0 &&
		!b.rec.Withhold().JSONP
}

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

// What surrounds the JSON and the callback. The comment keeps the client from
// choosing the first bytes of the response, which could make it look like a file of
// another kind.
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

// partBytes is how much is escaped at a time.
const partBytes = 16 << 10

// scriptBuffers holds buffers for escaped parts.
var scriptBuffers = sync.Pool{New: func() any { b := make([]byte, 0, partBytes+partBytes/8); return &b }}

// Flush sends everything so far, including the header and the opening.
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

// Yield has nothing to do, since nothing is held back.
func (b *scripted) Yield() error { return nil }

// sendHeader sends the header of a script. length is -1 if it is unknown. The
// header is not changed before this point, so that a panic until then can still be
// answered with another response.
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

// finish completes the response after the handler has returned.
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
		// The handler announced more than it wrote. net/http would cut off a plain
		// response as well.
		panic(http.ErrAbortHandler)
	default:
		var out []byte
		if !b.Sent() {
			b.sendHeader(len(scriptBegin) + len(b.callback) + 1 + len(scriptEnd))
			out = b.appendBegin(out)
		}
		_, _ = b.Below().Write(b.appendEnd(out)) // an error means that the client has gone
	}
}
