package static_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/static"
)

func TestFallback(t *testing.T) {
	roots := []static.Root{static.Dir(tree(t, map[string]string{"index.html": "app", "app.js": "code", "assets/a.css": "style", "index.html.gz": "packed"}))}
	plain := handler(t, static.Options{Roots: roots, Fallback: "index.html"})
	dots := handler(t, static.Options{Roots: roots, Fallback: "index.html", FallbackDots: true})
	const browser = "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
	for _, tt := range []struct {
		target      string
		fields      []string
		plain, dots int
	}{
		{"/", nil, 200, 200},
		{"/users", nil, 200, 200},
		{"/users/", nil, 200, 200},
		{"/app/users/7/", nil, 200, 200},
		{"/assets", nil, 200, 200},
		{"/assets/", nil, 200, 200},
		{"/users?sort=a.b", nil, 200, 200},
		{"/caf%C3%A9/", nil, 200, 200},
		{"/users/jane.doe", nil, 404, 200},
		{"/users/jane.doe/", nil, 404, 200},
		{"/a@b.com", []string{browser, "Sec-Fetch-Dest: document"}, 404, 200},
		{"/a@b.com", []string{"Accept: */*"}, 404, 200}, // curl
		{"/a@b.com", []string{"Accept: text/html;q=0, image/png"}, 404, 404},
		{"/a@b.com", []string{"Accept: application/json"}, 404, 404},
		{"/a@b.com", []string{"Accept: application/json", "Accept: text/html; q=0.1"}, 404, 200},
		{"/v1.0", nil, 404, 200},
		{"/old.js", []string{"Accept: */*", "Sec-Fetch-Dest: script"}, 404, 404},
		{"/old.css", []string{"Accept: text/css,*/*;q=0.1", "Sec-Fetch-Dest: style"}, 404, 404},
		{"/old.png", []string{"Accept: image/avif,image/webp,image/*,*/*;q=0.8", "Sec-Fetch-Dest: image"}, 404, 404},
		{"/data.json", []string{"Accept: */*", "Sec-Fetch-Dest: empty"}, 404, 404},
		{"/frame.html", []string{browser, "Sec-Fetch-Dest: iframe"}, 404, 200},
		{"/.env", nil, 404, 404},
		{"/.git/config/", nil, 404, 404},
		{"/a/..%2fb", nil, 404, 404},
		{"/a%00", nil, 404, 404},
	} {
		t.Run(tt.target, func(t *testing.T) {
			for name, h := range map[string]struct {
				h      *static.Handler
				status int
			}{"plain": {plain, tt.plain}, "dots": {dots, tt.dots}} {
				resp := ask(h.h, "GET", tt.target, tt.fields...)
				body := "app"
				if h.status == 404 {
					body = missing
				}
				if got := bodyOf(t, resp); resp.StatusCode != h.status || got != body {
					t.Errorf("%s: got %d %q, want %d", name, resp.StatusCode, got, h.status)
				}
			}
		})
	}
	t.Run("its answers depend on what they were asked with", func(t *testing.T) {
		wantField(t, ask(dots, "GET", "/jane.doe"), "Vary", "Sec-Fetch-Dest | Accept")
		wantField(t, ask(dots, "GET", "/jane.doe", "Accept: image/png"), "Vary", "Sec-Fetch-Dest | Accept")
		wantField(t, ask(dots, "GET", "/jane"), "Vary", "")
		wantField(t, ask(dots, "GET", "/app.js"), "Vary", "")
	})
	t.Run("it is the file", func(t *testing.T) {
		tag := ask(plain, "GET", "/index.html").Header.Get("ETag")
		want(t, ask(plain, "GET", "/users/", "If-None-Match: "+tag), 304, "")
		packed := handler(t, static.Options{Roots: roots, Fallback: "index.html", Precompressed: []string{"gzip"}})
		want(t, ask(packed, "GET", "/users/", "Accept-Encoding: gzip"), 200, "packed")
	})
}
