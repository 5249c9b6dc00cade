package compress

import (
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// phase says what happens to what the handler writes.
type phase uint8

const (
	undecided  phase = iota // held back until it is decided whether to encode
	plain                   // passed on unchanged
	encoding                // passed on through the encoder
	discarding              // dropped: the header has been sent, and there is no body
	complete                // refused: the announced length has been written
	over                    // refused: the handler has returned
)

// sniffBytes is how much http.DetectContentType looks at.
const sniffBytes = 512

var errOver = errors.New("compress: written to a response after its handler returned")

// response is the response as the handler sees it. It lives for one request and,
// unlike its encoder and buffers, is not pooled: a handler that keeps it after
// returning must not write into another response.
type response struct {
	respw.Writer
	c    *Compressor
	r    *http.Request
	rec  *facts.Record // nil if no outer piece has made one
	pool *encoderPool  // nil if only Vary is to be added

	length  int64  // Content-Length as announced by the handler, or -1
	written int64  // bytes the handler wrote, to compare with length
	found   string // the detected media type; "" if the handler set one
	tag     string // the strong entity tag, or ""
	head    *[]byte
	enc     *encoder
	vary    [1]string // the value of Vary, in this allocation
	wait    int32     // how much of the body decides
	phase   phase
	typed   bool // the handler has set a type that is worth encoding
}

// around returns the response for the handler, as http.ResponseWriter and as
// itself.
func (c *Compressor) around(w http.ResponseWriter, r *http.Request, rec *facts.Record, pool *encoderPool) (http.ResponseWriter, *response) {
	b := &response{c: c, r: r, rec: rec, pool: pool}
	b.Init(w, b)
	return b.Face(), b
}

// Begin sends the header if the response will not be encoded. Otherwise the header
// waits for the first bytes of output, so that an earlier panic can still be
// answered with another response.
func (b *response) Begin(status int) {
	h := b.Header()
	b.tag, _ = httpfield.StrongTag(h)
	b.length = -1
	if !b.mayEncode(h, status) {
		b.sendPlain()
		return
	}
	var contentType []string
	contentType, b.typed = h[fieldContentType]
	switch {
	case b.typed && !b.worth(contentType), b.refused(h):
		b.sendPlain()
	case b.typed && b.length >= 0:
		b.startEncoding() // mayEncode has checked that it is long enough
	default:
		n := b.needed()
		b.wait = int32(n) // MinBytes is at most 1 MiB
		b.Need(n)
	}
}

// mayEncode reports whether status and length allow the body to be encoded.
func (b *response) mayEncode(h http.Header, status int) bool {
	if b.pool == nil || !httpfield.HasWholeBody(status) {
		return false
	}
	b.length = httpfield.Length(h)
	return b.length < 0 || b.length >= int64(b.c.minBytes)
}

// worth reports whether bodies of this Content-Type compress well.
func (b *response) worth(contentType []string) bool {
	return len(contentType) > 0 && b.c.types.has(contentType[0])
}

// refused reports whether the handler wants the body left alone.
func (b *response) refused(h http.Header) bool {
	if v := h[fieldContentEncoding]; len(v) > 0 && v[0] != "" {
		return true
	}
	return len(h[fieldContentRange]) > 0 ||
		httpfield.ListHas(h[fieldCacheControl], "no-transform") ||
		b.rec != nil && b.rec.Withhold().Compress
}

// needed returns how much of the body decides: enough to reach the minimum, and to
// detect the type if the handler set none.
func (b *response) needed() int {
	n := 0
	if b.length < 0 {
		n = b.c.minBytes
	}
	if !b.typed {
		n = max(n, sniffBytes)
	}
	return n
}

func (b *response) Write(p []byte) (int, error) {
	if b.phase != undecided {
		return b.pass(p)
	}
	if b.held()+len(p) < int(b.wait) {
		b.hold(p)
		b.Need(int(b.wait) - b.held())
		return len(p), nil
	}
	b.Need(0)
	return b.settle(p)
}

// Flush sends everything so far, including the header. Whether to encode must then
// be decided without knowing the length.
func (b *response) Flush() error {
	if b.phase == undecided {
		if _, err := b.settle(nil); err != nil {
			return err
		}
	}
	if b.phase == encoding {
		if err := b.enc.flush(); err != nil {
			return err
		}
		b.sendEncoded(-1) // nothing may have been written yet
	}
	return nil
}

// Yield sends what was held back, as the handler wrote it.
func (b *response) Yield() error {
	if b.phase != undecided {
		return b.Flush()
	}
	b.sendPlain()
	return b.release()
}

// pass passes p on once the phase is decided.
func (b *response) pass(p []byte) (int, error) {
	switch b.phase {
	case plain:
		return b.Below().Write(p)
	case encoding:
		return b.encode(p)
	case discarding:
		return len(p), nil
	case complete:
		return 0, http.ErrContentLength
	default:
		return 0, errOver
	}
}

// encode passes p to the encoder. A body of announced length is completed and sent
// with its last byte.
func (b *response) encode(p []byte) (int, error) {
	if b.length >= 0 && b.written+int64(len(p)) > b.length {
		return 0, http.ErrContentLength
	}
	b.written += int64(len(p))
	n, err := b.enc.Write(p)
	if err == nil && b.written == b.length {
		b.phase = complete
		err = b.complete()
	}
	return n, err
}

// settle decides by the first bytes of the body: those held back, then p.
func (b *response) settle(p []byte) (int, error) {
	n := 0
	worth := b.typed
	switch {
	case worth:
	case b.held() > 0:
		n = max(0, min(len(p), sniffBytes-b.held()))
		b.hold(p[:n])
		p = p[n:]
		b.found = http.DetectContentType(*b.head)
		worth = b.c.types.has(b.found)
	case len(p) > 0:
		b.found = http.DetectContentType(p)
		worth = b.c.types.has(b.found)
	}
	if worth {
		b.startEncoding()
	} else {
		b.sendPlain()
	}
	if err := b.release(); err != nil {
		return 0, err
	}
	if len(p) == 0 {
		return n, nil
	}
	m, err := b.pass(p)
	return n + m, err
}

// held returns how many bytes are held back.
func (b *response) held() int {
	if b.head == nil {
		return 0
	}
	return len(*b.head)
}

// hold adds a copy of p to what is held back.
func (b *response) hold(p []byte) {
	if b.head == nil {
		b.head = b.c.heads.Get().(*[]byte)
	}
	*b.head = append(*b.head, p...)
}

// release passes on what was held back.
func (b *response) release() error {
	if b.head == nil {
		return nil
	}
	_, err := b.pass(*b.head)
	b.forget()
	return err
}

// forget drops what was held back.
func (b *response) forget() {
	if b.head != nil {
		*b.head = (*b.head)[:0]
		b.c.heads.Put(b.head)
		b.head = nil
	}
}
