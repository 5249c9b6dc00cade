package jsclient_test

import (
	"errors"
	"io"
	"io/fs"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/jsclient"
	"github.com/sidekick-http/sidekick/static"
)

func script(t *testing.T, opts jsclient.Options) *jsclient.Script {
	t.Helper()
	s, err := jsclient.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestSize(t *testing.T) {
	f, err := script(t, jsclient.Options{}).FS().Open(jsclient.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(text) == 0 || len(text) >= 5000 {
		t.Errorf("the library has %d bytes, want fewer than 5,000", len(text))
	}
	if n := strings.Count(string(text), `"/api"`); n != 1 {
		t.Errorf("the path of actions is %d times in it, want once", n)
	}
	for _, b := range text {
		if b >= 0x80 {
			t.Fatal("the library is not ASCII: it would depend on the charset of the page")
		}
	}
}

func TestServeHTTP(t *testing.T) {
	s := script(t, jsclient.Options{APIPath: `/v1/"a</script>`})
	ask := func(method, tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/any", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	w := ask("GET", "")
	if w.Code != 200 || w.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("got %d %q", w.Code, w.Header())
	}
	if want := `apiPath: "/v1/\"a\u003c/script\u003e"`; !strings.Contains(w.Body.String(), want) {
		t.Errorf("got no %s in\n%s", want, w.Body)
	}
	if again := ask("GET", w.Header().Get("ETag")); again.Code != 304 || again.Body.Len() != 0 {
		t.Errorf("got %d with %d bytes, want 304", again.Code, again.Body.Len())
	}
	if head := ask("HEAD", ""); head.Code != 200 || head.Body.Len() != 0 {
		t.Errorf("HEAD: got %d with %d bytes", head.Code, head.Body.Len())
	}
	if post := ask("POST", ""); post.Code != 405 || post.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d, Allow %q", post.Code, post.Header()["Allow"])
	}
}

func TestFS(t *testing.T) {
	files, err := static.New(static.Options{Roots: []static.Root{static.FS(script(t, jsclient.Options{}).FS())}})
	if err != nil {
		t.Fatal(err)
	}
	defer files.Close()
	for target, want := range map[string]int{
		"/" + jsclient.Path: 200,
		"/javascript/":      404,
		"/javascript":       404,
		"/":                 404,
		"/x.js":             404,
	} {
		w := httptest.NewRecorder()
		files.ServeHTTP(w, httptest.NewRequest("GET", target, nil))
		if w.Code != want {
			t.Errorf("%s: got %d, want %d", target, w.Code, want)
		}
	}
	for name, want := range map[string]error{"javascript": fs.ErrNotExist, "../x": fs.ErrInvalid, "/" + jsclient.Path: fs.ErrInvalid} {
		if _, err := script(t, jsclient.Options{}).FS().Open(name); !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", name, err, want)
		}
	}
}

func TestOptions(t *testing.T) {
	for path, ok := range map[string]bool{"": true, "/": true, "/v1/api": true, "api": false, "//example.com": false, "/a?b": false, "/a#b": false, `/\example.com`: false} {
		_, err := jsclient.New(jsclient.Options{APIPath: path})
		var problem *jsclient.ConfigError
		if (err == nil) != ok || err != nil && (!errors.As(err, &problem) || problem.Field != "APIPath") {
			t.Errorf("%q: got %v, want it taken: %v", path, err, ok)
		}
	}
}
