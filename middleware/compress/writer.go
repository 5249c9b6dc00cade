package compress

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// phase is what happens to what the handler writes.
type phase uint8

const (
	undecided  phase = iota // held back: whether to encode is open
	plain                   // passed on as it is
	encoding                // passed on through the encoder
	discarding              // dropped: the header is out, and has no body
	over                    // refused: the handler has returned
)

// sniffBytes is how much http.DetectContentType looks at.
const sniffBytes = 512

var errOver = errors.New("middleware: written to a response after its handler returned")

// compressed is the response as the handler sees it. It lives for one request
// and, unlike its encoder and buffers, is not pooled: a handler that keeps it
// past its return must not write into another's response.
type compressed struct {
	c    *Compressor
	w    http.ResponseWriter // the response around which this is
	r    *http.Request
	rec  *facts.Record // nil: no piece outside has made one
	pool *encoderPool  // nil: only Vary is to be added

	phase    phase
	sent     bool   // w has its final header
	hijacked bool   // nothing more to do
	status   int    // what the handler chose; 0 as long as it has not
	length   int64  // Content-Length as the handler announced it, or -1
	written  int64  // what the handler wrote, where length is to be held against it
	typed    string // the media type that was detected; "" if the handler set one
	head     *[]byte
	enc      *encoder
	vary     [1]string // the value of Vary, in this allocation
}

// Header returns the header of the response around which this is.
func (b *compressed) Header() http.Header { return b.w.Header() }

// WriteHeader takes the status, and sends the header if the response will not
// be encoded. Otherwise the header waits for the first bytes that go out: a
// handler that panics before leaves room for a whole answer about that.
func (b *compressed) WriteHeader(status int) {
	// 101 is final; net/http refuses what is below 100.
	if status < 200 && status != http.StatusSwitchingProtocols {
		b.w.WriteHeader(status)
		return
	}
	if b.status != 0 {
		if b.sent {
			b.w.WriteHeader(status) // net/http logs where it came from
		}
		return
	}
	b.status = status
	h := b.w.Header()
	if !b.mayEncode(h) {
		b.sendPlain()
		return
	}
	contentType, typed := h[fieldContentType]
	switch {
	case typed && !b.worth(contentType), b.refused(h):
		b.sendPlain()
	case typed && b.length >= 0:
		b.startEncoding() // it is long enough: mayEncode has looked
	}
}

// mayEncode tells whether status and length allow to encode the body.
func (b *compressed) mayEncode(h http.Header) bool {
	if b.pool == nil || !httpfield.HasWholeBody(b.status) {
		return false
	}
	b.length = httpfield.Length(h)
	return b.length < 0 || b.length >= int64(b.c.minBytes)
}

// worth tells whether bodies of this Content-Type shrink well.
func (b *compressed) worth(contentType []string) bool {
	return len(contentType) > 0 && b.c.types.has(contentType[0])
}

// refused tells whether the handler wants the body left alone.
func (b *compressed) refused(h http.Header) bool {
	if v := h[fieldContentEncoding]; len(v) > 0 && v[0] != "" {
		return true
	}
	return len(h[fieldContentRange]) > 0 ||
		httpfield.ListHas(h[fieldCacheControl], "no-transform") ||
		b.rec != nil && b.rec.Withhold().Compress
}

// Write takes bytes of the body.
func (b *compressed) Write(p []byte) (int, error) {
	if b.status == 0 {
		b.WriteHeader(http.StatusOK)
	}
	if b.phase == undecided {
		if b.held()+len(p) < b.wait() {
			b.hold(p)
			return len(p), nil
		}
		return b.settle(p)
	}
	return b.pass(p)
}

// WriteString is Write for a string.
func (b *compressed) WriteString(s string) (int, error) {
	if b.phase == plain && b.sent {
		return io.WriteString(b.w, s)
	}
	return b.Write([]byte(s))
}

