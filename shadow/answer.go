package shadow

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/respw"
)

const (
	contentType     = "Content-Type"
	contentEncoding = "Content-Encoding"
)

// answer is the part of a handler's response that is kept.
type answer struct {
	status int // 0 if there is none yet
	header http.Header
	body   []byte
	most   int64
	long   bool   // the body was longer than most
	unfit  string // why it cannot be compared, or ""
	took   time.Duration
}

// begin records the header that is about to be sent.
func (a *answer) begin(status int, h http.Header) {
	if a.status != 0 || status < 200 && status != http.StatusSwitchingProtocols {
		return
	}
	a.status, a.header = status, h.Clone()
	switch status {
	case http.StatusSwitchingProtocols:
		a.unfit = streamed
	case http.StatusNotModified, http.StatusPreconditionFailed, http.StatusPartialContent, http.StatusRequestedRangeNotSatisfiable:
		a.unfit = conditional
	}
	if mediatype.Essence(h.Get(contentType)) == "text/event-stream" {
		a.unfit = streamed
	}
}

// keep keeps a part of the body.
func (a *answer) keep(p []byte) {
	if _, typed := a.header[contentType]; !typed && len(p) > 0 && len(a.body) == 0 && a.header.Get(contentEncoding) == "" {
		a.header.Set(contentType, http.DetectContentType(p)) // as net/http does
	}
	if a.long = a.long || int64(len(a.body)+len(p)) > a.most; a.long {
		a.body, a.unfit = nil, tooLong
		return
	}
	a.body = append(a.body, p...)
}

var errEncoded = errors.New("encoded")

// plain returns the body with its content coding removed.
func (a *answer) plain() ([]byte, error) {
	switch coding := strings.ToLower(strings.Join(a.header[contentEncoding], ",")); {
	case coding == "" || coding == "identity" || len(a.body) == 0:
		return a.body, nil
	case coding != "gzip" && coding != "x-gzip":
		return nil, errEncoded
	}
	z, err := gzip.NewReader(bytes.NewReader(a.body))
	if err != nil {
		return nil, errEncoded
	}
	body, err := io.ReadAll(io.LimitReader(z, a.most+1))
	if err != nil || int64(len(body)) > a.most {
		return nil, errEncoded
	}
	return body, nil
}

// witness is the client's response, of which a copy is kept.
type witness struct {
	respw.Writer
	seen   *answer
	silent bool // there will be no body: HEAD
}

// Begin sends the header, and lets the body pass directly if no copy is needed.
func (w *witness) Begin(status int) {
	w.seen.begin(status, w.Header())
	if w.silent || w.seen.unfit != "" {
		w.Pass()
		return
	}
	w.Open()
	w.Send(status)
}

func (w *witness) Write(p []byte) (int, error) {
	n, err := w.Below().Write(p)
	if w.seen.keep(p[:n]); w.seen.unfit != "" {
		w.Pass()
	}
	return n, err
}

func (w *witness) Flush() error { return nil }
func (w *witness) Yield() error { return nil }

// nowhere is the response of the second handler, which goes to no client.
type nowhere struct {
	header http.Header
	seen   *answer
}

func (w *nowhere) Header() http.Header { return w.header }

func (w *nowhere) WriteHeader(status int) { w.seen.begin(status, w.header) }

func (w *nowhere) Write(p []byte) (int, error) {
	w.seen.begin(http.StatusOK, w.header)
	w.seen.keep(p)
	return len(p), nil
}

func (w *nowhere) Flush() { w.seen.begin(http.StatusOK, w.header) }
