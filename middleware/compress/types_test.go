package compress_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestOnlyLongBodiesOfCompressibleTypesAreEncoded(t *testing.T) {
	t.Parallel()
	type row struct {
		name, mediaType string // "" is for net/http to detect
		begin           string
		fill            int
		want, wantType  string
	}
	rows := []row{ // Z13
		{"100 bytes", "text/plain", "", 100, "", "text/plain"},
		{"1023 bytes", "text/plain", "", 1023, "", "text/plain"},
		{"1024 bytes", "text/plain", "", 1024, "gzip", "text/plain"},
		{"JSON", "application/json; charset=utf-8", "", 2000, "gzip", "application/json; charset=utf-8"},
		{"feed", "application/atom+xml", "", 2000, "gzip", "application/atom+xml"},
		{"font", "font/ttf", "", 2000, "gzip", "font/ttf"},
		{"PNG", "image/png", "", 2000, "", "image/png"},
		{"JPEG", "image/jpeg", "", 2000, "", "image/jpeg"},
		{"video", "video/mp4", "", 2000, "", "video/mp4"},
		{"packed font", "font/woff2", "", 2000, "", "font/woff2"},
		{"archive", "application/zip", "", 2000, "", "application/zip"},
		{"anything", "application/octet-stream", "", 2000, "", "application/octet-stream"},
		{"nonsense", "a;b;c/d", "", 2000, "", "a;b;c/d"},
		{"text detected", "", "", 2000, "gzip", "text/plain; charset=utf-8"},
		{"HTML detected", "", "<!DOCTYPE html>", 2000, "gzip", "text/html; charset=utf-8"},
		{"PNG detected", "", "\x89PNG\r\n\x1a\n", 2000, "", "image/png"},
		{"gzip detected", "", "\x1f\x8b\x08", 2000, "", "application/x-gzip"},
	}
	handlers := byCase{}
	for _, tt := range rows {
		handlers[tt.name] = typed(tt.mediaType, func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, tt.begin)
			_, _ = io.WriteString(w, page[:tt.fill])
		})
	}
	bothProtocols(t, newCompressor(t, compress.Options{}).Handler(handlers), func(t *testing.T, s server) {
		for _, tt := range rows {
			t.Run(tt.name, func(t *testing.T) {
				a := s.get(t, "gzip", "X-Case", tt.name)
				if a.coding() != tt.want || a.text != tt.begin+page[:tt.fill] || a.err != nil {
					t.Errorf("got %q, %d bytes, %v, want %q", a.coding(), len(a.text), a.err, tt.want)
				}
				if got := a.header.Get("Content-Type"); got != tt.wantType {
					t.Errorf("Content-Type: got %q, want %q", got, tt.wantType)
				}
			})
		}
	})
}

// A handler that sets Content-Type to nil wants none to be sent.
func TestNoTypeIsDetectedWhereTheHandlerWithholdsIt(t *testing.T) { // Z13
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = nil
		_, _ = io.WriteString(w, page)
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "gzip"); a.coding() != "" || a.header.Get("Content-Type") != "" || a.text != page {
			t.Errorf("got %v, %d bytes", a.header, len(a.text))
		}
	})
}

// With a small minimum the type is still detected from as many bytes as in
// net/http.
func TestTypeIsDetectedFromEnoughBytes(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{MinBytes: -1})
	for _, tt := range []struct{ name, first, rest, want string }{
		{"HTML", "<", "!DOCTYPE html><p>" + strings.Repeat("x", 600), "text/html; charset=utf-8"},
		{"PDF", "%P", "DF-1.7 " + strings.Repeat("x", 600), "application/pdf"},
		{"two letters", "a", "b", "text/plain; charset=utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := serve(t, piece.Handler(typed("", func(w http.ResponseWriter) {
				_, _ = io.WriteString(w, tt.first)
				_, _ = io.WriteString(w, tt.rest)
			})), 1)
			a := s.get(t, "gzip")
			if got := a.header.Get("Content-Type"); got != tt.want || a.text != tt.first+tt.rest {
				t.Errorf("got %q, %d bytes, want %q", got, len(a.text), tt.want)
			}
		})
	}
}

func TestMinBytesAndTypesSayWhatIsEncoded(t *testing.T) {
	t.Parallel()
	mine := []string{"application/x-mine"}
	suffix := []string{"*/*+cbor"}
	for _, tt := range []struct {
		name      string
		o         compress.Options
		mediaType string
		bytes     int
		want      string
	}{
		{"MinBytes lower", compress.Options{MinBytes: 10}, "text/plain", 10, "gzip"},
		{"MinBytes lower, below", compress.Options{MinBytes: 10}, "text/plain", 9, ""},
		{"MinBytes none", compress.Options{MinBytes: -1}, "text/plain", 1, "gzip"},
		{"MinBytes none, empty", compress.Options{MinBytes: -1}, "text/plain", 0, ""},
		{"a type listed", compress.Options{Types: mine}, "application/X-Mine; a=b", 2000, "gzip"},
		{"a type not listed", compress.Options{Types: mine}, "text/plain", 2000, ""},
		{"event streams listed", compress.Options{Types: []string{"text/event-stream"}}, "text/event-stream", 2000, "gzip"},
		{"a suffix listed", compress.Options{Types: suffix}, "application/a+b+cbor", 2000, "gzip"},
		{"a suffix as the whole name", compress.Options{Types: suffix}, "application/cbor", 2000, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := record(t, tt.o, "gzip", typed(tt.mediaType, func(w http.ResponseWriter) {
				_, _ = io.WriteString(w, page[:tt.bytes])
			}))
			if got := w.Header().Get("Content-Encoding"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestNoTransformIsObeyed(t *testing.T) { // Z12
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("Cache-Control", "private, No-Transform ,max-age=1")
		_, _ = io.WriteString(w, page)
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "gzip"); a.coding() != "" || string(a.sent) != page {
			t.Errorf("got %v", a.header)
		}
	})
}
