package static_test

import (
	"os"
	"testing"
	"testing/fstest"

	"github.com/sidekick-http/sidekick/static"
)

func TestIndexNames(t *testing.T) {
	base := tree(t, map[string]string{"both/index.html": "html", "both/index.htm": "htm", "second/index.htm": "htm", "third/default.html": "default", "none/a.txt": "a", "folder/index.html/": ""})
	embedded := fstest.MapFS{"e/index.htm": {Data: []byte("embedded")}}
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base), static.FS(embedded)}, Index: []string{"index.html", "index.htm", "default.html"}})
	for range 2 { // the second time from memory
		for target, body := range map[string]string{"/both/": "html", "/both": "html", "/second/": "htm", "/second": "htm", "/third/": "default", "/e/": "embedded", "/e": "embedded"} {
			want(t, ask(h, "GET", target), 200, body)
		}
		for _, target := range []string{"/none/", "/none", "/", "/folder/", "/index.htm"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
	}
	// A file with precedence is found as soon as, and for as long as, it exists.
	write(t, base+"/second/index.html", false, "html")
	embedded["e/index.html"] = &fstest.MapFile{Data: []byte("first")}
	want(t, ask(h, "GET", "/second/"), 200, "html")
	want(t, ask(h, "GET", "/second"), 200, "html")
	want(t, ask(h, "GET", "/e/"), 200, "first")
	if err := os.Remove(base + "/second/index.html"); err != nil {
		t.Fatal(err)
	}
	want(t, ask(h, "GET", "/second/"), 200, "htm")
	f, err := h.Resolve("second")
	if err != nil || f.Name != "second/index.htm" {
		t.Errorf("Resolve: got %+v, %v", f, err)
	}
	hiding := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, Hide: []string{"index.html"}})
	want(t, ask(hiding, "GET", "/both/"), 404, missing)
}

func TestCleanURLs(t *testing.T) {
	base := tree(t, map[string]string{
		"about.html": "about", "v1.2.html": "version", "both": "file", "both.html": "page", "docs.html": "page", "docs/index.html": "index",
		"list.html": "list", "list/1.html": "one", ".env.html": "secret", "index.html": "start", "page.html/": "",
	})
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, CleanURLs: true, Hide: []string{"hidden.html"}})
	write(t, base+"/hidden.html", false, "hidden")
	for range 2 {
		for target, body := range map[string]string{
			"/about": "about", "/about.html": "about", "/v1.2": "version", "/both": "file", "/docs": "index", "/docs/": "index", "/list": "list", "/list/1": "one", "/": "start", "/index": "start",
		} {
			resp := ask(h, "GET", target)
			want(t, resp, 200, body)
			if target != "/both" {
				wantField(t, resp, "Content-Type", "text/html; charset=utf-8")
			}
		}
		for _, target := range []string{"/about/", "/list/", "/.env", "/none", "/page", "/hidden", "/about.html.html"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
	}
	write(t, base+"/about", false, "a file now")
	want(t, ask(h, "GET", "/about"), 200, "a file now")
	write(t, base+"/list/index.html", false, "an index now")
	want(t, ask(h, "GET", "/list"), 200, "an index now")
	if err := os.Remove(base + "/about"); err != nil {
		t.Fatal(err)
	}
	want(t, ask(h, "GET", "/about"), 200, "about")
	if err := os.Remove(base + "/about.html"); err != nil {
		t.Fatal(err)
	}
	want(t, ask(h, "GET", "/about"), 404, missing)

	want(t, ask(dir(t, map[string]string{"about.html": "about"}), "GET", "/about"), 404, missing) // off by default
	tag := ask(h, "GET", "/v1.2").Header.Get("ETag")
	want(t, ask(h, "GET", "/v1.2", "If-None-Match: "+tag), 304, "")
	first := tree(t, map[string]string{"x.html": "first"})
	want(t, ask(handler(t, static.Options{Roots: []static.Root{static.Dir(first), static.Dir(tree(t, map[string]string{"x": "second"}))}, CleanURLs: true}), "GET", "/x"), 200, "first")
}
