package compress_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestSkippedRequestsAreLeftAlone(t *testing.T) { // Z14
	t.Parallel()
	piece := newCompressor(t, compress.Options{Skip: func(r *http.Request) bool { return r.Header.Get("X-Skip") != "" }})
	bothProtocols(t, piece.Handler(text(page)), func(t *testing.T, s server) {
		if a := s.get(t, "gzip", "X-Skip", "1"); a.coding() != "" || a.header.Get("Vary") != "" || a.text != page {
			t.Errorf("skipped: got %v", a.header)
		}
		if a := s.get(t, "gzip"); a.coding() != "gzip" || a.text != page {
			t.Errorf("not skipped: got %v", a.header)
		}
	})
}

func TestActionsSwitchCompressionOff(t *testing.T) { // Z14
	t.Parallel()
	action := func(w http.ResponseWriter, r *http.Request) {
		_, rec := facts.Ensure(r)
		rec.SetWithhold(facts.Withhold{Compress: true})
		text(page)(w, r)
	}
	piece := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(action))
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, _ = facts.Ensure(r)
		piece.ServeHTTP(w, r)
	})
	bothProtocols(t, outside, func(t *testing.T, s server) {
		if a := s.get(t, "gzip"); a.coding() != "" || a.text != page {
			t.Errorf("got %v", a.header)
		}
	})
}

// Every value is as likely as every other, so of 60 responses many differ.
func TestPaddingVariesTheSize(t *testing.T) { // Z14
	t.Parallel()
	piece := newCompressor(t, compress.Options{MaxPaddingBytes: 64}).Handler(text(page))
	for _, coding := range []string{"gzip", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", coding)
			sizes, least, most := map[int]bool{}, 1<<20, 0
			for range 60 {
				w := httptest.NewRecorder()
				piece.ServeHTTP(w, r)
				size := w.Body.Len()
				if got, err := decode(coding, w.Body.Bytes()); got != page || err != nil {
					t.Fatalf("got %d bytes, %v", len(got), err)
				}
				sizes[size], least, most = true, min(least, size), max(most, size)
			}
			if len(sizes) < 20 || most-least > 63 {
				t.Errorf("got %d sizes from %d to %d, want many of 64", len(sizes), least, most)
			}
		})
	}
}
