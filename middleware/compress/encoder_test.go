package compress_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// Encoders are made once and returned to their pool however a response ends. This
// counts allocations, so nothing else may run at the same time.
func TestEncodersAreReused(t *testing.T) {
	body := []byte(strings.Repeat("words of a body ", 200))
	for _, tt := range []struct {
		name  string
		write func(w http.ResponseWriter)
	}{
		{"the length is known", func(w http.ResponseWriter) {
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
			_, _ = w.Write(body)
		}},
		{"the length is not known", func(w http.ResponseWriter) { _, _ = w.Write(body) }},
		{"more than was announced", func(w http.ResponseWriter) {
			w.Header()["Content-Length"] = []string{strconv.Itoa(len(body))}
			_, _ = w.Write(body)
			_, _ = w.Write(body)
		}},
		{"a flush", func(w http.ResponseWriter) {
			_, _ = w.Write(body)
			_ = http.NewResponseController(w).Flush()
		}},
		{"a panic", func(w http.ResponseWriter) {
			_, _ = w.Write(body)
			panic("on purpose")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			h := newCompressor(t, compress.Options{}).Handler(typed("text/plain", tt.write))
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", "gzip")
			w := &nowhere{http.Header{}}
			if n := testing.AllocsPerRun(200, func() {
				defer func() { _ = recover() }()
				clear(w.header)
				h.ServeHTTP(w, r)
			}); n > 20 { // the race detector takes some out of pools
				t.Errorf("got %v allocations for each response, as if each had an encoder made", n)
			}
		})
	}
}

// nowhere is a response that nobody reads.
type nowhere struct{ header http.Header }

func (w *nowhere) Header() http.Header         { return w.header }
func (w *nowhere) WriteHeader(int)             {}
func (w *nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (w *nowhere) Flush()                      {}
