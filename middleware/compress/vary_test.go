package compress_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// Caches need Vary on every variant of a URL, whether it is encoded or not.
func TestEveryResponseHasVaryOnce(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{})
	// varied answers as another piece does that sets Vary to the values of X-Vary.
	varied := func(write func(w http.ResponseWriter)) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Vary"] = slices.Clone(r.Header["X-Vary"])
			typed("text/plain", write)(w, r)
		}
	}
	responses := byCase{
		"long":      varied(func(w http.ResponseWriter) { _, _ = io.WriteString(w, page) }),
		"too small": varied(func(w http.ResponseWriter) { _, _ = io.WriteString(w, "small") }),
		"304":       varied(func(w http.ResponseWriter) { w.WriteHeader(304) }),
		"204":       varied(func(w http.ResponseWriter) { w.WriteHeader(204) }),
		"nothing":   varied(func(http.ResponseWriter) {}),
		"flushed":   varied(func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }),
		"copied":    varied(func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader(page)) }),
	}
	responses["two layers"] = piece.Handler(responses["long"]).ServeHTTP
	s := serve(t, piece.Handler(responses), 1)
	for _, tt := range []struct { // Z3
		name string
		vary []string
		want string
	}{
		{"none", nil, "Accept-Encoding"},
		{"there already", []string{"accept-encoding"}, "accept-encoding"},
		{"in a list", []string{"Origin, Accept-Encoding"}, "Origin, Accept-Encoding"},
		{"another", []string{"Origin"}, "Origin, Accept-Encoding"},
		{"two lines", []string{"Origin", "Cookie"}, "Origin, Cookie, Accept-Encoding"},
		{"a name alike", []string{"X-Accept-Encoding"}, "X-Accept-Encoding, Accept-Encoding"},
		{"all", []string{"*"}, "*"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var vary []string
			for _, value := range tt.vary {
				vary = append(vary, "X-Vary", value)
			}
			for name := range responses {
				for _, method := range []string{"GET", "HEAD", "POST"} {
					for _, accept := range []string{"", "gzip", "br"} {
						a := s.ask(t, method, accept, append(vary, "X-Case", name)...)
						if got := a.header.Values("Vary"); len(got) != 1 || got[0] != tt.want {
							t.Errorf("%s, %s %q: got %q, want %q", name, method, accept, got, tt.want)
						}
					}
				}
			}
		})
	}
}
