package dispatch_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/upload"
)

// The name "file" is an ordinary parameter; only ?action=file is special.
func TestTheNameFile(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{
		Params: newMemoryParams(t, upload.Options{}), Files: namedFiles{},
		Actions: []dispatch.Action{
			{Name: "up", Inputs: dispatch.Inputs{"file": {File: true, Required: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				f, _ := c.Params.File("file")
				return map[string]any{"name": f.Name}, nil
			}},
			action("by", dispatch.Inputs{"file": {}}),
		},
		Routes: dispatch.Routes{get("/by/:file", "by")},
	})
	contentType, body := multipartOf(t, "file")
	r := httptest.NewRequest("POST", "/up", body)
	r.Header.Set("Content-Type", contentType)
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	if got := (answer{rec, t}).object()["name"]; got != "f.txt" {
		t.Errorf("got %d %s", rec.Code, rec.Body)
	}
	if got := ask(t, d, "GET", "/by/x", "").object()["params"].(map[string]any)["file"]; got != "x" {
		t.Errorf("a variable: got %v", got)
	}
	if got := ask(t, d, "GET", "/?action=file&file=x.txt", "").Body.String(); got != "file x.txt" {
		t.Errorf("the action file: got %s", got)
	}
}

type namedFiles struct{}

func (namedFiles) ServeName(w http.ResponseWriter, _ *http.Request, name string) {
	fmt.Fprint(w, "file ", name)
}

// folder answers with its name and the name of the file.
type folder struct{ dir string }

func (f folder) ServeName(w http.ResponseWriter, r *http.Request, name string) {
	io.WriteString(w, "file "+f.dir+":"+name)
}

// reachable is a dispatcher with an action for every way to reach one. They answer
// with their name and parameters.
func reachable(t *testing.T) *dispatch.Dispatcher {
	t.Helper()
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
	d, _ := newDispatcher(t, dispatch.Options{
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
	})
	return d
}

// reach is a request and what it reaches.
type reach struct {
	name, method, target, body string
	status                     int
	ran                        any // the action, or nil
	key                        any // the parameter of this name, unless nil
}

