package compress

import (
	"net/http"
	"strconv"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// sendPlain sends the header of a response that is not encoded.
func (b *response) sendPlain() {
	b.phase = plain
	h := b.Open()
	b.addVary(h)
	if b.Status() == http.StatusNotModified && b.pool != nil && b.tag != "" && httpfield.ListsWeakly(b.r.Header[fieldIfNoneMatch], b.tag) {
		// The client's copy may be the encoded one, so send the tag that it has.
		h[fieldETag] = []string{httpfield.WeakPrefix + b.tag}
	}
	b.Send(b.Status())
	b.Pass()
}

// startEncoding starts to encode. A response to HEAD gets no body, and if the
// client already has this body, the response is a 304.
func (b *response) startEncoding() {
	method, status := b.r.Method, b.Status()
	switch {
	case b.tag != "" && status == http.StatusOK && (method == http.MethodGet || method == http.MethodHead) &&
		httpfield.ListsWeakly(b.r.Header[fieldIfNoneMatch], b.tag):
		// The handler knows only the strong tag, and compared the two as strings.
		h := b.Open()
		b.describeEncoded(h)
		delete(h, fieldContentType)
		b.discard(http.StatusNotModified)
	case method == http.MethodHead:
		b.describeEncoded(b.Open())
		b.discard(status)
	default:
		b.phase = encoding
		b.enc = b.pool.get((*encodedOutput)(b))
	}
}

// discard sends the header of a response without a body and drops what is written.
func (b *response) discard(status int) {
	b.phase = discarding
	b.Send(status)
}

// describeEncoded turns the header into that of the encoded variant.
func (b *response) describeEncoded(h http.Header) {
	b.addVary(h)
	httpfield.DropBody(h)
	if b.found != "" {
		h[fieldContentType] = []string{b.found}
	}
}

// sendEncoded sends the header of an encoded response, once. length is that of the
// encoded body, or -1. The header is not changed before this point, so that a panic
// until then can still be answered with another response.
func (b *response) sendEncoded(length int64) {
	if b.Sent() {
		return
	}
	h := b.Open()
	b.describeEncoded(h)
	h[fieldContentEncoding] = []string{b.pool.coding}
	// Trailers need a body without Content-Length.
	if length >= 0 && !httpfield.HasTrailers(h) {
		h[fieldContentLength] = []string{strconv.FormatInt(length, 10)}
	}
	b.Send(b.Status())
}

// encodedOutput receives the encoder's output.
type encodedOutput response

func (o *encodedOutput) Write(p []byte) (int, error) {
	b := (*response)(o)
	b.sendEncoded(-1)
	return b.Below().Write(p)
}

// finish completes the response after the handler has returned.
func (b *response) finish() {
	if b.Hijacked() {
		b.abandon()
		return
	}
	if b.Status() == 0 {
		if b.r.Method != http.MethodHead {
			b.addVary(b.Header()) // net/http sends it, with an empty body
			return
		}
		b.Writer.Begin(http.StatusOK)
	}
	if b.phase == undecided {
		if b.held() < b.c.minBytes { // the whole body is shorter than the minimum
			b.sendPlain()
			_ = b.release() // an error means that the client has gone
			return
		}
		_, _ = b.settle(nil)
	}
	if b.phase == encoding {
		if b.length >= 0 && b.written != b.length {
			// The handler announced more than it wrote. net/http would cut off a plain
			// response; this one must not look complete either.
			b.abandon()
			panic(http.ErrAbortHandler)
		}
		_ = b.complete() // likewise
	}
	b.abandon()
}

// complete ends the encoded body and sends the rest of it.
func (b *response) complete() error {
	if err := b.enc.close(); err != nil {
		return err
	}
	b.sendEncoded(int64(b.enc.out.Buffered()))
	return b.enc.out.Flush()
}

// abandon ends the response as it is: what was not sent is dropped, and an encoded
// body is not completed. The encoder and the buffers go back to their pools.
func (b *response) abandon() {
	b.forget()
	if b.enc != nil {
		b.pool.put(b.enc)
		b.enc = nil
		b.phase = over
	}
}
