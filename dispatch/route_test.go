package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func get(path, action string) dispatch.Route {
	return dispatch.Route{Method: "get", Path: path, Action: action}
}

func TestWaysSwitchedOff(t *testing.T) {
	actions := []dispatch.Action{action("status", nil)}
	routes := dispatch.Routes{get("/r", "status")}
	for _, tt := range []struct {
		name          string
		opts          dispatch.Options
		byName, param int
	}{
		{"all on", dispatch.Options{}, 200, 200},
		{"no names", dispatch.Options{DisableNames: true}, 404, 200},
		{"no param", dispatch.Options{DisableActionParam: true}, 200, 404},
		{"neither", dispatch.Options{DisableNames: true, DisableActionParam: true}, 404, 404},
		{"automatic routes for post", dispatch.Options{AutomaticRoutes: []string{"post"}}, 405, 200},
		{"automatic routes for get", dispatch.Options{AutomaticRoutes: []string{"GET"}}, 200, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.opts.Actions, tt.opts.Routes = actions, routes
			d, _ := newDispatcher(t, tt.opts)
			if got := ask(t, d, "GET", "/status", "").Code; got != tt.byName {
				t.Errorf("by name: got %d, want %d", got, tt.byName)
			}
			if got := ask(t, d, "GET", "/?action=status", "").Code; got != tt.param {
				t.Errorf("by param: got %d, want %d", got, tt.param)
			}
			if got := ask(t, d, "GET", "/r", "").Code; got != 200 {
				t.Errorf("by route: got %d, want 200", got)
			}
		})
	}
}

// An action with routes answers by its name only the methods of its routes, and a method that a
// path does not support is a 405.
func TestMethods(t *testing.T) {
	hidden := action("hidden", nil)
	hidden.DisableName, hidden.DisableActionParam = true, true
	routed := action("routed", nil)
	routed.DisableName, routed.DisableActionParam = true, true
	o := dispatch.Options{
		Actions: []dispatch.Action{action("userDelete", nil), action("userShow", nil), action("free", nil), hidden, routed},
		Routes: dispatch.Routes{
			{Method: "delete", Path: "/users/:id", Action: "userDelete"}, get("/users/:id", "userShow"), {Method: "post", Path: "/show", Action: "userShow"}, get("/r", "routed"),
		},
	}
	strict, _ := newDispatcher(t, o)
	o.NotFoundForMethods = true
	found, _ := newDispatcher(t, o)
	o.AnyMethodByName = true
	free, _ := newDispatcher(t, o)
	for _, tt := range []struct {
		method, target             string
		strict, notFound, anything int
		allow                      string
	}{
		{"GET", "/userDelete", 405, 404, 200, "DELETE, OPTIONS"},
		{"DELETE", "/userDelete", 200, 200, 200, ""},
		{"GET", "/?action=userDelete&id=7", 405, 404, 200, "DELETE, OPTIONS"},
		{"DELETE", "/?action=userDelete&id=7", 200, 200, 200, ""},
		{"HEAD", "/userShow", 200, 200, 200, ""},
		{"GET", "/userShow", 200, 200, 200, ""},
		{"POST", "/userShow", 200, 200, 200, ""},
		{"PUT", "/userShow", 405, 404, 200, "HEAD, GET, POST, OPTIONS"},
		{"PUT", "/users/7", 405, 404, 404, "HEAD, GET, DELETE, OPTIONS"},
		{"BREW", "/users/7", 405, 404, 404, "HEAD, GET, DELETE, OPTIONS"},
		{"PATCH", "/free", 200, 200, 200, ""},
		{"GET", "/hidden", 404, 404, 404, ""},
		{"GET", "/?action=hidden", 404, 404, 404, ""},
		{"GET", "/routed", 404, 404, 404, ""},
		{"GET", "/r", 200, 200, 200, ""},
		{"GET", "/nope", 404, 404, 404, ""},
	} {
		for d, want := range map[*dispatch.Dispatcher]int{strict: tt.strict, found: tt.notFound, free: tt.anything} {
			a := ask(t, d, tt.method, tt.target, "")
			if a.Code != want {
				t.Errorf("%s %s: got %d, want %d", tt.method, tt.target, a.Code, want)
			}
			if d == strict && a.Header().Get("Allow") != tt.allow {
				t.Errorf("%s %s: got Allow %q, want %q", tt.method, tt.target, a.Header().Get("Allow"), tt.allow)
			}
		}
	}
}

