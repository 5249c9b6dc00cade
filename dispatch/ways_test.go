package dispatch_test

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// Every way that Ways returns answers, and it returns every way.
func TestWays(t *testing.T) {
	v2, internal, hidden := action("login", nil), action("internal", nil), action("hidden", nil)
	v2.Version = "2"
	internal.BlockedConnectionTypes = []string{"web"}
	hidden.DisableName, hidden.DisableActionParam = true, true
	o := dispatch.Options{
		AllowDeadRoutes: true, Files: namedFiles{},
		Actions: []dispatch.Action{action("login", nil), v2, action("status", nil), action("x y", nil), internal, hidden},
		Routes: dispatch.Routes{
			get("/users/:id(\\d+)", "status"), {Method: "all", Path: "/old", Action: "login", APIVersion: 1},
			{Method: "get", Path: "/v:apiVersion/deep/:rest", Action: "login", MatchTrailingPathParts: true},
			{Method: "get", Path: "/files", Dir: "d", MatchTrailingPathParts: true}, get("/old", "status"), get("/nope", "nope"), get("/f/:x", "file"), get("/status", "login"),
		},
		Folder: func(dir string) (dispatch.Files, error) { return folder{dir}, nil },
	}
	show := func(o dispatch.Options) string {
		d, _ := newDispatcher(t, o)
		var b strings.Builder
		for _, w := range d.Ways() {
			fmt.Fprintf(&b, "%s %s %s", w.By, strings.Join(w.Methods, ","), w.Path)
			for _, s := range w.Segments {
				fmt.Fprintf(&b, " [%s:%s(%s)]", s.Literal, s.Variable, s.Expression)
			}
			fmt.Fprintf(&b, " %t %s%s %v\n", w.Trailing, w.Action, w.Dir, w.Versions)
		}
		return b.String()
	}
	const want = `route HEAD,GET /users/:id(\d+) [users:()] [:id(\d+)] false status [1]
route HEAD,GET,POST,PUT,PATCH,DELETE /old [old:()] false login [1]
route HEAD,GET /v:apiVersion/deep/:rest [v:apiVersion()] [deep:()] [:rest()] true login [2 1]
route HEAD,GET /files [files:()] true d []
route HEAD,GET /f/:x [f:()] [:x()] false  []
route HEAD,GET /status [status:()] false login [2 1]
name HEAD,GET,POST,PUT,PATCH,DELETE /login [login:()] false login [2 1]
name HEAD,GET,POST,PUT,PATCH,DELETE /x y [x y:()] false x y [1]
param HEAD,GET,POST,PUT,PATCH,DELETE  false login [2 1]
param HEAD,GET  false status [1]
param HEAD,GET,POST,PUT,PATCH,DELETE  false x y [1]
`
	if got := show(o); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	o.AutomaticRoutes, o.DisableActionParam = []string{"post"}, true
	if got := show(o); !strings.Contains(got, "automatic route POST /login") || strings.Contains(got, "name ") || strings.Contains(got, "param") {
		t.Errorf("automatic routes: got\n%s", got)
	}
}

// A variable of an outer mux takes precedence over the query.
func TestPathValuesOfAMux(t *testing.T) {
	in := dispatch.Inputs{"a": {}, "rest": {}, "id": {}}
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", in)}, Routes: dispatch.Routes{get("/p/:a", "a")}})
	h, err := d.Action("a", "")
	if err != nil {
		t.Fatal(err)
	}
	pattern := ""
	mux := http.NewServeMux()
	mux.Handle("/users/{a}", h)
	mux.Handle("/files/{rest...}", h)
	mux.Handle("/v1/", http.StripPrefix("/v1", d))
	mux.Handle("/tenant/{id}/", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.StripPrefix("/tenant/"+r.PathValue("id"), d).ServeHTTP(w, r)
	}))
	mux.Handle("/", d)
	outside := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inner, _ := facts.Ensure(r) // as outer pieces do
		mux.ServeHTTP(w, inner)
		pattern = cmp.Or(r.Pattern, inner.Pattern)
	})
	for _, tt := range []struct {
		target, params, pattern string
		status                  int
	}{
		{"/users/x", "a:x", "/users/{a}", 200},
		{"/users/%ff", "", "", 400},
		{"/users/%00", "", "", 400},
		{"/users/x?a=query", "a:x", "/users/{a}", 200},
		{"/files/b/c", "rest:b/c", "/files/{rest...}", 200},
		{"/files/?rest=query", "rest:", "/files/{rest...}", 200},
		{"/v1/p/x", "a:x", "/v1/p/:a", 200},
		{"/v1/a", "", "/v1/a", 200},
		{"/tenant/7/p/x", "a:x id:7", "/tenant/{id}/p/:a", 200},
		{"/tenant/7/a?id=query", "id:7", "/tenant/{id}/a", 200},
		{"/p/x", "a:x", "/p/:a", 200},
		{"/p/%ff", "", "", 400},
		{"/p/%00", "", "", 400},
	} {
		want := map[string]string{"/users/%ff": "The path cannot be read: its variable a is not UTF-8.", "/users/%00": "The path cannot be read: its variable a has a NUL.", "/p/%00": "The path cannot be read: its variable a has a NUL."}[tt.target]
		a := ask(t, outside, "GET", tt.target, "")
		if a.Code != tt.status {
			t.Errorf("%s: got %d %s", tt.target, a.Code, a.Body)
			continue
		}
		if tt.status != 200 {
			if want != "" && a.err() != want {
				t.Errorf("%s: got %v, want %s", tt.target, a.err(), want)
			}
			continue
		}
		got := a.object()["params"].(map[string]any)
		delete(got, "action")
		delete(got, "apiVersion")
		if s := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(got), "map["), "]"); s != tt.params || pattern != tt.pattern {
			t.Errorf("%s: got %q by %s, want %q by %s", tt.target, s, pattern, tt.params, tt.pattern)
		}
	}
}
