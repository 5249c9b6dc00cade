package compress_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestRangesAreThoseOfThePlainBody(t *testing.T) { // Z5
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(tagged(`"v1"`))
	bothProtocols(t, h, func(t *testing.T, s server) {
		t.Run("206 stays plain", func(t *testing.T) {
			a := s.get(t, "gzip", "Range", "bytes=0-2999")
			if a.status != 206 || a.coding() != "" || string(a.sent) != page[:3000] || a.header.Get("ETag") != `"v1"` {
				t.Errorf("got %d, %d bytes, %v", a.status, len(a.sent), a.header)
			}
		})
		t.Run("416 stays plain", func(t *testing.T) {
			if a := s.get(t, "gzip", "Range", "bytes=999999999-"); a.status != 416 || a.coding() != "" {
				t.Errorf("got %d, %v", a.status, a.header)
			}
		})
		t.Run("none are offered of an encoded body", func(t *testing.T) {
			if a := s.get(t, "gzip"); a.coding() != "gzip" || a.header.Get("Accept-Ranges") != "" {
				t.Errorf("got %v", a.header)
			}
		})
		t.Run("they are offered of a plain body", func(t *testing.T) {
			if a := s.get(t, ""); a.header.Get("Accept-Ranges") != "bytes" {
				t.Errorf("got %v", a.header)
			}
		})
	})
}

// Content-Range counts plain bytes, with whatever status it is sent.
func TestBodiesWithContentRangeStayPlain(t *testing.T) {
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("Content-Range", "bytes 0-8399/9000")
		_, _ = io.WriteString(w, page)
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "gzip"); a.coding() != "" || string(a.sent) != page {
			t.Errorf("got %d bytes, %v", len(a.sent), a.header)
		}
	})
}
