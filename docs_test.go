package sidekick_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/middleware/compress"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/openapi/ui"
	"github.com/sidekick-http/sidekick/static"
)

func TestDocsPage(t *testing.T) {
	on := func(path, actions string) sidekick.Config {
		cfg := sidekick.Development()
		cfg.Docs, cfg.Paths.Actions = &ui.Options{Path: path}, actions
		return cfg
	}
	root := on("", "/")
	off := sidekick.Development()
	off.Docs = nil
	for _, tt := range []struct {
		name     string
		cfg      sidekick.Config
		target   string
		status   int
		location string
		want     string
	}{
		{"development", sidekick.Development(), "/docs/", 200, "", `data-spec-url="../api/openapi.json"`},
		{"without the slash", sidekick.Development(), "/docs", 301, "docs/", ""},
		{"the title", sidekick.Development(), "/docs/", 200, "", `<title>Sidekick API</title>`},
		{"an unknown file", sidekick.Development(), "/docs/x", 404, "", "not found"},
		{"elsewhere", on("/a/docs/", "/v1/api"), "/a/docs/", 200, "", `data-spec-url="../../v1/api/openapi.json"`},
		{"below the actions", on("/api/docs/", "api"), "/api/docs/", 200, "", `data-spec-url="../../api/openapi.json"`},
		{"actions at the root", root, "/docs/", 200, "", `data-spec-url="../openapi.json"`},
		{"production", sidekick.Production(), "/docs/", 404, "", ""},
		{"switched off", off, "/docs/", 404, "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			kit := newKit(t, tt.cfg)
			w := httptest.NewRecorder()
			kit.ServeHTTP(w, httptest.NewRequest(http.MethodGet, tt.target, nil))
			if w.Code != tt.status || w.Header().Get("Location") != tt.location || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d, Location %q\n%s\nwant %d, %q with %q", w.Code, w.Header().Get("Location"), w.Body, tt.status, tt.location, tt.want)
			}
			if got := w.Header()["Set-Cookie"]; got != nil {
				t.Errorf("got the cookie %q", got)
			}
			if w.Header().Get("X-Powered-By") == "" {
				t.Error("the header fields of the server are missing")
			}
			if on := w.Header().Get("Content-Security-Policy") != ""; tt.status != 404 && !on {
				t.Error("the policy is missing")
			}
		})
	}
}

// TestDocsPageCompressed checks that content stored compressed is not compressed
// again, and that a request for another host is redirected first.
func TestDocsPageCompressed(t *testing.T) {
	cfg := sidekick.Development()
	cfg.Compress = &compress.Options{}
	cfg.Hosts.Allowed = []string{"http://example.com"}
	kit := newKit(t, cfg)
	for _, file := range []string{"/docs/swagger-ui-bundle.js", "/docs/swagger-ui.css", "/docs/LICENSE"} {
		r := httptest.NewRequest(http.MethodGet, file, nil)
		r.Header.Set("Accept-Encoding", "gzip")
		w := httptest.NewRecorder()
		kit.ServeHTTP(w, r)
		if got := w.Header()["Content-Encoding"]; w.Code != 200 || len(got) != 1 || got[0] != "gzip" {
			t.Fatalf("%s: got %d, Content-Encoding %q, want gzip once", file, w.Code, got)
		}
		if got := w.Header()["Vary"]; strings.Count(strings.Join(got, ","), "Accept-Encoding") != 1 {
			t.Errorf("%s: got Vary %q", file, got)
		}
		z, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(z); err != nil || len(text) < 10_000 {
			t.Errorf("%s: got %d bytes, %v", file, len(text), err)
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/docs/", nil)
	r.Host = "elsewhere.example"
	w := httptest.NewRecorder()
	kit.ServeHTTP(w, r)
	if w.Code/100 != 3 || w.Header().Get("Location") != "http://example.com/docs/" {
		t.Errorf("got %d, Location %q, want a redirect to the allowed host", w.Code, w.Header().Get("Location"))
	}
}

func TestClientLibrary(t *testing.T) {
	const path = "/public/javascript/ActionheroWebsocketClient.js"
	version := sidekick.Production()
	version.Paths.Actions = "v1"
	own := sidekick.Production()
	own.Static.Roots = []static.Root{static.FS(fstest.MapFS{"javascript/ActionheroWebsocketClient.js": {Data: []byte("// mine")}})}
	none := sidekick.Production()
	none.DisableStatic = true
	for _, tt := range []struct {
		name   string
		cfg    sidekick.Config
		status int
		want   string
	}{
		{"default", sidekick.Production(), 200, `apiPath: "/api"`},
		{"actions elsewhere", version, 200, `apiPath: "/v1"`},
		{"a file of the user's", own, 200, "// mine"},
		{"no files", none, 404, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			newKit(t, tt.cfg).ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
			if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
				t.Errorf("got %d\n%s\nwant %d with %q", w.Code, w.Body, tt.status, tt.want)
			}
			if got := w.Header().Get("Content-Type"); tt.status == 200 && !strings.HasPrefix(got, "text/javascript") {
				t.Errorf("got the type %q", got)
			}
		})
	}
}

// The documentation page in production, where it is off by default.
func Example_docs() {
	cfg := sidekick.Production()
	cfg.OpenAPI, cfg.Docs = &openapi.Options{}, &ui.Options{}
	kit, err := sidekick.New(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer kit.Close()

	w := httptest.NewRecorder()
	kit.ServeHTTP(w, httptest.NewRequest("GET", "/docs/", nil))
	fmt.Println(w.Code, w.Header().Get("Content-Type"))
	// Output: 200 text/html; charset=utf-8
}
