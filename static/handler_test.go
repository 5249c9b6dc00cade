package static_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestConfigErrors(t *testing.T) {
	_, err := static.New(static.Options{
		Roots:           []static.Root{{}, static.Dir("handler_test.go")}, // a file
		Index:           []string{"a/b"},
		Types:           map[string]string{"md": "text/markdown", ".x": "nonsense"},
		DefaultType:     "x",
		NotFound:        "a",
		NotFoundPage:    "../x",
		NotFoundHandler: http.NotFoundHandler(),
		Fallback:        "/",
		AllowHidden:     []string{"public"},
		Hide:            []string{"[", "ünï"},
		Precompressed:   []string{"gzip", "deflate", "gzip"},
		FallbackDots:    true,
		Cache:           []static.CacheRule{{Pattern: "a/[", Value: "x"}, {Pattern: "a"}, {Pattern: "a", Value: "x\r\ny"}, {Value: "x", Immutable: true}},
	})
	var one *static.ConfigError
	if !errors.As(err, &one) || one.Package != "static" {
		t.Fatalf("got %v, want configuration errors", err)
	}
	for _, field := range []string{
		"Roots[0]", "Roots[1]", "Index", `Types["md"]`, `Types[".x"]`, "DefaultType", "NotFound", "NotFoundPage", "Fallback", "AllowHidden[0]",
		"Hide[0]", "Hide[1]", "Precompressed[1]", "Precompressed[2]", "Cache[0].Pattern", "Cache[1]", "Cache[2].Value", "Cache[3].Value", "Cache[3].Pattern",
	} {
		if !strings.Contains(err.Error(), "static: "+field+": ") {
			t.Errorf("%s: not reported in\n%v", field, err)
		}
	}
	for name, o := range map[string]static.Options{
		"NotFoundPage":       {NotFoundPage: "404.html"},
		"Fallback":           {Roots: []static.Root{static.FS(fstest.MapFS{})}, Fallback: "index.html"},
		"Index":              {Index: []string{"x.html"}, DisableIndex: true},
		"Index[1]":           {Index: []string{"x.html", "x.html"}},
		"RedirectFolders":    {RedirectFolders: true, DisableIndex: true},
		"MaxAge":             {MaxAge: time.Minute, DisableCacheControl: true},
		"ContentETags":       {DisableETag: true, ContentETags: true},
		"PrecompressedAlone": {PrecompressedAlone: true},
		"FallbackDots":       {FallbackDots: true},
	} {
		if _, err := static.New(o); !errors.As(err, &one) || one.Field != name {
			t.Errorf("%s: got %v, want it reported", name, err)
		}
	}
}

func TestZeroOptions(t *testing.T) {
	h := handler(t, static.Options{})
	want(t, ask(h, "GET", "/"), 404, missing)
	want(t, ask(h, "GET", "/a"), 404, missing)
}

func TestOptionsAreCopied(t *testing.T) {
	types, hide := map[string]string{".a": "text/a"}, []string{"x"}
	h := handler(t, static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"f.a": {}, "y": {}})}, Types: types, Hide: hide})
	types[".a"], hide[0] = "text/b", "y"
	wantField(t, ask(h, "GET", "/f.a"), "Content-Type", "text/a; charset=utf-8")
	if resp := ask(h, "GET", "/y"); resp.StatusCode != 200 {
		t.Errorf("got %d, want 200: the caller's slice was used", resp.StatusCode)
	}
}

func TestRootsInOrder(t *testing.T) {
	one, two := tree(t, map[string]string{"both.txt": "one", "sub/a.txt": "a", "file": "one"}), tree(t, map[string]string{"both.txt": "two", "only.txt": "two", "sub/index.html": "index", "file/x.txt": "x"})
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(one), static.Dir(two), static.FS(fstest.MapFS{"embedded.txt": {Data: []byte("three")}})}})
	for range 2 { // the second time from memory
		want(t, ask(h, "GET", "/both.txt"), 200, "one")
		want(t, ask(h, "GET", "/only.txt"), 200, "two")
		want(t, ask(h, "GET", "/embedded.txt"), 200, "three")
		want(t, ask(h, "GET", "/sub"), 200, "index") // the first root's folder has no index
		want(t, ask(h, "GET", "/sub/"), 200, "index")
		want(t, ask(h, "GET", "/file"), 200, "one")
		want(t, ask(h, "GET", "/file/x.txt"), 200, "x")
	}
	// A file that appears in an earlier root takes precedence from then on.
	write(t, one+"/only.txt", false, "one now")
	want(t, ask(h, "GET", "/only.txt"), 200, "one now")

	f, err := h.Resolve("/sub/")
	if err != nil || f.Name != "sub/index.html" || f.Root != 1 || f.Size != 5 || f.Type != "text/html; charset=utf-8" || f.ETag == "" || !f.ModTime.Equal(past) {
		t.Errorf("Resolve: got %+v, %v", f, err)
	}
	if f, err = h.Resolve("embedded.txt"); err != nil || !f.ModTime.IsZero() || f.Root != 2 || f.ETag[0] != '"' {
		t.Errorf("Resolve: got %+v, %v", f, err)
	}
	for _, name := range []string{"none", ".env", "../x", "a\x00", "both.txt/"} {
		if _, err := h.Resolve(name); !errors.Is(err, static.ErrNotFound) {
			t.Errorf("Resolve %q: got %v, want ErrNotFound", name, err)
		}
	}
}

