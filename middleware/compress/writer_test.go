package compress_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/respw/respwtest"
	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestMatrix(t *testing.T) {
	t.Parallel()
	accepting := func(coding string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Accept-Encoding", coding) }
	}
	decoded := func(coding string, body []byte) ([]byte, error) {
		text, err := decode(coding, body)
		return []byte(text), err
	}
	none := []string{"application/x-none"}
	for _, tt := range []struct {
		name   string
		o      compress.Options
		matrix respwtest.Matrix
	}{
		{"identity", compress.Options{}, respwtest.Matrix{}},
		{"gzip", compress.Options{}, respwtest.Matrix{Prepare: accepting("gzip"), Decode: decoded}},
		{"zstd", compress.Options{}, respwtest.Matrix{Prepare: accepting("zstd"), Decode: decoded}},
		{"gzip accepted, nothing worth it", compress.Options{Types: none}, respwtest.Matrix{Prepare: accepting("gzip")}},
		{"gzip accepted, nothing long enough", compress.Options{MinBytes: 1 << 20, Types: none}, respwtest.Matrix{Prepare: accepting("gzip")}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.matrix.Piece = newCompressor(t, tt.o).Handler
			tt.matrix.Run(t)
		})
	}
}

// The writer has the same methods as the one below, whatever that is.
func TestWriterHasTheMethodsOfTheOneBelow(t *testing.T) {
	t.Parallel()
	type bare struct{ http.ResponseWriter }
	piece := newCompressor(t, compress.Options{})
	for _, accept := range []string{"", "gzip"} {
		rec := httptest.NewRecorder()
		for _, w := range []http.ResponseWriter{rec, bare{rec}} {
			var inside http.ResponseWriter
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", accept)
			piece.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				inside = w
				text(page)(w, r)
			})).ServeHTTP(w, r)
			_, flusher := w.(http.Flusher)
			if _, ok := inside.(http.Flusher); ok != flusher {
				t.Errorf("%T: Flusher is %t inside, %t outside", w, ok, flusher)
			}
			if _, ok := inside.(http.Hijacker); ok {
				t.Errorf("%T: got a Hijacker", w)
			}
		}
		if got := rec.Header().Get("Content-Encoding"); got != accept {
			t.Errorf("Content-Encoding: got %q, want %q", got, accept)
		}
	}
}

// Files that are not encoded must reach the ReadFrom of net/http, which alone can
// have the kernel send them.
func TestPlainFilesReachReadFrom(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, accept, mediaType string
		length                  bool
	}{
		{"not accepted", "", "text/plain", true},
		{"packed already", "gzip", "image/png", true},
		{"packed, no length", "gzip", "image/png", false},
		{"packed, type unknown", "gzip", "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "\x89PNG\x0D\x0A\x1A\x0A" + strings.Repeat("\x00", 100_000)
			w := &readerFrom{ResponseRecorder: httptest.NewRecorder()}
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", tt.accept)
			newCompressor(t, compress.Options{}).Handler(typed(tt.mediaType, func(w http.ResponseWriter) {
				if tt.length {
					w.Header().Set("Content-Length", strconv.Itoa(len(body)))
				}
				n, err := io.Copy(w, struct{ io.Reader }{strings.NewReader(body)})
				if n != int64(len(body)) || err != nil {
					t.Errorf("copied %d, %v", n, err)
				}
			})).ServeHTTP(w, r)
			if w.Body.String() != body {
				t.Errorf("got another body of %d bytes", w.Body.Len())
			}
			if least := int64(len(body)) - 1024; w.read < least {
				t.Errorf("ReadFrom got %d bytes, want at least %d", w.read, least)
			}
		})
	}
}

// readerFrom has the methods of net/http's writer over HTTP/1.
type readerFrom struct {
	*httptest.ResponseRecorder
	read int64
}

func (w *readerFrom) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return nil, nil, http.ErrNotSupported
}

func (w *readerFrom) ReadFrom(src io.Reader) (int64, error) {
	n, err := io.Copy(w.ResponseRecorder, src)
	w.read += n
	return n, err
}