// reached sends each request to the dispatcher of reachable.
func reached(t *testing.T, rows []reach) {
	t.Helper()
	d := reachable(t)
	for _, tt := range rows {
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
}

// An escaped slash separates nothing, and only the letters A to Z have two cases.
func TestActionsAreReachedByName(t *testing.T) { // D4 D6 D9
	t.Parallel()
	reached(t, []reach{
		{"as it is", "GET", "/api/status", "", 200, "status", nil},
		{"at the root", "GET", "/status", "", 200, "status", nil},
		{"in another case", "GET", "/api/STATUS", "", 200, "status", nil},
		{"a prefix in another case", "GET", "/API/status", "", 404, nil, nil},
		{"with a trailing slash", "GET", "/api/status/", "", 200, "status", nil},
		{"more after the name", "GET", "/api/status/x", "", 404, nil, nil},
		{"an escaped name", "GET", "/api/%73tatus", "", 200, "status", nil},
		{"an escaped name with a trailing slash", "GET", "/api/%73tatus/", "", 200, "status", nil},
		{"an escaped prefix", "GET", "/%61pi/status", "", 200, "status", nil},
		{"an escaped slash separates nothing", "GET", "/api%2Fstatus", "", 404, nil, nil},
		{"a letter that folds to k", "GET", "/api/chec%E2%84%AA", "", 404, nil, nil},
		{"HEAD", "HEAD", "/api/status", "", 200, nil, nil},
	})
}

func TestActionsAreReachedByParameter(t *testing.T) { // P8
	t.Parallel()
	reached(t, []reach{
		{"as it is", "GET", "/api?action=status", "", 200, "status", nil},
		{"after a slash", "GET", "/api/?action=status", "", 200, "status", nil},
		{"in a body", "POST", "/api", `{"action":"echo","key":"v"}`, 200, "echo", "v"},
		{"in a form", "POST", "/api", "action=echo&key=v", 200, "echo", "v"},
		{"the name in the path comes first", "GET", "/api/status?action=echo", "", 200, "status", nil},
		{"an unknown action", "GET", "/api?action=nope", "", 404, nil, nil},
		{"no action at all", "GET", "/api", "", 404, nil, nil},
	})
}

func TestActionsAreReachedByRoute(t *testing.T) { // P7 D6 D9
	t.Parallel()
	reached(t, []reach{
		{"as it is", "GET", "/api/any/x", "", 200, "echo", "x"},
		{"a route's variable beats the query", "GET", "/api/any/x?key=q", "", 200, "echo", "x"},
		{"the route of another method", "POST", "/api/any/x", "", 200, "status", nil},
		{"HEAD", "HEAD", "/api/any/x", "", 200, nil, nil},
		{"in another case, with a trailing slash", "GET", "/api/ANY/x/", "", 200, "echo", "x"},
		{"with a trailing slash and a body", "POST", "/api/any/x/", `{}`, 200, "status", nil},
		{"the rest of the path", "GET", "/api/rest/a/b/c", "", 200, "echo", "a"},
	})
}

func TestPatternsMatchWholeSegments(t *testing.T) { // D1 D2
	t.Parallel()
	reached(t, []reach{
		{"a part of the segment matches", "GET", "/api/d/x123y", "", 404, nil, nil},
		{"the whole segment matches", "GET", "/api/d/123", "", 200, "echo", "123"},
		{"a literal that is not at the beginning", "GET", "/api/1v/p", "", 404, nil, nil},
		{"a literal before the variable", "GET", "/api/v1/p", "", 200, "login1", nil},
	})
}

func TestLongPathsReachNothing(t *testing.T) { // D3 D7
	t.Parallel()
	long := strings.Repeat("a", 8000)
	reached(t, []reach{
		{"a long segment", "GET", "/api/d/" + long, "", 404, nil, nil},
		{"too long a path", "GET", "/api/any/" + long + long, "", 414, nil, nil},
		{"many parts", "GET", "/api" + strings.Repeat("/a", 3000), "", 404, nil, nil},
	})
}

func TestPathsAreDecodedOnce(t *testing.T) { // P11 P12 D4
	t.Parallel()
	reached(t, []reach{
		{"an escaped slash is data", "GET", "/api/any/a%2Fb", "", 200, "echo", "a/b"},
		{"an escaped escape", "GET", "/api/any/%2561", "", 200, "echo", "%61"},
		{"an escaped escape beside an escaped slash", "GET", "/api/any/%2561%2F", "", 200, "echo", "%61/"},
		{"an escaped percent", "GET", "/api/any/%25zz", "", 200, "echo", "%zz"},
		{"other escapes", "GET", "/api/any/It%27s%20x", "", 200, "echo", "It's x"},
		{"a plus in a path", "GET", "/api/any/a+b", "", 200, "echo", "a+b"},
		{"a plus in a query", "GET", "/api/echo?key=a+b", "", 200, "echo", "a b"},
		{"a bad escape", "GET", "/api/any/%ff", "", 400, nil, nil},
	})
}

// Nothing is removed from a path to find an action.
func TestPathsAreNotCleaned(t *testing.T) { // D5
	t.Parallel()
	reached(t, []reach{
		{"dot segments", "GET", "/api/../status", "", 404, nil, nil},
		{"escaped dot segments", "GET", "/api/%2e%2e/status", "", 404, nil, nil},
		{"doubled slashes", "GET", "/api//any/x", "", 404, nil, nil},
		{"doubled slashes at the beginning", "GET", "//api/status", "", 404, nil, nil},
		{"doubled slashes at the end", "GET", "/api/status//", "", 404, nil, nil},
		{"matrix parameters are data", "GET", "/api/any/x;a=b", "", 200, "echo", "x;a=b"},
		{"matrix parameters are part of a name", "GET", "/api/status;a=b", "", 404, nil, nil},
	})
}

func TestUnknownMethodsReachNothing(t *testing.T) { // D8 D10
	t.Parallel()
	reached(t, []reach{
		{"an unknown method", "BREW", "/api/status", "", 404, nil, nil},
		{"a method in lower case", "get", "/api/status", "", 404, nil, nil},
		{"TRACE", "TRACE", "/api/status", "", 405, nil, nil},
		{"CONNECT", "CONNECT", "/api/status", "", 405, nil, nil},
		{"a method override", "POST", "/api/old?_method=GET", "_method=GET", 404, nil, nil},
	})
}

func TestTRACEEchoesNothing(t *testing.T) { // D8
	t.Parallel()
	a := ask(t, reachable(t), "TRACE", "/api/echo?key=secret", "")
	if strings.Contains(a.Body.String(), "secret") || a.Header().Get("Allow") == "" {
		t.Errorf("got %s %v", a.Body, a.Header())
	}
}

func TestVersionsChooseTheAction(t *testing.T) { // P5 P8 D11
	t.Parallel()
	reached(t, []reach{
		{"the newest", "GET", "/api/login", "", 200, "login10", nil},
		{"by number", "GET", "/api/login?apiVersion=2", "", 200, "login2", nil},
		{"another spelling of the number", "GET", "/api/login?apiVersion=2.0", "", 200, "login2", nil},
		{"a JSON number", "POST", "/api/login", `{"apiVersion":2}`, 200, "login2", nil},
		{"by word", "GET", "/api/login?apiVersion=three", "", 200, "loginthree", nil},
		{"unknown", "GET", "/api/login?apiVersion=999", "", 404, nil, nil},
		{"an empty one counts as none", "GET", "/api/login?apiVersion=", "", 200, "login10", nil},
		{"a blank before the number", "GET", "/api/login?apiVersion=%201", "", 404, nil, nil},
		{"not a string", "GET", "/api/login?apiVersion[x]=1", "", 404, nil, nil},
		{"the query's version before the body's", "POST", "/api/login?apiVersion=1", `{"apiVersion":2}`, 200, "login1", nil},
		{"a version in a body that the action does not have", "POST", "/api/echo", `{"apiVersion":2}`, 404, nil, nil},
		{"a magic version", "GET", "/api/login?apiVersion=__proto__", "", 404, nil, nil},
		{"a route's version", "GET", "/api/old", "", 200, "login1", nil},
		{"a request's version before the route's", "GET", "/api/old?apiVersion=2", "", 200, "login2", nil},
		{"the path's version before the request's", "GET", "/api/v1/p?apiVersion=2", "", 200, "login1", nil},
	})
}

func TestFoldersAreReachedByRoute(t *testing.T) {
	t.Parallel()
	d := reachable(t)
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
}

func TestOPTIONSListsTheMethods(t *testing.T) { // D9
	t.Parallel()
	d := reachable(t)
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
}
