package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
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

// folder answers with its name and the name of the file.
type folder struct{ dir string }

func (f folder) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	io.WriteString(w, "file "+f.dir+":"+name)
}

func TestReachingAnAction(t *testing.T) {
	key := dispatch.Inputs{"key": {}, "path": {}, "user_id": {}}
	v := func(version string) dispatch.Action {
		a := action("login", key)
		a.Version = version
		a.Run = func(_ context.Context, c *dispatch.Connection) (any, error) {
			_, version := c.Action()
			return map[string]any{"ran": "login" + version, "params": c.Params}, nil
		}
		return a
	}
	opts := dispatch.Options{
		// As Actionhero documents it; TestMethods tests the default.
		AnyMethodByName: true, NotFoundForMethods: true,
		Prefixes: []string{"/api", ""},
		Actions:  []dispatch.Action{action("status", nil), action("echo", key), action("check", nil), v("1"), v("2"), v("10"), v("three")},
		Routes: dispatch.Routes{
			get("/any/:key", "echo"), get(`/d/:key(\d{3})`, "echo"), get("/v:apiVersion/p", "login"),
			{Method: "get", Path: "/old", Action: "login", APIVersion: 1},
			{Method: "get", Path: "/rest/:key/:path(.*)", Action: "echo", MatchTrailingPathParts: true},
			{Method: "post", Path: "/any/:key", Action: "status"},
			{Method: "get", Path: "/folder", Dir: "d", MatchTrailingPathParts: true},
		},
		Folder: func(dir string) (dispatch.Files, error) { return folder{dir}, nil },
	}
	d, _ := newDispatcher(t, opts)
	long := strings.Repeat("a", 8000)
	for _, tt := range []struct {
		name, method, target, body string
		status                     int
		ran                        any // the action, or nil
		key                        any
	}{
		{"by name", "GET", "/api/status", "", 200, "status", nil},
		{"by name at the root", "GET", "/status", "", 200, "status", nil},
		{"by name without case", "GET", "/api/STATUS", "", 200, "status", nil},
		{"the prefix has a case", "GET", "/API/status", "", 404, nil, nil},
		{"by name with a slash behind", "GET", "/api/status/", "", 200, "status", nil},
		{"more behind the name", "GET", "/api/status/x", "", 404, nil, nil},
		{"escaped name", "GET", "/api/%73tatus", "", 200, "status", nil},
		{"escaped prefix", "GET", "/%61pi/status", "", 200, "status", nil},
		{"escaped slash is none", "GET", "/api%2Fstatus", "", 404, nil, nil},
		{"by param", "GET", "/api?action=status", "", 200, "status", nil},
		{"by param behind a slash", "GET", "/api/?action=status", "", 200, "status", nil},
		{"by param of a body", "POST", "/api", `{"action":"echo","key":"v"}`, 200, "echo", "v"},
		{"by param of a form", "POST", "/api", "action=echo&key=v", 200, "echo", "v"},
		{"the path comes before the param", "GET", "/api/status?action=echo", "", 200, "status", nil},
		{"unknown param", "GET", "/api?action=nope", "", 404, nil, nil},
		{"no action at all", "GET", "/api", "", 404, nil, nil},
		{"by route", "GET", "/api/any/x", "", 200, "echo", "x"},
		{"a route's variable beats query", "GET", "/api/any/x?key=q", "", 200, "echo", "x"},
		{"by the method's own route", "POST", "/api/any/x", "", 200, "status", nil},
		{"HEAD where GET is", "HEAD", "/api/any/x", "", 200, nil, nil},
		{"HEAD of a name", "HEAD", "/api/status", "", 200, nil, nil},
		{"D1 the whole segment must match", "GET", "/api/d/x123y", "", 404, nil, nil},
		{"D1 it does", "GET", "/api/d/123", "", 200, "echo", "123"},
		{"D2 the prefix of a segment is at its beginning", "GET", "/api/1v/p", "", 404, nil, nil},
		{"D2 a literal before the variable", "GET", "/api/v1/p", "", 200, "login1", nil},
		{"D3 a long segment", "GET", "/api/d/" + long, "", 404, nil, nil},
		{"D3 too long a path", "GET", "/api/any/" + long + long, "", 414, nil, nil},
		{"D4 an escaped slash is data", "GET", "/api/any/a%2Fb", "", 200, "echo", "a/b"},
		{"D4 decoded once", "GET", "/api/any/%2561", "", 200, "echo", "%61"},
		{"D4 decoded once beside an escaped slash", "GET", "/api/any/%2561%2F", "", 200, "echo", "%61/"},
		{"D4 an escaped percent", "GET", "/api/any/%25zz", "", 200, "echo", "%zz"},
		{"D4 other escapes", "GET", "/api/any/It%27s%20x", "", 200, "echo", "It's x"},
		{"P12 a plus in a path", "GET", "/api/any/a+b", "", 200, "echo", "a+b"},
		{"P12 a plus in a query", "GET", "/api/echo?key=a+b", "", 200, "echo", "a b"},
		{"D5 dot segments", "GET", "/api/../status", "", 404, nil, nil},
		{"D5 escaped dot segments", "GET", "/api/%2e%2e/status", "", 404, nil, nil},
		{"D5 doubled slashes", "GET", "/api//any/x", "", 404, nil, nil},
		{"D5 doubled slashes before", "GET", "//api/status", "", 404, nil, nil},
		{"D5 matrix parameters are data", "GET", "/api/any/x;a=b", "", 200, "echo", "x;a=b"},
		{"D5 matrix parameters of a name", "GET", "/api/status;a=b", "", 404, nil, nil},
		{"D6 case and a slash behind", "GET", "/api/ANY/x/", "", 200, "echo", "x"},
		{"D6 the same with a body", "POST", "/api/any/x/", `{}`, 200, "status", nil},
		{"D7 many parts", "GET", "/api" + strings.Repeat("/a", 3000), "", 404, nil, nil},
		{"D8 an unknown method", "BREW", "/api/status", "", 404, nil, nil},
		{"D8 a method in lower case", "get", "/api/status", "", 404, nil, nil},
		{"D8 TRACE", "TRACE", "/api/status", "", 405, nil, nil},
		{"D8 CONNECT", "CONNECT", "/api/status", "", 405, nil, nil},
		{"D10 no method override", "POST", "/api/old?_method=GET", "_method=GET", 404, nil, nil},
		{"D11 the newest", "GET", "/api/login", "", 200, "login10", nil},
		{"D11 by number", "GET", "/api/login?apiVersion=2", "", 200, "login2", nil},
		{"D11 another spelling of the number", "GET", "/api/login?apiVersion=2.0", "", 200, "login2", nil},
		{"D11 a JSON number", "POST", "/api/login", `{"apiVersion":2}`, 200, "login2", nil},
		{"D11 by word", "GET", "/api/login?apiVersion=three", "", 200, "loginthree", nil},
		{"D11 unknown", "GET", "/api/login?apiVersion=999", "", 404, nil, nil},
		{"D11 empty is none", "GET", "/api/login?apiVersion=", "", 200, "login10", nil},
		{"D11 a blank before it", "GET", "/api/login?apiVersion=%201", "", 404, nil, nil},
		{"D11 no text", "GET", "/api/login?apiVersion[x]=1", "", 404, nil, nil},
		{"the query's version before the body's", "POST", "/api/login?apiVersion=1", `{"apiVersion":2}`, 200, "login1", nil},
		{"a body's version of an action with one", "POST", "/api/echo", `{"apiVersion":2}`, 404, nil, nil},
		{"D6 a name folds only A to Z", "GET", "/api/chec%E2%84%AA", "", 404, nil, nil},
		{"D4 an escaped name with a slash behind", "GET", "/api/%73tatus/", "", 200, "status", nil},
		{"D5 a doubled slash behind a name", "GET", "/api/status//", "", 404, nil, nil},
		{"P5 a magic version", "GET", "/api/login?apiVersion=__proto__", "", 404, nil, nil},
		{"a route's version", "GET", "/api/old", "", 200, "login1", nil},
		{"a request's version before the route's", "GET", "/api/old?apiVersion=2", "", 200, "login2", nil},
		{"P8 the path's version before the request's", "GET", "/api/v1/p?apiVersion=2", "", 200, "login1", nil},
		{"the rest of the path", "GET", "/api/rest/a/b/c", "", 200, "echo", "a"},
		{"a bad escape", "GET", "/api/any/%ff", "", 400, nil, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a := ask(t, d, tt.method, tt.target, tt.body)
			if a.Code != tt.status {
				t.Fatalf("got %d %s, want %d", a.Code, a.Body, tt.status)
			}
			if tt.method == "HEAD" {
				if a.Body.Len() > 0 {
					t.Errorf("got a body: %s", a.Body)
				}
				return
			}
			v := a.object()
			if v["ran"] != tt.ran {
				t.Errorf("ran %v, want %v", v["ran"], tt.ran)
			}
			if tt.key != nil && v["params"].(map[string]any)["key"] != tt.key {
				t.Errorf("got key %v, want %v", v["params"], tt.key)
			}
			if tt.status >= 400 && (v["error"] == nil || a.Header().Get("Cache-Control") != "no-store") {
				t.Errorf("got %v %v, want an error that is not stored", v, a.Header())
			}
		})
	}
	t.Run("D8 TRACE echoes nothing", func(t *testing.T) {
		if a := ask(t, d, "TRACE", "/api/echo?key=secret", ""); strings.Contains(a.Body.String(), "secret") || a.Header().Get("Allow") == "" {
			t.Errorf("got %s %v", a.Body, a.Header())
		}
	})
	t.Run("a folder", func(t *testing.T) {
		for target, want := range map[string]string{"/api/folder/a/b.txt": "file d:/a/b.txt", "/folder": "file d:", "/api/folder/": "file d:/"} {
			if got := ask(t, d, "GET", target, "").Body.String(); got != want {
				t.Errorf("%s: got %q, want %q", target, got, want)
			}
		}
		if h, ok := d.Folder(httptest.NewRequest("GET", "/folder/x", nil)); !ok {
			t.Error("Folder: got none")
		} else if got := ask(t, h, "GET", "/folder/x", "").Body.String(); got != "file d:/x" {
			t.Errorf("Folder: got %q", got)
		}
		for _, r := range []*http.Request{httptest.NewRequest("POST", "/folder/x", nil), httptest.NewRequest("GET", "/any/x", nil), httptest.NewRequest("GET", "/nope", nil)} {
			if _, ok := d.Folder(r); ok {
				t.Errorf("Folder: %s %s: got one", r.Method, r.URL)
			}
		}
	})
	t.Run("D9 OPTIONS", func(t *testing.T) {
		for target, want := range map[string]string{
			"/api/%73tatus": "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS", "/api/any/x": "HEAD, GET, POST, OPTIONS", "/api/status": "HEAD, GET, POST, PUT, PATCH, DELETE, OPTIONS", "/api/d/123": "HEAD, GET, OPTIONS",
		} {
			if a := ask(t, d, "OPTIONS", target, ""); a.Code != 204 || a.Header().Get("Allow") != want {
				t.Errorf("%s: got %d %q, want %q", target, a.Code, a.Header().Get("Allow"), want)
			}
		}
		for _, target := range []string{"/api//status", "/api/status//"} {
			if a := ask(t, d, "OPTIONS", target, ""); a.Code != 404 {
				t.Errorf("%s: got %d", target, a.Code)
			}
		}
		if a := ask(t, d, "OPTIONS", "/api/nope", ""); a.Code != 404 {
			t.Errorf("unknown: got %d", a.Code)
		}
		if a := ask(t, d, "OPTIONS", "*", ""); a.Code != 404 {
			t.Errorf("*: got %d, want 404", a.Code)
		}
	})
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
