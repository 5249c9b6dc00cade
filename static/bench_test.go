package static_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

// discard is a response that keeps nothing.
type discard struct{ head http.Header }

func (d discard) Header() http.Header             { return d.head }
func (discard) WriteHeader(int)                   {}
func (discard) Write(p []byte) (int, error)       { return len(p), nil }
func (discard) WriteString(s string) (int, error) { return len(s), nil }

// BenchmarkHandler measures the handler's own share of a request, compared with
// that of http.FileServer. The share of the connection is additional for both.
func BenchmarkHandler(b *testing.B) {
	dir := b.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"file.html", "a/b/file.html"} {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			b.Fatal(err)
		}
		// Text, so that both handlers send a charset: http.FileServer does by extension.
		if err := os.WriteFile(path, bytes.Repeat([]byte("text"), 256), 0o644); err != nil {
			b.Fatal(err)
		}
		if err := os.Chtimes(path, old, old); err != nil {
			b.Fatal(err)
		}
	}
	h, err := static.New(static.Options{Roots: []static.Root{static.Dir(dir)}})
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	static.SetClock(h, func() time.Time { return time.Now().Add(time.Minute) })
	f, err := h.Resolve("file.html")
	if err != nil {
		b.Fatal(err)
	}
	for _, bb := range []struct {
		name, path, tag string
		handler         http.Handler
	}{
		{"1KiB/sidekick", "/file.html", "", h},
		{"1KiB/FileServer", "/file.html", "", http.FileServer(http.Dir(dir))},
		{"deep/sidekick", "/a/b/file.html", "", h},
		{"deep/FileServer", "/a/b/file.html", "", http.FileServer(http.Dir(dir))},
		{"304/sidekick", "/file.html", f.ETag, h},
		{"304/FileServer", "/file.html", "", http.FileServer(http.Dir(dir))},
		{"404/sidekick", "/none", "", h},
		{"404/FileServer", "/none", "", http.FileServer(http.Dir(dir))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", bb.path, nil)
			if bb.tag != "" {
				r.Header.Set("If-None-Match", bb.tag)
			}
			if bb.name[:3] == "304" {
				r.Header.Set("If-Modified-Since", f.ModTime.UTC().Format(http.TimeFormat))
			}
			b.ReportAllocs()
			for b.Loop() {
				bb.handler.ServeHTTP(discard{http.Header{}}, r)
			}
		})
	}
}

var _ io.StringWriter = discard{}
