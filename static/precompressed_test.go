package static_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestPrecompressed(t *testing.T) {
	base := tree(t, map[string]string{
		"a.js": "plain", "a.js.br": "in br", "a.js.gz": "in gz", "a.js.zst": "in zst",
		"b.js": "plain", "b.js.gz": "old", "c.js": "plain", "c.js.gz/x": "folder", "d.js.gz": "alone", "sub/index.html": "plain", "sub/index.html.gz": "in gz",
	})
	if err := os.Chtimes(base+"/b.js.gz", past, past.Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	h := handler(t, static.Options{
		Roots:         []static.Root{static.Dir(base), static.FS(fstest.MapFS{"e.js": {Data: []byte("plain")}, "e.js.br": {Data: []byte("in br")}})},
		Precompressed: []string{"br", "zstd", "gzip"},
	})
	for _, tt := range []struct{ name, target, accept, body, encoding, typ string }{
		{"S22 the preferred", "/a.js", "gzip, deflate, br, zstd", "in br", "br", "text/javascript; charset=utf-8"},
		{"S22 by weight", "/a.js", "br;q=0.5, gzip", "in gz", "gzip", "text/javascript; charset=utf-8"},
		{"S22 zstd", "/a.js", "zstd", "in zst", "zstd", "text/javascript; charset=utf-8"},
		{"S22 refused", "/a.js", "br;q=0, gzip;q=0", "plain", "", "text/javascript; charset=utf-8"},
		{"S22 star", "/a.js", "*", "in br", "br", "text/javascript; charset=utf-8"},
		{"S22 identity preferred", "/a.js", "identity, br;q=0.5", "plain", "", "text/javascript; charset=utf-8"},
		{"S22 none accepted", "/a.js", "", "plain", "", "text/javascript; charset=utf-8"},
		{"S22 older than the original", "/b.js", "gzip", "plain", "", "text/javascript; charset=utf-8"},
		{"S22 a folder of that name", "/c.js", "gzip", "plain", "", "text/javascript; charset=utf-8"},
		{"S22 asked for itself", "/a.js.gz", "gzip", "in gz", "", "application/gzip"},
		{"S22 index", "/sub/", "br, gzip", "in gz", "gzip", "text/html; charset=utf-8"},
		{"S22 embedded", "/e.js", "gzip, br", "in br", "br", "text/javascript; charset=utf-8"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // the second time from memory
				resp := ask(h, "GET", tt.target, "Accept-Encoding: "+tt.accept)
				want(t, resp, 200, tt.body)
				wantField(t, resp, "Content-Encoding", tt.encoding)
				wantField(t, resp, "Content-Type", tt.typ)
				wantField(t, resp, "Vary", "Accept-Encoding")
			}
		})
	}
	t.Run("S22 without its original", func(t *testing.T) {
		want(t, ask(h, "GET", "/d.js", "Accept-Encoding: gzip"), 404, missing)
	})
	t.Run("S22 a tag of its own", func(t *testing.T) {
		seen := map[string]string{}
		for _, coding := range []string{"", "br", "gzip", "zstd"} {
			tag := ask(h, "GET", "/a.js", "Accept-Encoding: "+coding).Header.Get("ETag")
			if other, ok := seen[tag]; ok {
				t.Errorf("%q and %q have the same tag %s", coding, other, tag)
			}
			seen[tag] = coding
			want(t, ask(h, "GET", "/a.js", "Accept-Encoding: "+coding, "If-None-Match: "+tag), 304, "")
		}
	})
	t.Run("S22 ranges are those of the plain file", func(t *testing.T) {
		resp := ask(h, "GET", "/a.js", "Accept-Encoding: gzip", "Range: bytes=0-1")
		want(t, resp, 206, "pl")
		wantField(t, resp, "Content-Encoding", "")
		wantField(t, resp, "Vary", "Accept-Encoding")
		wantField(t, resp, "ETag", ask(h, "GET", "/a.js").Header.Get("ETag"))
		wantField(t, ask(h, "GET", "/a.js", "Accept-Encoding: gzip"), "Accept-Ranges", "")
	})
	t.Run("S22 Vary is merged", func(t *testing.T) {
		for _, tt := range []struct{ have, want string }{
			{"Origin", "Origin | Accept-Encoding"}, {"Origin, accept-encoding", "Origin, accept-encoding"}, {"*", "*"},
		} {
			w := httptest.NewRecorder()
			w.Header().Set("Vary", tt.have)
			h.ServeHTTP(w, httptest.NewRequest("GET", "/a.js", nil))
			wantField(t, w.Result(), "Vary", tt.want)
		}
	})
	t.Run("S22 a hidden one is not used", func(t *testing.T) {
		hiding := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, Precompressed: []string{"gzip"}, Hide: []string{"*.gz"}})
		want(t, ask(hiding, "GET", "/a.js", "Accept-Encoding: gzip"), 200, "plain")
		want(t, ask(hiding, "GET", "/a.js.gz"), 404, missing)
	})
	t.Run("off by default", func(t *testing.T) {
		resp := ask(handler(t, static.Options{Roots: []static.Root{static.Dir(base)}}), "GET", "/a.js", "Accept-Encoding: gzip")
		want(t, resp, 200, "plain")
		wantField(t, resp, "Vary", "")
	})
	t.Run("a change of the original retires the neighbour", func(t *testing.T) {
		want(t, ask(h, "GET", "/sub/", "Accept-Encoding: gzip"), 200, "in gz")
		write(t, base+"/sub/index.html", false, "newer")
		if err := os.Chtimes(base+"/sub/index.html", past, past.Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		want(t, ask(h, "GET", "/sub/", "Accept-Encoding: gzip"), 200, "newer")
	})
}