func TestNotFound(t *testing.T) {
	roots := []static.Root{static.Dir(tree(t, map[string]string{"404.html": "<h1>lost</h1>", "index.html": "app"}))}
	t.Run("text", func(t *testing.T) {
		resp := ask(handler(t, static.Options{Roots: roots, NotFound: "weg"}), "GET", "/none")
		want(t, resp, 404, "weg")
		wantField(t, resp, "Content-Type", "text/html; charset=utf-8")
		wantField(t, resp, "X-Content-Type-Options", "nosniff")
	})
	t.Run("text in another charset", func(t *testing.T) {
		resp := ask(handler(t, static.Options{Roots: roots, NotFound: "<meta charset=iso-8859-1>\xfc"}), "GET", "/none")
		wantField(t, resp, "Content-Type", "text/html")
	})
	t.Run("the default", func(t *testing.T) {
		resp := ask(handler(t, static.Options{Roots: roots}), "GET", "/none")
		want(t, resp, 404, missing)
		wantField(t, resp, "Content-Type", "text/html; charset=utf-8")
	})
	t.Run("without a charset", func(t *testing.T) {
		resp := ask(handler(t, static.Options{Roots: roots, OmitCharset: true}), "GET", "/none")
		want(t, resp, 404, missing)
		wantField(t, resp, "Content-Type", "text/html")
		resp = ask(handler(t, static.Options{Roots: roots, OmitCharset: true, NotFound: "weg"}), "GET", "/none")
		wantField(t, resp, "Content-Type", "text/html; charset=utf-8")
	})
	t.Run("page", func(t *testing.T) {
		h := handler(t, static.Options{Roots: roots, NotFoundPage: "404.html"})
		for range 2 {
			resp := ask(h, "GET", "/none", "If-None-Match: *", "Range: bytes=0-1")
			want(t, resp, 404, "<h1>lost</h1>")
			wantField(t, resp, "Cache-Control", "no-store")
			wantField(t, resp, "Content-Type", "text/html; charset=utf-8")
			wantField(t, resp, "ETag", "")
			want(t, ask(h, "GET", "/404.html"), 200, "<h1>lost</h1>") // keeps it in memory
		}
	})
	t.Run("handler", func(t *testing.T) {
		h := handler(t, static.Options{Roots: roots, NotFoundHandler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusGone)
		})})
		want(t, ask(h, "GET", "/none"), 410, "")
		want(t, ask(h, "GET", "/.env"), 410, "")
		for _, target := range []string{"/none", "/.env", "/404.html/none", "/a%00"} {
			want(t, ask(h, "POST", target), 410, "")
		}
		if resp := ask(h, "POST", "/404.html"); resp.StatusCode != 405 {
			t.Errorf("POST to a file: got %d, want 405", resp.StatusCode)
		}
	})
	t.Run("fallback", func(t *testing.T) {
		h := handler(t, static.Options{Roots: roots, Fallback: "/index.html"})
		want(t, ask(h, "GET", "/users/7"), 200, "app")
		want(t, ask(h, "HEAD", "/users/7"), 200, "")
		want(t, ask(h, "GET", "/users/7/"), 200, "app")
		want(t, ask(h, "GET", "/app/"), 200, "app")
		for _, target := range []string{"/app.js", "/app.js/", "/users/jane.doe", "/.env", "/.env/", "/..%2fx", "/a%00"} {
			want(t, ask(h, "GET", target), 404, missing)
		}
		if resp := ask(h, "POST", "/users/7"); resp.StatusCode != 405 {
			t.Errorf("POST: got %d, want 405", resp.StatusCode)
		}
		w := httptest.NewRecorder()
		h.ServeName(w, httptest.NewRequest("GET", "/", nil), "users/7")
		want(t, w.Result(), 404, missing)
	})
}

func TestServeName(t *testing.T) {
	h := dir(t, map[string]string{"logo/pixel.gif": "GIF89a", ".env": "secret", "sub/index.html": "index"})
	ask := func(method, name string, fields ...string) *http.Response {
		return ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeName(w, r, name) }), method, "/api/some?x=1", fields...)
	}
	tag := ask("GET", "logo/pixel.gif").Header.Get("ETag")
	want(t, ask("GET", "logo/pixel.gif"), 200, "GIF89a")
	want(t, ask("GET", "/logo/pixel.gif"), 200, "GIF89a")
	want(t, ask("GET", "sub"), 200, "index")
	want(t, ask("GET", "logo/pixel.gif", "If-None-Match: "+tag), 304, "")
	want(t, ask("GET", "logo/pixel.gif", "Range: bytes=0-2"), 206, "GIF")
	want(t, ask("POST", "logo/pixel.gif", "If-None-Match: "+tag, "Range: bytes=0-2"), 200, "GIF89a")
	want(t, ask("HEAD", "logo/pixel.gif"), 200, "")
	for _, name := range []string{"logo/not-there.gif", ".env", "../x", "logo/../../x", "a\x00", "", "."} {
		want(t, ask("GET", name), 404, missing)
	}
}
