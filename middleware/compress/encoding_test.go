package compress_test

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// writing is one way in which handlers write a body.
type writing struct {
	name    string
	handler http.HandlerFunc
	want    string
}

// writings are the ways in which handlers write a body. file contains the book.
func writings(file string) []writing {
	return []writing{
		{"one Write", typed("text/html; charset=utf-8", func(w http.ResponseWriter) { _, _ = w.Write([]byte(book)) }), book},
		{"one WriteString", typed("TEXT/CSS", func(w http.ResponseWriter) { _, _ = io.WriteString(w, book) }), book},
		{"a length announced", typed("application/json", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", strconv.Itoa(len(book)))
			w.WriteHeader(200)
			_, _ = io.WriteString(w, book)
		}), book},
		{"many short Writes", typed("application/problem+json", func(w http.ResponseWriter) {
			for word := range strings.SplitAfterSeq(page, " ") {
				_, _ = io.WriteString(w, word)
			}
		}), page},
		{"exactly the minimum", typed("image/svg+xml", func(w http.ResponseWriter) { _, _ = io.WriteString(w, page[:1024]) }), page[:1024]},
		{"exactly the minimum, announced", typed("image/svg+xml", func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1024")
			_, _ = io.WriteString(w, page[:1024])
		}), page[:1024]},
		{"type detected", typed("", func(w http.ResponseWriter) { _, _ = io.WriteString(w, book) }), book},
		{"type detected in short Writes", typed("", func(w http.ResponseWriter) {
			for range 300 {
				_, _ = io.WriteString(w, "<p>text</p>")
			}
		}), strings.Repeat("<p>text</p>", 300)},
		{"io.Copy", typed("text/plain", func(w http.ResponseWriter) { _, _ = io.Copy(w, strings.NewReader(book)) }), book},
		{"io.Copy from a file", typed("text/plain", func(w http.ResponseWriter) {
			f, err := os.Open(file)
			if err != nil {
				panic(err)
			}
			defer f.Close()
			_, _ = io.Copy(w, f)
		}), book},
		{"a file served", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) }, book},
		{"flushed before the first byte", typed("text/plain", func(w http.ResponseWriter) {
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, book)
		}), book},
		{"flushed and left empty", typed("text/plain", func(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }), ""},
		{"flushed in between", typed("text/plain", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, "short")
			w.(http.Flusher).Flush()
			_, _ = io.WriteString(w, " and ")
			_ = http.NewResponseController(w).Flush()
			_, _ = io.WriteString(w, "more")
		}), "short and more"},
		{"trailers", typed("text/plain", func(w http.ResponseWriter) {
			w.Header().Set("Trailer", "X-Sum")
			_, _ = io.WriteString(w, page)
			w.Header().Set("X-Sum", "42")
		}), page},
		{"trailers not announced", typed("text/plain", func(w http.ResponseWriter) {
			_, _ = io.WriteString(w, page)
			w.Header().Set(http.TrailerPrefix+"X-Sum", "42")
		}), page},
	}
}

// The decoded body must be what the handler wrote, and all of it must be marked as
// encoded.
func TestEveryWayOfWritingIsEncoded(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "book.txt")
	if err := os.WriteFile(file, []byte(book), 0o600); err != nil {
		t.Fatal(err)
	}
	all, handlers := writings(file), byCase{}
	for _, tt := range all {
		handlers[tt.name] = tt.handler
	}
	for name, o := range map[string]compress.Options{
		"defaults":                {},
		"padded, at other levels": {MaxPaddingBytes: 100, GzipLevel: 1, ZstdLevel: 22},
	} {
		t.Run(name, func(t *testing.T) {
			bothProtocols(t, newCompressor(t, o).Handler(handlers), func(t *testing.T, s server) {
				for _, tt := range all {
					t.Run(tt.name, func(t *testing.T) {
						encoded(t, s, tt, "gzip")
						encoded(t, s, tt, "zstd")
						if a := s.get(t, "", "X-Case", tt.name); a.text != tt.want || a.coding() != "" {
							t.Errorf("identity: got %d bytes, %v", len(a.text), a.header)
						}
						if a := s.ask(t, "HEAD", "gzip", "X-Case", tt.name); len(a.sent) != 0 || a.coding() != "" || a.err != nil {
							t.Errorf("HEAD: got %d bytes, %v, %v", len(a.sent), a.header, a.err)
						}
					})
				}
			})
		})
	}
}