func TestPatternOnTheRequest(t *testing.T) {
	var pattern string
	var route dispatch.Route
	var matched bool
	a := dispatch.Action{Name: "a", Inputs: dispatch.Inputs{"id": {}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		pattern = c.Request().Pattern
		route, matched = c.MatchedRoute()
		id, ok := c.PathValue("id")
		if matched != ok || matched && id != "7" {
			t.Errorf("PathValue: got %q %v", id, ok)
		}
		return nil, nil
	}}
	d, _ := newDispatcher(t, dispatch.Options{Prefixes: []string{"/api"}, Actions: []dispatch.Action{a}, Routes: dispatch.Routes{get("/users/:id", "a")}})
	outer := httptest.NewRequest("GET", "/api/users/7", nil)
	d.ServeHTTP(httptest.NewRecorder(), outer)
	if pattern != "/api/users/:id" || outer.Pattern != pattern || !matched || route.Path != "/users/:id" {
		t.Errorf("by route: got %q, outside %q, %+v", pattern, outer.Pattern, route)
	}
	ask(t, d, "GET", "/api/A", "")
	if pattern != "/api/a" || matched {
		t.Errorf("by name: got %q, %v", pattern, matched)
	}
}

func TestUnderAPrefix(t *testing.T) {
	actions := []dispatch.Action{action("echo", dispatch.Inputs{"key": {}})}
	routes := dispatch.Routes{get("/any/:key", "echo")}
	stripped, _ := newDispatcher(t, dispatch.Options{Actions: actions, Routes: routes})
	whole, _ := newDispatcher(t, dispatch.Options{Actions: actions, Routes: routes, Prefixes: []string{"/deep/api"}})
	mux := http.NewServeMux()
	mux.Handle("/v/", http.StripPrefix("/v", stripped))
	mux.Handle("/deep/api/", whole)
	for _, target := range []string{"/v/echo?key=a%2Fb", "/v/any/a%2Fb", "/deep/api/any/a%2Fb", "/deep/api/echo?key=a/b"} {
		if v := ask(t, mux, "GET", target, "").object(); v["ran"] != "echo" || v["params"].(map[string]any)["key"] != "a/b" {
			t.Errorf("%s: got %v", target, v)
		}
	}
	if got := ask(t, whole, "GET", "/deep/apis/echo", "").Code; got != 404 {
		t.Errorf("half a segment of the prefix: got %d, want 404", got)
	}
}

func TestRegister(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", nil)}, AutomaticRoutes: []string{"get"}, Routes: dispatch.Routes{get("/x", "a")}})
	if err := d.Register(get("/y", "a"), get("/z", "a")); err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, r := range d.Routes() {
		paths = append(paths, r.Path)
	}
	if want := []string{"/x", "/y", "/z", "/a"}; !reflect.DeepEqual(paths, want) {
		t.Errorf("got %v, want %v", paths, want)
	}
	if err := d.Register(get("/x", "a")); err == nil || !strings.Contains(err.Error(), "can never match") {
		t.Errorf("a dead route: got %v", err)
	}
	for _, p := range []string{"/x", "/y", "/z", "/a"} {
		if got := ask(t, d, "GET", p, "").Code; got != 200 {
			t.Errorf("%s: got %d", p, got)
		}
	}
	if err := d.Register(get("/w", "a")); !errors.Is(err, dispatch.ErrServing) {
		t.Errorf("while serving: got %v, want ErrServing", err)
	}
}

