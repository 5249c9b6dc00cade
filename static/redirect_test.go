package static_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

func TestRedirectFolders(t *testing.T) {
	base := tree(t, map[string]string{
		"index.html": "start", "docs/index.html": "docs", "docs/deep er/index.html": "deep", "a:b/index.html": "colon", "evil.example/index.html": "evil", "\\evil/index.html": "evil",
		"50%/index.html": "percent", "ü?x/index.html": "umlaut", "none/a.txt": "a", "file.txt": "file",
	})
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, RedirectFolders: true, Fallback: "index.html"})
	mux := http.NewServeMux()
	mux.Handle("/", h)
	mux.Handle("/public/", http.StripPrefix("/public", h))
	mux.Handle("/public", http.StripPrefix("/public", h))
	s, direct := server(t, mux), server(t, h)
	for _, tt := range []struct{ target, to string }{
		{"/docs", "./docs/"},
		{"/docs?a=b&c=%2F", "./docs/?a=b&c=%2F"},
		{"/docs/deep%20er", "./deep%20er/"},
		{"/public/docs", "./docs/"},
		{"/public", "./public/"},
		{"/public?x=y", "./public/?x=y"},
		{"/a:b", "./a:b/"},
		{"/%5Cevil", "./%5Cevil/"},
		{"/50%25", "./50%25/"},
		{"/%C3%BC%3Fx", "./%C3%BC%3Fx/"},
	} {
		t.Run("S8 "+tt.target, func(t *testing.T) {
			resp, body := get(t, s, tt.target)
			if resp.StatusCode != 301 || body != "moved" {
				t.Errorf("got %d %q, want 301", resp.StatusCode, body)
			}
			wantField(t, resp, "Location", tt.to)
			wantField(t, resp, "Cache-Control", "no-store")
			wantField(t, resp, "ETag", "")
			// A browser ends up at the same path with a slash.
			at, err := url.Parse("http://host" + tt.target)
			if err != nil {
				t.Fatal(err)
			}
			to, err := at.Parse(tt.to)
			if err != nil || to.Host != "host" || to.Path != at.Path+"/" || to.RawQuery != at.RawQuery {
				t.Errorf("leads to %v (%v)", to, err)
			}
			if resp, _ := get(t, s, to.RequestURI()); resp.StatusCode != 200 {
				t.Errorf("%s: got %d, want 200", to.RequestURI(), resp.StatusCode)
			}
		})
	}
	for _, target := range []string{"//evil.example", "///evil.example", "//host/../evil.example", "/x/..//evil.example", "/./evil.example"} {
		t.Run("S8 "+target, func(t *testing.T) {
			resp, _ := get(t, direct, target)
			if resp.StatusCode != 301 {
				t.Errorf("got %d, want 301", resp.StatusCode)
			}
			wantField(t, resp, "Location", "./evil.example/")
		})
	}
	for _, target := range []string{"//evil.example/%2e%2e", "/%5cevil.example/", "//evil.example//", "/docs/.", "/docs/deep%20er/..", "/docs/", "/", "/file.txt", "/none", "/users/7", "/public/"} {
		t.Run("S8 no redirect "+target, func(t *testing.T) {
			if resp, _ := get(t, direct, target); resp.StatusCode/100 == 3 || resp.Header.Get("Location") != "" {
				t.Errorf("got %d to %q, want no redirect", resp.StatusCode, resp.Header.Get("Location"))
			}
		})
	}
	t.Run("HEAD, and nothing else", func(t *testing.T) {
		wantField(t, ask(h, "HEAD", "/docs"), "Location", "./docs/")
		if resp := ask(h, "POST", "/docs"); resp.StatusCode != 405 {
			t.Errorf("POST: got %d, want 405", resp.StatusCode)
		}
		want(t, ask(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeName(w, r, "docs") }), "GET", "/x"), 200, "docs")
	})
	t.Run("a query of other bytes", func(t *testing.T) {
		r, err := http.NewRequest("GET", "http://host/docs", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.RawQuery = "a=\r\nX: y&ü"
		w := recorder()
		h.ServeHTTP(w, r)
		if to := w.Result().Header.Get("Location"); to != "./docs/?a=%0D%0AX:+y&%C3%BC" && to != "./docs/?a=%0D%0AX:%20y&%C3%BC" || strings.ContainsAny(to, "\r\n ") {
			t.Errorf("Location: got %q", to)
		}
	})
	t.Run("off by default", func(t *testing.T) {
		off := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
		want(t, ask(off, "GET", "/docs"), 200, "docs")
	})
}