// encoded asks for a body in this coding and checks all of the response.
func encoded(t *testing.T, s server, tt writing, coding string) {
	t.Helper()
	a := s.get(t, coding, "X-Case", tt.name)
	if a.err != nil || a.status != 200 {
		t.Fatalf("%s: got %d, %v", coding, a.status, a.err)
	}
	if a.coding() != coding {
		t.Errorf("%s: Content-Encoding: got %q", coding, a.coding())
	}
	if a.text != tt.want || len(a.sent) == 0 { // an empty body is encoded as well
		t.Errorf("%s: got %d bytes %.60q, want %d", coding, len(a.text), a.text, len(tt.want))
	}
	if a.length >= 0 && a.length != int64(len(a.sent)) {
		t.Errorf("%s: Content-Length: got %d of %d bytes", coding, a.length, len(a.sent))
	}
	if strings.HasPrefix(tt.name, "trailers") && a.trailer.Get("X-Sum") != "42" {
		t.Errorf("%s: trailer: got %v", coding, a.trailer)
	}
	if a.header.Get("Content-Type") == "" {
		t.Errorf("%s: no Content-Type", coding)
	}
}

func TestBodiesAreEncodedOnce(t *testing.T) {
	t.Parallel()
	digits := hex.EncodeToString(noise(20_000)) // long enough for a second encoding
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	_, _ = io.WriteString(z, digits)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	piece := newCompressor(t, compress.Options{})
	for name, h := range map[string]http.Handler{ // Z6
		"by the handler": typed("text/plain", func(w http.ResponseWriter) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Header().Set("ETag", `"packed"`)
			_, _ = w.Write(packed.Bytes())
		}),
		"two layers":    piece.Handler(text(digits)),
		"another level": newCompressor(t, compress.Options{GzipLevel: 9, MinBytes: -1}).Handler(text(digits)),
	} {
		t.Run(name, func(t *testing.T) {
			bothProtocols(t, piece.Handler(h), func(t *testing.T, s server) {
				a := s.get(t, "gzip")
				if got := a.header.Values("Content-Encoding"); len(got) != 1 || got[0] != "gzip" || a.text != digits {
					t.Errorf("got %q, %d bytes, %v", got, len(a.text), a.err)
				}
				if name == "by the handler" && a.header.Get("ETag") != `"packed"` {
					t.Errorf("the handler's own tag: got %q", a.header.Get("ETag"))
				}
			})
		})
	}
}

func TestLengthAndDigestsAreThoseOfTheBodySent(t *testing.T) { // Z8
	t.Parallel()
	digests := []string{"Content-MD5", "Digest", "Content-Digest", "Repr-Digest"}
	h := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		for _, name := range digests {
			w.Header().Set(name, "x")
		}
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		_, _ = io.WriteString(w, page)
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		encoded, plain := s.get(t, "gzip"), s.get(t, "")
		for _, name := range digests {
			if encoded.header.Get(name) != "" || plain.header.Get(name) != "x" {
				t.Errorf("%s: got %q encoded, %q plain", name, encoded.header.Get(name), plain.header.Get(name))
			}
		}
		if encoded.length >= 0 && encoded.length != int64(len(encoded.sent)) || encoded.text != page || encoded.err != nil {
			t.Errorf("encoded: got length %d of %d bytes, %v", encoded.length, len(encoded.sent), encoded.err)
		}
		if plain.length != int64(len(page)) {
			t.Errorf("plain: got length %d", plain.length)
		}
	})
}

// noise returns n bytes that do not become shorter.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

// A short response is sent at once, with its encoded length; a long one is not
// buffered.
func TestOnlyShortBodiesAreSentWithTheirLength(t *testing.T) {
	t.Parallel()
	short, long := string(noise(10_000)), string(noise(100_000)) // net/http buffers less than either
	h := newCompressor(t, compress.Options{}).Handler(byCase{"short": text(short), "long": text(long)})
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "gzip", "X-Case", "short"); a.length != int64(len(a.sent)) || a.err != nil || a.text != short {
			t.Errorf("short: got length %d of %d bytes, %v", a.length, len(a.sent), a.err)
		}
		if a := s.get(t, "gzip", "X-Case", "long"); a.length != -1 || a.err != nil || a.text != long {
			t.Errorf("long: got length %d, %d bytes, %v", a.length, len(a.text), a.err)
		}
	})
}

// Header and body agree on errors as well.
func TestErrorsAreEncodedLikeOtherResponses(t *testing.T) { // Z9
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "missing.txt")
	h := newCompressor(t, compress.Options{}).Handler(byCase{
		"500": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("ETag", `"x"`)
			http.Error(w, page, 500)
		},
		"404": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip") // for a body that is never written
			w.Header().Set("ETag", `"x"`)
			http.ServeFile(w, r, missing)
		},
	})
	bothProtocols(t, h, func(t *testing.T, s server) {
		for _, accept := range []string{"", "gzip"} {
			if a := s.get(t, accept, "X-Case", "500"); a.status != 500 || a.coding() != accept || a.text != page+"\n" || a.err != nil {
				t.Errorf("%q, a long error: got %d, %v, %v", accept, a.status, a.header, a.err)
			}
			// Go's own errors drop the handler's Content-Encoding.
			if a := s.get(t, accept, "X-Case", "404"); a.status != 404 || a.coding() != "" || string(a.sent) != "404 page not found\n" || a.err != nil {
				t.Errorf("%q, a missing file: got %d, %q, %v, %v", accept, a.status, a.sent, a.header, a.err)
			}
		}
	})
}