// readFrom takes the body from src. What is not to be encoded goes to the
// response's own ReadFrom, which can send a file without copying it.
func (b *compressed) readFrom(src io.Reader) (n int64, err error) {
	if b.phase == undecided || b.phase == encoding {
		scratch := copyBuffers.Get().(*[]byte)
		defer copyBuffers.Put(scratch)
		for b.phase == undecided || b.phase == encoding {
			part := *scratch
			if b.phase == undecided {
				// No more than decides: the rest may go the short way. An empty
				// source decides nothing.
				part = part[:min(len(part), max(b.wait()-b.held(), 1))]
			}
			m, readErr := src.Read(part)
			if m > 0 {
				k, err := b.Write(part[:m])
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
	var m int64
	switch rf, ok := b.w.(io.ReaderFrom); {
	case b.phase == discarding:
		m, err = io.Copy(io.Discard, src)
	case b.phase == over:
		err = errOver
	case ok:
		m, err = rf.ReadFrom(src)
	default:
		m, err = io.Copy(struct{ io.Writer }{b.w}, src)
	}
	return n + m, err
}

// copyBuffers holds the buffers of readFrom, of io.Copy's size.
var copyBuffers = sync.Pool{New: func() any { b := make([]byte, 32<<10); return &b }}

// flush sends what is there, header included. Whether to encode must be
// decided now, without the length.
func (b *compressed) flush() error {
	if b.status == 0 {
		b.WriteHeader(http.StatusOK)
	}
	if b.phase == undecided {
		if _, err := b.settle(nil); err != nil {
			return err
		}
	}
	if b.phase == encoding {
		if err := b.enc.flush(); err != nil {
			return err
		}
		b.sendEncoded(-1) // where nothing was written yet
	}
	return http.NewResponseController(b.w).Flush()
}

// hijack hands the connection over; what was held back goes to the response,
// as it would have without a wait.
func (b *compressed) hijack() (net.Conn, *bufio.ReadWriter, error) {
	if b.status != 0 && b.phase == undecided {
		b.sendPlain()
		if err := b.release(); err != nil {
			return nil, nil, err
		}
	}
	conn, rw, err := http.NewResponseController(b.w).Hijack()
	if err == nil {
		b.abandon()
		b.hijacked, b.sent = true, true
		// What is still written here is refused by the response itself.
		b.phase, b.status = plain, http.StatusSwitchingProtocols
	}
	return conn, rw, err
}

// pass hands p on where its way is decided.
func (b *compressed) pass(p []byte) (int, error) {
	switch b.phase {
	case plain:
		return b.w.Write(p)
	case encoding:
		if b.length >= 0 && b.written+int64(len(p)) > b.length {
			return 0, http.ErrContentLength
		}
		b.written += int64(len(p))
		return b.enc.Write(p)
	case discarding:
		return len(p), nil
	default:
		return 0, errOver
	}
}

// settle decides with the first bytes of the body: those held back, then p.
func (b *compressed) settle(p []byte) (int, error) {
	n := 0
	contentType, ok := b.w.Header()[fieldContentType]
	switch {
	case ok:
		ok = b.worth(contentType)
	case b.held() > 0:
		n = max(0, min(len(p), sniffBytes-b.held()))
		b.hold(p[:n])
		p = p[n:]
		b.typed = http.DetectContentType(*b.head)
		ok = b.c.types.has(b.typed)
	case len(p) > 0:
		b.typed = http.DetectContentType(p)
		ok = b.c.types.has(b.typed)
	}
	if ok {
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

// wait returns how much of the body decides: enough to reach the minimum, and
// to detect the type where the handler set none.
func (b *compressed) wait() int {
	n := 0
	if b.length < 0 {
		n = b.c.minBytes
	}
	if _, typed := b.w.Header()[fieldContentType]; !typed {
		n = max(n, sniffBytes)
	}
	return n
}

// held returns how many bytes are held back.
func (b *compressed) held() int {
	if b.head == nil {
		return 0
	}
	return len(*b.head)
}

// hold keeps a copy of p back.
func (b *compressed) hold(p []byte) {
	if b.head == nil {
		b.head = b.c.heads.Get().(*[]byte)
	}
	*b.head = append(*b.head, p...)
}

// release passes on what was held back.
func (b *compressed) release() error {
	if b.head == nil {
		return nil
	}
	_, err := b.pass(*b.head)
	b.forget()
	return err
}

// forget drops what was held back.
func (b *compressed) forget() {
	if b.head != nil {
		*b.head = (*b.head)[:0]
		b.c.heads.Put(b.head)
		b.head = nil
	}
}
