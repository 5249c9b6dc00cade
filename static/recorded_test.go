package static_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

// The tests in this file check how Actionhero's web server answered requests for
// files: each row is a recorded request. If this package deliberately answers
// differently, the row says so.

// recorded returns the folders of the recorded server: its roots, and the one below
// them that it also served at another path.
func recorded(t *testing.T) (roots []static.Root, special static.Root) {
	t.Helper()
	first := tree(t, map[string]string{
		"index.html": "<h1>Reference index</h1>\n", "simple.html": "<h1>Simple page</h1>\n",
		"sub/index.html": "<h1>sub index</h1>\n", "sub/file.txt": "sub file\n", "sub/deeper/page.htm": "deeper\n",
		"noindex/only.txt": "only\n", "a file.txt": "a file with spaces\n", "plus+name.txt": "plus name\n", "ünï.txt": "unicode name\n",
		"noext": "no extension\n", ".hidden": "hidden\n", "empty.txt": "", "app.js": "a\n", "style.css": "b\n", "data.json": "{}\n",
		"UPPER.HTML": "upper ext\n", "pic.svg": "svg\n", "font.woff2": "x\n", "mod.mjs": "x\n", "doc.pdf": "x\n", "archive.tar.gz": "x\n",
		"app.wasm": "x\n", "readme.md": "x\n", "site.webmanifest": "x\n", "data.unknownext": "x\n", "feed.xml": "x\n", "photo.jpeg": "x\n",
		"icon.ico": "x\n", "song.mp3": "x\n", "clip.mp4": "x\n", "logo/pixel.gif": "GIF", "big.txt": strings.Repeat("alpha beta\n", 5000),
		"special/index.html": "<h1>special index</h1>\n", "special/testfile.txt": "special file\n", "special/inner/page.html": "inner special\n",
	})
	second := tree(t, map[string]string{"second.html": "<h1>second only</h1>\n", "simple.html": "shadowed\n", "../secret.txt": "secret\n"})
	return []static.Root{static.Dir(first), static.Dir(second)}, static.Dir(first + "/special")
}

func TestFilesAreAnsweredAsByActionhero(t *testing.T) {
	t.Parallel()
	roots, special := recorded(t)
	mux, files := http.NewServeMux(), handler(t, static.Options{Roots: roots, OmitCharset: true})
	mux.Handle("/", files)
	for prefix, h := range map[string]http.Handler{
		"/public": files, "/my/special/folder": handler(t, static.Options{Roots: []static.Root{special}, OmitCharset: true}),
	} {
		mux.Handle(prefix, http.StripPrefix(prefix, h))
		mux.Handle(prefix+"/", http.StripPrefix(prefix, h))
	}

	for _, tt := range []struct {
		target, typ, body string
		status            int // 0 means 200
	}{
		{target: "/", typ: "text/html", body: "<h1>Reference index</h1>\n"},
		{target: "/index.html", typ: "text/html", body: "<h1>Reference index</h1>\n"},
		{target: "/public", typ: "text/html", body: "<h1>Reference index</h1>\n"},
		{target: "/public/", typ: "text/html", body: "<h1>Reference index</h1>\n"},
		{target: "/public/simple.html", typ: "text/html", body: "<h1>Simple page</h1>\n"},
		{target: "/simple.html", typ: "text/html", body: "<h1>Simple page</h1>\n"},
		{target: "/sub", typ: "text/html", body: "<h1>sub index</h1>\n"},
		{target: "/sub/", typ: "text/html", body: "<h1>sub index</h1>\n"},
		{target: "/sub/file.txt", typ: "text/plain", body: "sub file\n"},
		{target: "/sub/deeper/page.htm", typ: "text/html", body: "deeper\n"},
		{target: "/sub/deeper", status: 404},
		{target: "/noindex/", status: 404},
		{target: "/a%20file.txt", typ: "text/plain", body: "a file with spaces\n"},
		{target: "/a+file.txt", status: 404},
		{target: "/plus+name.txt", typ: "text/plain", body: "plus name\n"},
		{target: "/plus%2Bname.txt", typ: "text/plain", body: "plus name\n"},
		{target: "/%C3%BCn%C3%AF.txt", typ: "text/plain", body: "unicode name\n"},
		{target: "/empty.txt", typ: "text/plain"},
		{target: "/second.html", typ: "text/html", body: "<h1>second only</h1>\n"},
		{target: "/notThere", status: 404},
		{target: "/notThere.html", status: 404},
		{target: "/..%2fsecret.txt", status: 404},
		{target: "/%2e%2e/secret.txt", status: 404},
		{target: "/sub/..%2f..%2fsecret.txt", status: 404},
		{target: "/simple.html?query=1", typ: "text/html", body: "<h1>Simple page</h1>\n"},
		{target: "/app.js", typ: "text/javascript", body: "a\n"}, // Actionhero: application/javascript, since made obsolete
		{target: "/style.css", typ: "text/css", body: "b\n"},
		{target: "/data.json", typ: "application/json", body: "{}\n"},
		{target: "/UPPER.HTML", typ: "text/html", body: "upper ext\n"},
		{target: "/pic.svg", typ: "image/svg+xml", body: "svg\n"},
		{target: "/font.woff2", typ: "font/woff2", body: "x\n"},
		{target: "/mod.mjs", typ: "text/javascript", body: "x\n"},
		{target: "/doc.pdf", typ: "application/pdf", body: "x\n"},
		{target: "/archive.tar.gz", typ: "application/gzip", body: "x\n"},
		{target: "/app.wasm", typ: "application/wasm", body: "x\n"},
		{target: "/readme.md", typ: "text/markdown", body: "x\n"},
		{target: "/site.webmanifest", typ: "application/manifest+json", body: "x\n"},
		{target: "/feed.xml", typ: "application/xml", body: "x\n"},
		{target: "/photo.jpeg", typ: "image/jpeg", body: "x\n"},
		{target: "/icon.ico", typ: "image/vnd.microsoft.icon", body: "x\n"},
		{target: "/song.mp3", typ: "audio/mpeg", body: "x\n"},
		{target: "/clip.mp4", typ: "video/mp4", body: "x\n"},
		{target: "/logo/pixel.gif", typ: "image/gif", body: "GIF"},
		{target: "/big.txt", typ: "text/plain", body: strings.Repeat("alpha beta\n", 5000)},
		{target: "/my/special/folder/testfile.txt", typ: "text/plain", body: "special file\n"},
		{target: "/my/special/folder/inner/page.html", typ: "text/html", body: "inner special\n"},
		{target: "/my/special/folder/", typ: "text/html", body: "<h1>special index</h1>\n"},
		{target: "/my/special/folder", typ: "text/html", body: "<h1>special index</h1>\n"},
		{target: "/my/special/folder/nope.txt", status: 404},
		{target: "/my/special/folder/..%2f..%2fsecret.txt", status: 404},
		// Differently from Actionhero, which ends its process on the first three and
		// serves the fourth.
		{target: "/noext", typ: "application/octet-stream", body: "no extension\n"},
		{target: "/data.unknownext", typ: "application/octet-stream", body: "x\n"},
		{target: "/.hidden", status: 404},
		{target: "/simple.html/", status: 404},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			t.Run(method+" "+tt.target, func(t *testing.T) {
				resp := ask(mux, method, tt.target)
				status, typ, body := 200, tt.typ, tt.body
				if tt.status == 404 {
					status, typ, body = 404, "text/html", missing
				} else {
					wantField(t, resp, "Cache-Control", "max-age=60, must-revalidate, public")
					if resp.Header.Get("ETag") == "" { // Actionhero's is weak
						t.Error("ETag: got none")
					}
				}
				if resp.ContentLength != int64(len(body)) {
					t.Errorf("Content-Length: got %d, want %d", resp.ContentLength, len(body))
				}
				if method == "HEAD" {
					body = ""
				}
				wantField(t, resp, "Content-Type", typ)
				want(t, resp, status, body)
			})
		}
	}
}

