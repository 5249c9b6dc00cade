package sidekicktest

import (
	"bytes"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
)

// recorder is the response writer for the handler. Unlike httptest's, it does not mistake a 1xx
// for the response, and it detects the type of a body after an explicit WriteHeader, as a server
// does.
type recorder struct {
	header http.Header
	sent   http.Header // the header when it was sent; nil before
	status int
	body   bytes.Buffer
	typed  bool // too late to detect the body's type
}

func (w *recorder) Header() http.Header { return w.header }

func (w *recorder) WriteHeader(status int) {
	if status < 100 || status > 999 {
		panic(fmt.Sprintf("invalid WriteHeader code %v", status)) // as net/http does
	}
	if w.sent != nil || status <= 199 && status != http.StatusSwitchingProtocols {
		return
	}
	w.status, w.sent = status, w.header.Clone()
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.sent == nil {
		w.WriteHeader(http.StatusOK)
	}
	if !hasBody(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	return w.body.Write(b)
}

// Flush sends what there is, at least the header.
func (w *recorder) Flush() {
	if w.sent == nil {
		w.WriteHeader(http.StatusOK)
	}
	w.setType()
}

// setType sets the Content-Type detected from the body, unless the header has one.
func (w *recorder) setType() {
	_, has := w.sent["Content-Type"]
	if !w.typed && !has && w.body.Len() > 0 && w.sent.Get("Content-Encoding") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	w.typed = true
}

// trailer returns the fields that the handler announced, or marked by [http.TrailerPrefix], and
// has set since; nil if there are none.
func (w *recorder) trailer() http.Header {
	out := http.Header{}
	for _, line := range w.sent["Trailer"] {
		for name := range strings.SplitSeq(line, ",") {
			name = http.CanonicalHeaderKey(textproto.TrimString(name))
			if values, ok := w.header[name]; ok {
				out[name] = values
			}
		}
	}
	for name, values := range w.header {
		if name, ok := strings.CutPrefix(name, http.TrailerPrefix); ok {
			out[http.CanonicalHeaderKey(name)] = values
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// hasBody reports whether a response with the status may have a body.
func hasBody(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}
