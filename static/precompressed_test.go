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
		{"S22 the preferred", "/a.js", "gzip, deflate, br, zstd", "in br", "br", "text/javascript"},
		{"S22 by weight", "/a.js", "br;q=0.5, gzip", "in gz", "gzip", "text/javascript"},
		{"S22 zstd", "/a.js", "zstd", "in zst", "zstd", "text/javascript"},
		{"S22 refused", "/a.js", "br;q=0, gzip;q=0", "plain", "", "text/javascript"},
		{"S22 star", "/a.js", "*", "in br", "br", "text/javascript"},
		{"S22 identity preferred", "/a.js", "identity, br;q=0.5", "plain", "", "text/javascript"},
		{"S22 none accepted", "/a.js", "", "plain", "", "text/javascript"},
		{"S22 older than the original", "/b.js", "gzip", "plain", "", "text/javascript"},
		{"S22 a folder of that name", "/c.js", "gzip", "plain", "", "text/javascript"},
		{"S22 asked for itself", "/a.js.gz", "gzip", "in gz", "", "application/gzip"},
		{"S22 index", "/sub/", "br, gzip", "in gz", "gzip", "text/html"},
		{"S22 embedded", "/e.js", "gzip, br", "in br", "br", "text/javascript"},
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

var _ http.Handler = (*static.Handler)(nil)