func TestDotSegmentsAsSentAreAnsweredAsByActionhero(t *testing.T) {
	t.Parallel()
	roots, _ := recorded(t)
	direct := server(t, handler(t, static.Options{Roots: roots, OmitCharset: true})) // no mux that cleans paths
	for _, tt := range []struct {
		target, body string
		status       int
	}{
		{"/../secret.txt", missing, 404},
		{"/sub/../simple.html", "<h1>Simple page</h1>\n", 200},
		{"//simple.html", "<h1>Simple page</h1>\n", 200},
		{"/bad%zzname", "400 Bad Request", 400},
	} {
		t.Run("GET "+tt.target, func(t *testing.T) {
			if resp, body := get(t, direct, tt.target); resp.StatusCode != tt.status || body != tt.body {
				t.Errorf("got %d %q, want %d %q", resp.StatusCode, body, tt.status, tt.body)
			}
		})
	}
}

func TestConditionsAreAnsweredAsByActionhero(t *testing.T) {
	t.Parallel()
	roots, _ := recorded(t)
	files := handler(t, static.Options{Roots: roots, OmitCharset: true})
	const later, earlier = "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT", "If-Modified-Since: Thu, 19 Apr 2012 09:51:20 GMT"
	if hasChangeTimes() { // elsewhere only exactly the same date matches
		want(t, ask(files, "GET", "/simple.html", later), 304, "")
	}
	want(t, ask(files, "GET", "/simple.html", earlier), 200, "<h1>Simple page</h1>\n")
	want(t, ask(files, "GET", "/notThere", earlier), 404, missing)
	want(t, ask(files, "GET", "/simple.html", "If-None-Match: *"), 304, "")
	want(t, ask(files, "GET", "/simple.html", `If-None-Match: W/"1-1"`), 200, "<h1>Simple page</h1>\n")
	want(t, ask(files, "POST", "/simple.html"), 405, "method not allowed") // Actionhero: 200
}

func TestDatesDecideWithoutETags(t *testing.T) {
	t.Parallel()
	roots, _ := recorded(t)
	h := handler(t, static.Options{Roots: roots, DisableETag: true, MaxAge: 120e9})
	for _, method := range []string{"GET", "HEAD"} {
		resp := ask(h, method, "/simple.html")
		wantField(t, resp, "Cache-Control", "max-age=120, must-revalidate, public")
		wantField(t, resp, "ETag", "")
		if _, err := http.ParseTime(resp.Header.Get("Last-Modified")); err != nil {
			t.Errorf("Last-Modified: %v", err)
		}
	}
	want(t, ask(h, "GET", "/notThere"), 404, missing)
	resp := ask(h, "GET", "/simple.html", "If-Modified-Since: "+ask(h, "GET", "/simple.html").Header.Get("Last-Modified"))
	want(t, resp, 304, "")
	wantField(t, resp, "Last-Modified", ask(h, "GET", "/simple.html").Header.Get("Last-Modified"))
}
