package compress_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestResponsesWithoutABodyStayEmpty(t *testing.T) {
	t.Parallel()
	hinted := func(status int) http.HandlerFunc {
		return typed("text/plain", func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusEarlyHints)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, page)
		})
	}
	h := newCompressor(t, compress.Options{}).Handler(byCase{"200": hinted(200), "204": hinted(204), "304": hinted(304)})
	bothProtocols(t, h, func(t *testing.T, s server) {
		for _, tt := range []struct { // Z4
			name, method, response string
			status                 int
		}{
			{"204", "GET", "204", 204},
			{"304", "GET", "304", 304},
			{"HEAD", "HEAD", "200", 200},
			{"HEAD and 304", "HEAD", "304", 304},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a := s.ask(t, tt.method, "gzip", "X-Case", tt.response)
				if a.status != tt.status || len(a.sent) != 0 || a.coding() != "" || a.err != nil {
					t.Errorf("got %d, %d bytes, %v, %v", a.status, len(a.sent), a.header, a.err)
				}
			})
		}
		t.Run("200 after 103 has its body", func(t *testing.T) {
			if a := s.get(t, "gzip", "X-Case", "200"); a.status != 200 || a.coding() != "gzip" || a.text != page {
				t.Errorf("got %d, %v", a.status, a.header)
			}
		})
	})
}

// The length of the encoded body is not known without encoding it.
func TestHEADHasTheLengthOfPlainBodiesOnly(t *testing.T) {
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"v1"`)
		w.Header().Set("Content-Length", r.Header.Get("X-Length"))
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		for _, tt := range []struct { // Z4
			name, accept, length string
			want                 int64
			tag                  string
		}{
			{"not accepted", "", "5000", 5000, `"v1"`},
			{"too short", "gzip", "500", 500, `"v1"`},
			{"to be encoded", "gzip", "5000", -1, `W/"v1"`},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a := s.ask(t, "HEAD", tt.accept, "X-Length", tt.length)
				if a.length != tt.want || a.header.Get("ETag") != tt.tag {
					t.Errorf("got length %d, %v", a.length, a.header)
				}
			})
		}
	})
}
