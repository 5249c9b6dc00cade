package compress

import (
	"net/http"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// sendPlain sends the header of a response that is not encoded.
func (b *compressed) sendPlain() {
	b.phase = plain
	h := b.w.Header()
	b.addVary(h)
	if b.status == http.StatusNotModified && b.pool != nil {
		// The client's copy may be the encoded one: name the tag that it has.
		if tag, ok := httpfield.WeakTag(h); ok && listsTag(b.r.Header[fieldIfNoneMatch], tag) {
			h[fieldETag] = []string{tag}
		}
	}
	b.sent = true
	b.w.WriteHeader(b.status)
}

// startEncoding goes over to encoding, or to what stands in its place: HEAD has
// no body, and a client that has this very body is told so.
func (b *compressed) startEncoding() {
	h := b.w.Header()
	head := b.r.Method == http.MethodHead
	tag, strong := httpfield.WeakTag(h)
	switch {
	case strong && b.status == http.StatusOK && (head || b.r.Method == http.MethodGet) && listsTag(b.r.Header[fieldIfNoneMatch], tag):
		// The handler knows only the strong tag, and compared the two as texts.
		b.describeEncoded(h)
		delete(h, fieldContentType)
		b.discard(http.StatusNotModified)
	case head:
		b.describeEncoded(h)
		b.discard(b.status)
	default:
		b.phase = encoding
		b.enc = b.pool.get((*encodedOutput)(b))
		if httpfield.HasTrailers(h) {
			// Waiting would take trailers that are set meanwhile for headers.
			b.sendEncoded(-1)
		}
	}
}

// discard sends the header of a response that has no body, whatever is written.
func (b *compressed) discard(status int) {
	b.phase = discarding
	b.sent = true
	b.w.WriteHeader(status)
}

// describeEncoded makes the header that of the encoded variant.
func (b *compressed) describeEncoded(h http.Header) {
	b.addVary(h)
	httpfield.DropBody(h)
	if b.typed != "" {
		h[fieldContentType] = []string{b.typed}
	}
}

// sendEncoded sends the header of an encoded response, once; length is that of
// the encoded body, or -1. Nothing in the header changes before: until here, a
// handler that panics can still be answered for with another response.
func (b *compressed) sendEncoded(length int64) {
	if b.sent {
		return
	}
	h := b.w.Header()
	b.describeEncoded(h)
	h[fieldContentEncoding] = []string{b.pool.coding}
	if length >= 0 && !httpfield.HasTrailers(h) {
		h[fieldContentLength] = []string{strconv.FormatInt(length, 10)}
	}
	b.sent = true
	b.w.WriteHeader(b.status)
}

// encodedOutput is where the encoder's output goes.
type encodedOutput compressed

func (o *encodedOutput) Write(p []byte) (int, error) {
	(*compressed)(o).sendEncoded(-1)
	return o.w.Write(p)
}

// finish completes the response of a handler that returned.
func (b *compressed) finish() {
	if b.hijacked {
		return
	}
	if b.status == 0 {
		if b.r.Method != http.MethodHead {
			b.addVary(b.w.Header()) // net/http sends it, with an empty body
			return
		}
		b.WriteHeader(http.StatusOK)
	}
	switch b.phase {
	case undecided:
		if b.held() < b.c.minBytes { // the whole body is less than the minimum
			b.sendPlain()
			_ = b.release() // a client that is gone: nobody is left to tell
			return
		}
		_, _ = b.settle(nil)
	}
	switch b.phase {
	case encoding:
		if b.length >= 0 && b.written != b.length {
			// The handler announced more than it wrote. A plain response would
			// be cut off by net/http; this one must not look whole either.
			b.abandon()
			panic(http.ErrAbortHandler)
		}
		if b.enc.close() == nil {
			b.sendEncoded(int64(b.enc.out.Buffered()))
			_ = b.enc.out.Flush() // as above
		}
		b.abandon()
	}
}

// abandon ends the response as it is: what was not sent is dropped, and an
// encoded body is not completed. The encoder and the buffers go back.
func (b *compressed) abandon() {
	b.forget()
	if b.enc != nil {
		b.pool.put(b.enc)
		b.enc = nil
		b.phase = over
	}
}
