package ui_test

import (
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/openapi/ui"
)

func page(t *testing.T, opts ui.Options) *ui.Page {
	t.Helper()
	p, err := ui.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func ask(h http.Handler, method, target string, fields ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(fields); i += 2 {
		r.Header.Set(fields[i], fields[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestPage(t *testing.T) {
	p := page(t, ui.Options{Path: "/a/docs/", SpecURL: `/x?a="&b`, Title: "<Title>"})
	for _, tt := range []struct {
		method, target string
		status         int
		contentType    string
		want           string
	}{
		{"GET", "/a/docs/", 200, "text/html; charset=utf-8", `data-spec-url="/x?a=&#34;&amp;b"`},
		{"GET", "/a/docs/", 200, "text/html; charset=utf-8", `<title>&lt;Title&gt;</title>`},
		{"GET", "/a/docs/index.html", 200, "text/html; charset=utf-8", `<title>`},
		{"HEAD", "/a/docs/", 200, "text/html; charset=utf-8", ``},
		{"GET", "/a/docs/swagger-ui-bundle.js", 200, "text/javascript; charset=utf-8", `SwaggerUIBundle`},
		{"GET", "/a/docs/swagger-ui.css", 200, "text/css; charset=utf-8", `.swagger-ui{`},
		{"GET", "/a/docs/init.js", 200, "text/javascript; charset=utf-8", `SwaggerUIBundle({`},
		{"GET", "/a/docs/icon.svg", 200, "image/svg+xml", `<svg`},
		{"GET", "/a/docs/image-01.png", 200, "image/png", "\x89PNG"},
		{"GET", "/a/docs/LICENSE", 200, "text/plain; charset=utf-8", `Apache License`},
		{"GET", "/a/docs/NOTICE", 200, "text/plain; charset=utf-8", `SmartBear`},
		{"GET", "/a/docs/swagger-ui-bundle.js.LICENSE.txt", 200, "text/plain; charset=utf-8", `@license`},
		{"GET", "/a/docs/swagger-ui.css.gz", 404, "text/plain; charset=utf-8", `not found`},
		{"GET", "/a/docs/x/", 404, "text/plain; charset=utf-8", `not found`},
		{"GET", "/a/docs//", 404, "text/plain; charset=utf-8", `not found`},
		{"GET", "/a/docs/../docs/", 404, "text/plain; charset=utf-8", `not found`},
		{"GET", "/docs/", 404, "text/plain; charset=utf-8", `not found`},
		{"GET", "/a/docsx", 404, "text/plain; charset=utf-8", `not found`},
		{"POST", "/a/docs/", 405, "text/plain; charset=utf-8", `only read`},
	} {
		w := ask(p, tt.method, tt.target)
		if w.Code != tt.status || w.Header().Get("Content-Type") != tt.contentType || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s: got %d %s %.200q, want %d %s with %q", tt.method, tt.target, w.Code, w.Header().Get("Content-Type"), w.Body, tt.status, tt.contentType, tt.want)
		}
		if got, want := w.Header().Get("Content-Security-Policy"), "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"; got != want {
			t.Errorf("%s: got the policy %q, want %q", tt.target, got, want)
		}
		if got := w.Header().Get("X-Content-Type-Options"); got != "nosniff" {
			t.Errorf("%s: got X-Content-Type-Options %q", tt.target, got)
		}
	}
	if got := ask(p, "PUT", "/a/docs/").Header().Get("Allow"); got != "GET, HEAD" {
		t.Errorf("got Allow %q", got)
	}
}

// TestRedirect checks that the slash is also added behind a stripped prefix.
func TestRedirect(t *testing.T) {
	s := httptest.NewServer(http.StripPrefix("/v1", page(t, ui.Options{})))
	defer s.Close()
	r, err := s.Client().Get(s.URL + "/v1/docs")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 || r.Request.URL.Path != "/v1/docs/" {
		t.Errorf("got %d at %s, want the page at /v1/docs/", r.StatusCode, r.Request.URL)
	}
	odd := httptest.NewServer(page(t, ui.Options{Path: "/a:b \u00e9?/"}))
	defer odd.Close()
	if r, err = odd.Client().Get(odd.URL + "/a:b%20%C3%A9%3F"); err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if r.StatusCode != 200 || r.Request.URL.Path != "/a:b \u00e9?/" {
		t.Errorf("got %d at %s, want the page", r.StatusCode, r.Request.URL)
	}
	w := httptest.NewRecorder()
	http.StripPrefix("/docs", page(t, ui.Options{Path: "/"})).ServeHTTP(w, httptest.NewRequest("GET", "/docs", nil))
	if w.Code != 404 || w.Header().Get("Location") != "" {
		t.Errorf("a path that the page does not know: got %d to %q, want 404", w.Code, w.Header().Get("Location"))
	}
}

func TestCompressedAndKept(t *testing.T) {
	p := page(t, ui.Options{})
	const bundle = "/docs/swagger-ui-bundle.js"
	packed := ask(p, "GET", bundle, "Accept-Encoding", "gzip, br")
	plain := ask(p, "GET", bundle, "Accept-Encoding", "gzip;q=0, br")
	if packed.Header().Get("Content-Encoding") != "gzip" || plain.Header().Get("Content-Encoding") != "" {
		t.Fatalf("got the encodings %q and %q, want gzip and none", packed.Header()["Content-Encoding"], plain.Header()["Content-Encoding"])
	}
	if n := packed.Body.Len(); n > 500_000 {
		t.Errorf("the bundle is sent in %d bytes, want fewer than 500,000", n)
	}
	z, err := gzip.NewReader(packed.Body)
	if err != nil {
		t.Fatal(err)
	}
	unpacked, err := io.ReadAll(z)
	if err != nil || string(unpacked) != plain.Body.String() {
		t.Errorf("the two forms differ, or %v", err)
	}
	tags := map[string]bool{}
	for _, w := range []*httptest.ResponseRecorder{packed, plain} {
		if w.Header().Get("Vary") != "Accept-Encoding" || w.Header().Get("Cache-Control") != "no-cache" {
			t.Errorf("got Vary %q and Cache-Control %q", w.Header()["Vary"], w.Header()["Cache-Control"])
		}
		tag := w.Header().Get("ETag")
		tags[tag] = true
		again := ask(p, "GET", bundle, "Accept-Encoding", w.Header().Get("Content-Encoding"), "If-None-Match", tag)
		if again.Code != 304 || again.Body.Len() != 0 || again.Header().Get("Content-Encoding") != "" {
			t.Errorf("%s: got %d with %d bytes %q, want 304", tag, again.Code, again.Body.Len(), again.Header())
		}
	}
	if len(tags) != 2 {
		t.Errorf("got the tags %v, want one for each form", tags)
	}
	if w := ask(p, "GET", "/docs/", "If-None-Match", ask(p, "GET", "/docs/").Header().Get("ETag")); w.Code != 304 {
		t.Errorf("the page: got %d, want 304", w.Code)
	}
	if a, b := ask(p, "GET", "/docs/"), ask(page(t, ui.Options{SpecURL: "/b"}), "GET", "/docs/"); a.Header().Get("ETag") == b.Header().Get("ETag") {
		t.Error("two documents have one tag")
	}
}

func TestOptions(t *testing.T) {
	for _, tt := range []struct {
		opts ui.Options
		want []string
	}{
		{ui.Options{}, nil},
		{ui.Options{Path: "/", SpecURL: "openapi.json?v=1"}, nil},
		{ui.Options{Path: "docs"}, []string{"Path"}},
		{ui.Options{Path: "/docs"}, []string{"Path"}},
		{ui.Options{Path: "/a//b/", SpecURL: "https://example.com/a.json"}, []string{"Path", "SpecURL"}},
		{ui.Options{SpecURL: "//example.com/a.json"}, []string{"SpecURL"}},
		{ui.Options{SpecURL: `\\example.com/a.json`}, []string{"SpecURL"}},
		{ui.Options{SpecURL: `/\example.com/a.json`}, []string{"SpecURL"}},
		{ui.Options{SpecURL: "javascript:alert(1)"}, []string{"SpecURL"}},
		{ui.Options{SpecURL: "data:,{}"}, []string{"SpecURL"}},
		{ui.Options{SpecURL: "%zz"}, []string{"SpecURL"}},
	} {
		_, err := ui.New(tt.opts)
		var got []string
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			for _, e := range joined.Unwrap() {
				var problem *ui.ConfigError
				if !errors.As(e, &problem) {
					t.Errorf("%v is no ConfigError", e)
					continue
				}
				got = append(got, problem.Field)
			}
		}
		if strings.Join(got, " ") != strings.Join(tt.want, " ") {
			t.Errorf("%+v: got problems of %v, want of %v", tt.opts, got, tt.want)
		}
	}
}

// TestNothingFromElsewhere checks that the page, its style sheet and its start script use nothing
// inline and nothing from other origins, and that no file is missing.
func TestNothingFromElsewhere(t *testing.T) {
	p := page(t, ui.Options{})
	html := ask(p, "GET", "/docs/").Body.String()
	if found := regexp.MustCompile(`(?i)<style|\sstyle=|\son[a-z]+=|javascript:|<script>|https?:`).FindString(html); found != "" {
		t.Errorf("the page has %q", found)
	}
	names := regexp.MustCompile(`(?:src|href)="([^"]+)"`).FindAllStringSubmatch(html, -1)
	css := ask(p, "GET", "/docs/swagger-ui.css").Body.String()
	names = append(names, regexp.MustCompile(`url\(([^)]*)\)`).FindAllStringSubmatch(css, -1)...)
	if len(names) < 20 {
		t.Fatalf("found %d files that are loaded, want more", len(names))
	}
	for _, m := range names {
		if m[1] == "../api/openapi.json" {
			continue
		}
		if w := ask(p, "GET", "/docs/"+m[1]); w.Code != 200 {
			t.Errorf("%s is not there", m[1])
		}
	}
	for name, text := range map[string]string{"swagger-ui.css": css, "swagger-ui-bundle.js": ask(p, "GET", "/docs/swagger-ui-bundle.js").Body.String()} {
		if strings.Contains(text, "sourceMappingURL") {
			t.Errorf("%s names a source map, which is not there", name)
		}
	}
}

// TestVersion checks that the package comment names the package that the generator uses.
func TestVersion(t *testing.T) {
	generator, err := os.ReadFile("generate.go")
	if err != nil {
		t.Fatal(err)
	}
	comment, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	constants := regexp.MustCompile(`(?m)^\t(name|version|integrity) +=\s"(.+)"$`).FindAllSubmatch(generator, -1)
	if len(constants) != 3 {
		t.Fatalf("got the constants %q, want three", constants)
	}
	for _, m := range constants {
		if !strings.Contains(string(comment), string(m[2])) {
			t.Errorf("doc.go does not name the %s %s", m[1], m[2])
		}
	}
	css := ask(page(t, ui.Options{}), "GET", "/docs/swagger-ui.css").Body.String()
	if want := "/* swagger-ui-dist " + string(constants[1][2]) + ", "; !strings.HasPrefix(css, want) {
		t.Errorf("the style sheet begins with %.60q, want %q", css, want)
	}
}