func TestConflictsAreErrors(t *testing.T) {
	actions := []dispatch.Action{action("a", nil), action("b", dispatch.Inputs{"callback": {}, "docs[]": {File: true}}), {Name: "c"}, action("a", nil)}
	_, err := dispatch.New(dispatch.Options{
		Actions: actions,
		Routes: dispatch.Routes{
			get("/x", "a"), get("/X", "a"), get("/:id", "a"), get("/:other", "a"), get("/y", "nope"),
			{Method: "get", Path: "/old", Action: "a", APIVersion: 7}, {Method: "fetch", Path: "/f", Action: "a"},
			get(`/bad/:id(a`, "a"), get("/v/:callback", "a"), {Method: "get", Path: "/none"}, {Method: "get", Path: "/d", Dir: "route_test.go"},
			{Method: "post", Path: "/d2", Dir: "d"}, {Method: "get", Path: "/t", Action: "a", APIVersion: []int{1}},
		},
		Prefixes: []string{"api/"}, AutomaticRoutes: []string{"fetch"}, Timeout: -1,
	})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{
		`Actions[1] ("b").Inputs["callback"]: the name is reserved`,
		`Actions[1] ("b").Inputs["docs[]"]: no file reaches it`,
		`Actions[2] ("c"): want exactly one of Run and Handler`,
		`Actions[3] ("a").Version: invalid value "1": another action of this name`,
		`Routes[1] (get /X): it can never match: Routes[0] (get /x)`,
		`Routes[3] (get /:other): it can never match: Routes[2] (get /:id)`,
		`Routes[4] (get /y)`, `Routes[4] (get /y).Action: invalid value "nope": no action has this name`,
		`Routes[5] (get /old).APIVersion: invalid value "7": action "a" has no version 7`,
		`Routes[6] (fetch /f).Method: invalid value "fetch"`,
		`Routes[7] (get /bad/:id(a).Path`, "at offset",
		`Routes[8] (get /v/:callback).Path: invalid value "/v/:callback": the name of the variable "callback" is reserved`,
		`Routes[9] (get /none): want exactly one of Action and Dir`,
		`Routes[10] (get /d).Dir: invalid value "route_test.go": `,
		`Routes[11] (post /d2).Method: invalid value "post": a folder is served for get only`,
		`Routes[12] (get /t).APIVersion`,
		`Prefixes[0]: invalid value "api/"`, `AutomaticRoutes[0]: invalid value "fetch"`, "Timeout: invalid value",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not reported: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("got\n%v", err)
	}
	if _, err := dispatch.New(dispatch.Options{AllowDeadRoutes: true, Actions: actions[:1], Routes: dispatch.Routes{get("/x", "a"), get("/x", "nope"), get("/y", "nope")}}); err != nil {
		t.Errorf("allowed: got %v", err)
	}
}

func TestRoutesJSON(t *testing.T) {
	var got dispatch.Routes
	err := json.Unmarshal([]byte(`{
		"post": [{"path": "/p", "action": "a"}],
		"all": [{"path": "/users/:userID", "action": "user", "apiVersion": 2, "matchTrailingPathParts": true}],
		"get": [{"path": "/f", "dir": "folder"}, {"path": "/o", "action": "a", "apiVersion": "1"}]
	}`), &got)
	want := dispatch.Routes{
		{Method: "post", Path: "/p", Action: "a"},
		{Method: "all", Path: "/users/:userID", Action: "user", APIVersion: json.Number("2"), MatchTrailingPathParts: true},
		{Method: "get", Path: "/f", Dir: "folder"},
		{Method: "get", Path: "/o", Action: "a", APIVersion: "1"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
	for text, want := range map[string]string{
		`[]`: "want an object", `{"fetch": []}`: `unknown method "fetch"`, `{"get": {}}`: "get: want a list",
		`{"get": [{"pth": "/"}]}`: `get[0]: json: unknown field "pth"; accepted are path, action`,
		`{"get": [{"path": 1}]}`:  "get[0]",
	} {
		if err := json.Unmarshal([]byte(text), &got); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %q in it", text, err, want)
		}
	}
}
