package dispatch_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
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