func TestPrecompressedAlone(t *testing.T) {
	base := tree(t, map[string]string{"a.js.br": "in br", "a.js.gz": "in gz", "b.js": "plain", "b.js.br": "in br", "sub/index.html.br": "index in br", ".env.br": "secret", "page.html.br": "page in br", "folder.js.br/x": ""})
	o := static.Options{Roots: []static.Root{static.Dir(base), static.FS(fstest.MapFS{"e.css.gz": {Data: []byte("embedded in gz")}, "a.js": {Data: []byte("of the second root")}})}, Precompressed: []string{"br", "gzip"}, PrecompressedAlone: true, CleanURLs: true, Fallback: "b.js"}
	h := handler(t, o)
	for _, tt := range []struct{ target, accept, body, encoding, typ string }{
		{"/a.js", "gzip, br", "in br", "br", "text/javascript"},
		{"/a.js", "gzip", "in gz", "gzip", "text/javascript"},
		{"/a.js", "br;q=0.1, gzip", "in gz", "gzip", "text/javascript"},
		{"/a.js", "*", "in br", "br", "text/javascript"},
		{"/b.js", "br", "in br", "br", "text/javascript; charset=utf-8"},
		{"/b.js", "gzip", "plain", "", "text/javascript; charset=utf-8"},
		{"/sub/", "br", "index in br", "br", "text/html"},
		{"/sub", "br", "index in br", "br", "text/html"},
		{"/page", "br", "page in br", "br", "text/html"},
		{"/page.html", "br", "page in br", "br", "text/html"},
		{"/e.css", "gzip", "embedded in gz", "gzip", "text/css"},
	} {
		t.Run("S22 "+tt.target+" "+tt.accept, func(t *testing.T) {
			for range 2 { // the second time from memory
				resp := ask(h, "GET", tt.target, "Accept-Encoding: "+tt.accept)
				want(t, resp, 200, tt.body)
				wantField(t, resp, "Content-Encoding", tt.encoding)
				wantField(t, resp, "Content-Type", tt.typ)
				wantField(t, resp, "Vary", "Accept-Encoding")
				if tag := resp.Header.Get("ETag"); tag == "" {
					t.Error("ETag: got none")
				} else {
					want(t, ask(h, "GET", tt.target, "Accept-Encoding: "+tt.accept, "If-None-Match: "+tag), 304, "")
				}
				ranged := ask(h, "GET", tt.target, "Accept-Encoding: "+tt.accept, "Range: bytes=0-1")
				if tt.target == "/b.js" {
					want(t, ranged, 206, "pl") // of the original
				} else {
					want(t, ranged, 200, tt.body)
				}
			}
		})
	}
	for _, accept := range []string{"", "identity", "zstd", "br;q=0", "gzip;q=0, br;q=0"} {
		t.Run("S22 none accepted "+accept, func(t *testing.T) {
			resp := ask(h, "GET", "/a.js", "Accept-Encoding: "+accept)
			want(t, resp, 406, "that file has no encoding that the request accepts")
			wantField(t, resp, "Vary", "Accept-Encoding")
			wantField(t, resp, "Cache-Control", "no-store")
			want(t, ask(h, "HEAD", "/a.js", "Accept-Encoding: "+accept), 406, "")
		})
	}
	want(t, ask(h, "GET", "/a.js"), 406, "that file has no encoding that the request accepts")
	want(t, ask(h, "GET", "/.env", "Accept-Encoding: br"), 404, missing)
	want(t, ask(h, "GET", "/folder.js", "Accept-Encoding: br"), 404, missing)
	if f, err := h.Resolve("a.js"); err != nil || f.Name != "a.js.br" || f.Type != "text/javascript" || f.Size != 5 {
		t.Errorf("Resolve: got %+v, %v", f, err)
	}
	// The original is found as soon as it exists.
	write(t, base+"/a.js", false, "plain")
	want(t, ask(h, "GET", "/a.js"), 200, "plain")
	want(t, ask(h, "GET", "/a.js", "Accept-Encoding: br"), 200, "in br")

	o.PrecompressedAlone = false
	want(t, ask(handler(t, o), "GET", "/e.css", "Accept-Encoding: gzip"), 404, missing)
}

// A file type that is always compressed is sent with its coding, and not encoded
// again.
func TestCodingOfAType(t *testing.T) {
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"a.svgz": "packed", "A.SVGZ": "packed", "a.svgz.br": "twice", "a.tgz": "archive"}))}, Precompressed: []string{"br", "gzip"}})
	for _, target := range []string{"/a.svgz", "/A.SVGZ"} {
		resp := ask(h, "GET", target, "Accept-Encoding: br, gzip")
		want(t, resp, 200, "packed")
		wantField(t, resp, "Content-Type", "image/svg+xml")
		wantField(t, resp, "Content-Encoding", "gzip")
		wantField(t, resp, "Accept-Ranges", "")
		want(t, ask(h, "GET", target, "Range: bytes=0-1"), 200, "packed")
	}
	resp := ask(h, "GET", "/a.tgz", "Accept-Encoding: br, gzip")
	wantField(t, resp, "Content-Encoding", "")
}

var _ http.Handler = (*static.Handler)(nil)
