package sidekick_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/sidekick-http/sidekick"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/static"
)

// TestTheRootLeadsToTheDocs checks that "/" leads to the page of the API where there is one, and
// never hides what answers there.
func TestTheRootLeadsToTheDocs(t *testing.T) {
	t.Parallel()
	index := static.FS(fstest.MapFS{"index.html": {Data: []byte("home")}})
	const browser, script = "text/html,application/xhtml+xml,*/*;q=0.8", "*/*"
	for name, tt := range map[string]struct {
		accept   string
		change   func(*sidekick.Config)
		method   string
		target   string
		status   int
		location string
	}{
		"in development":     {script, func(c *sidekick.Config) {}, "GET", "/", 302, "./docs/"},
		"by HEAD":            {script, func(c *sidekick.Config) {}, "HEAD", "/", 302, "./docs/"},
		"with a query":       {script, func(c *sidekick.Config) {}, "GET", "/?utm=1", 302, "./docs/"},
		"by POST":            {script, func(c *sidekick.Config) {}, "POST", "/", 405, ""},
		"another path":       {script, func(c *sidekick.Config) {}, "GET", "/x", 404, ""},
		"the path of files":  {script, func(c *sidekick.Config) {}, "GET", "/public/", 404, ""},
		"in production":      {script, func(c *sidekick.Config) { *c = sidekick.Production() }, "GET", "/", 404, ""},
		"the page elsewhere": {script, func(c *sidekick.Config) { c.Docs.Path = "/a/b/" }, "GET", "/", 302, "./a/b/"},
		"an index":           {script, func(c *sidekick.Config) { c.Static.Roots = []static.Root{index} }, "GET", "/", 200, ""},
		"a page for missing files": {script, func(c *sidekick.Config) {
			c.Static.Roots, c.Static.NotFoundPage, c.Static.DisableIndex = []static.Root{index}, "index.html", true
		}, "GET", "/", 404, ""},
		"a fallback": {script, func(c *sidekick.Config) {
			c.Static.Roots, c.Static.Fallback, c.Static.DisableIndex = []static.Root{index}, "index.html", true
		}, "GET", "/", 200, ""},
		"an old server":                 {script, func(c *sidekick.Config) { c.Unknown = http.NotFoundHandler() }, "GET", "/", 404, ""},
		"no files":                      {browser, func(c *sidekick.Config) { c.DisableStatic = true }, "GET", "/", 302, "./docs/"},
		"no files, a script":            {script, func(c *sidekick.Config) { c.DisableStatic = true }, "GET", "/", 404, ""},
		"actions at the root":           {browser, func(c *sidekick.Config) { c.Paths.Root = "actions" }, "GET", "/", 302, "./docs/"},
		"actions at the root, a script": {script, func(c *sidekick.Config) { c.Paths.Root = "actions" }, "GET", "/", 404, ""},
		"an action at the root":         {browser, func(c *sidekick.Config) { c.Paths.Root = "actions" }, "GET", "/?action=one", 200, ""},
		"an action that is none":        {browser, func(c *sidekick.Config) { c.Paths.Root = "actions" }, "GET", "/?action=none", 404, ""},
		"an action in a body":           {script, func(c *sidekick.Config) { c.Paths.Root = "actions" }, "POST", "/", 404, ""},
		"a route for the root": {browser, func(c *sidekick.Config) {
			c.Paths.Root = "actions"
			c.Actions.Routes = dispatch.Routes{{Method: "get", Path: "/", Action: "one"}}
		}, "GET", "/", 200, ""},
		"actions only at the root":           {browser, func(c *sidekick.Config) { c.Paths.Actions = "/" }, "GET", "/", 302, "./docs/"},
		"actions only at the root, a script": {script, func(c *sidekick.Config) { c.Paths.Actions = "/" }, "GET", "/", 404, ""},
		"a page, but not the index": {script, func(c *sidekick.Config) {
			c.Static.Roots = []static.Root{static.FS(fstest.MapFS{"a.html": {Data: []byte("a")}})}
		}, "GET", "/a.html", 200, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := sidekick.Development()
			tt.change(&cfg)
			cfg.Fingerprint.DangerouslyUnsigned = true
			kit := newKit(t, cfg, counting("one"))
			w := httptest.NewRecorder()
			r := httptest.NewRequest(tt.method, tt.target, nil)
			r.Header.Set("Accept", tt.accept)
			kit.ServeHTTP(w, r)
			if w.Code != tt.status || w.Header().Get("Location") != tt.location {
				t.Errorf("got %d to %q: %s; want %d to %q", w.Code, w.Header().Get("Location"), w.Body, tt.status, tt.location)
			}
		})
	}
}
