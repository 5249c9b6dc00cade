package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/everykind"
	"github.com/sidekick-http/sidekick/openapi"
)

func TestStable(t *testing.T) {
	var first []byte
	dir := t.TempDir()
	for range 20 {
		d, err := dispatch.New(dispatch.Options{Actions: everykind.Actions(), Routes: everykind.Routes(dir)})
		if err != nil {
			t.Fatal(err)
		}
		got := documentOf(t, openapi.Options{Dispatcher: d})
		if first == nil {
			first = got
		}
		if !bytes.Equal(got, first) {
			t.Fatal("got another document for the same actions")
		}
	}
}

func TestNewReportsEveryProblem(t *testing.T) {
	_, err := openapi.New(openapi.Options{
		Servers:            []string{"https://ok", "ftp://x", "nowhere", "https://x/?q", "/{v}", "///path", "%", "//host"},
		DefaultErrorStatus: 200,
	})
	for _, want := range []string{"Dispatcher", "Servers[1]", "Servers[2]", "Servers[3]", "Servers[4]", "Servers[5]", "Servers[6]", "DefaultErrorStatus"} {
		if err == nil || !strings.Contains(err.Error(), "openapi: "+want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
	for _, good := range []string{"Servers[0]", "Servers[7]"} {
		if strings.Contains(err.Error(), good) {
			t.Errorf("got %v, want nothing of a good server", err)
		}
	}
	var config *openapi.ConfigError
	if !errors.As(err, &config) {
		t.Error("it is no ConfigError")
	}
}

func TestHandler(t *testing.T) {
	doc, err := openapi.New(openapi.Options{Dispatcher: everyKind(t), SecuritySchemes: everykind.SecuritySchemes()})
	if err != nil {
		t.Fatal(err)
	}
	want, err := doc.JSON()
	if err != nil {
		t.Fatal(err)
	}
	ask := func(method string, fields ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, "/openapi.json", nil)
		for i := 0; i < len(fields); i += 2 {
			r.Header.Set(fields[i], fields[i+1])
		}
		w := httptest.NewRecorder()
		doc.ServeHTTP(w, r)
		return w
	}
	w := ask("GET")
	tag := w.Header().Get("ETag")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/json" || !bytes.Equal(w.Body.Bytes(), want) || len(tag) < 10 {
		t.Errorf("GET: got %d, %v and %d bytes", w.Code, w.Header(), w.Body.Len())
	}
	if w := ask("HEAD"); w.Code != 200 || w.Body.Len() > 0 || w.Header().Get("ETag") != tag {
		t.Errorf("HEAD: got %d, %v and %d bytes", w.Code, w.Header(), w.Body.Len())
	}
	if w := ask("GET", "If-None-Match", tag); w.Code != 304 || w.Body.Len() > 0 {
		t.Errorf("with its tag: got %d and %d bytes", w.Code, w.Body.Len())
	}
	if w := ask("POST"); w.Code != 405 || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: got %d, %v", w.Code, w.Header())
	}
	marshalled, err := json.Marshal(doc)
	if err != nil || len(marshalled) == 0 || !json.Valid(marshalled) {
		t.Errorf("as a value: got %s, %v", marshalled, err)
	}
}

// TestMadeWhenAsked checks that New does not make the document yet: it contains a route that is
// registered before the first request.
func TestMadeWhenAsked(t *testing.T) {
	d := everyKind(t)
	doc, err := openapi.New(openapi.Options{Dispatcher: d, SecuritySchemes: everykind.SecuritySchemes()})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Register(dispatch.Route{Method: "get", Path: "/late", Action: "find"}); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			if text, err := doc.JSON(); err != nil || !bytes.Contains(text, []byte(`"/late"`)) {
				t.Errorf("the route is not there, %v", err)
			}
		})
	}
	all.Wait()
}

func TestWhatCannotBeEncoded(t *testing.T) {
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{
		Name: "odd", Inputs: dispatch.Inputs{"in": {Default: func() {}}},
		Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil },
	}}})
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi.New(openapi.Options{Dispatcher: d, SecuritySchemes: everykind.SecuritySchemes()})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := doc.JSON(); err == nil || !strings.Contains(err.Error(), `action "odd", input "in"`) {
		t.Errorf("got %v, want the action and the input named", err)
	}
	w := httptest.NewRecorder()
	doc.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "odd") {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

// document is the part of a document that the tests look at.
type document struct {
	Servers []struct{ URL string }
	Paths   map[string]map[string]struct {
		OperationID string
		Tags        []string
		Parameters  []struct {
			Name, In, Description string
			Required              bool
			Schema                map[string]any
		}
		RequestBody *struct {
			Required bool
			Content  map[string]struct{ Schema map[string]any }
		}
		Responses map[string]struct {
			Content map[string]struct{ Example any }
		}
	}
	Components struct {
		Schemas   map[string]any
		Responses map[string]any
	}
}

func parsed(t *testing.T, text []byte) document {
	t.Helper()
	var out document
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func of(t *testing.T, o dispatch.Options, more openapi.Options) document {
	t.Helper()
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	more.Dispatcher = d
	return parsed(t, documentOf(t, more))
}

func nothing(name string, change ...func(*dispatch.Action)) dispatch.Action {
	a := dispatch.Action{Name: name, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }}
	for _, f := range change {
		f(&a)
	}
	return a
}

// TestPaths checks the methods of each path in the document.
func TestPaths(t *testing.T) {
	route := func(method, path, action string) dispatch.Route {
		return dispatch.Route{Method: method, Path: path, Action: action}
	}
	for _, tt := range []struct {
		name string
		o    dispatch.Options
		want string
	}{
		{"a name", dispatch.Options{}, "/act get,post; /blocked; /upload post"},
		{"no names", dispatch.Options{DisableNames: true}, ""},
		{"automatic routes", dispatch.Options{AutomaticRoutes: []string{"get", "head", "patch"}}, "/act get,patch; /upload get,patch"},
		{"HEAD alone", dispatch.Options{DisableNames: true, Routes: dispatch.Routes{route("head", "/x", "act")}}, "/x head"},
		{"HEAD of another action", dispatch.Options{DisableNames: true, Routes: dispatch.Routes{route("head", "/x", "act"), route("get", "/x", "upload")}}, "/x get,head"},
		{"all methods", dispatch.Options{DisableNames: true, Routes: dispatch.Routes{route("all", "/x", "act")}}, "/x delete,get,patch,post,put"},
		{"a route takes the name", dispatch.Options{Routes: dispatch.Routes{route("get", "/:any", "act")}}, "/upload post; /{any} get"},
		{"an unknown action", dispatch.Options{DisableNames: true, AllowDeadRoutes: true, Routes: dispatch.Routes{route("get", "/x", "nobody")}}, ""},
		{"a blocked action", dispatch.Options{DisableNames: true, Routes: dispatch.Routes{route("get", "/x", "blocked")}}, ""},
		{"an unknown version", dispatch.Options{DisableNames: true, AllowDeadRoutes: true, Routes: dispatch.Routes{{Method: "get", Path: "/x", Action: "act", APIVersion: 7}}}, ""},
		{"what a template cannot tell", dispatch.Options{DisableNames: true, Routes: dispatch.Routes{route("get", `/x/:a(\d+)`, "act"), route("get", "/x/:b", "act"), route("put", "/X/:c", "act")}}, "/x/{a} get,put"},
		{"the case of literals", dispatch.Options{DisableNames: true, AllowDeadRoutes: true, Routes: dispatch.Routes{route("get", "/X", "act"), route("get", "/x", "act")}}, "/X get"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.o.Actions = []dispatch.Action{
				nothing("act"),
				nothing("blocked", func(a *dispatch.Action) { a.BlockedConnectionTypes = []string{"web"} }),
				nothing("upload", func(a *dispatch.Action) {
					a.Inputs = dispatch.Inputs{"f": {File: true, Required: true}}
				}),
			}
			doc := of(t, tt.o, openapi.Options{})
			var paths []string
			for path, item := range doc.Paths {
				var methods []string
				for m := range item {
					methods = append(methods, m)
				}
				slices.Sort(methods)
				paths = append(paths, path+" "+strings.Join(methods, ","))
			}
			slices.Sort(paths)
			want := strings.Replace(tt.want, "/blocked; ", "", 1)
			if got := strings.Join(paths, "; "); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestPathParameters checks that the variables of each path are its parameters, each once, for
// all kinds of routes.
func TestPathParameters(t *testing.T) {
	dir := t.TempDir()
	act := func(method, path string) dispatch.Route {
		return dispatch.Route{Method: method, Path: path, Action: "act", MatchTrailingPathParts: true}
	}
	doc := of(t, dispatch.Options{
		AllowDeadRoutes: true,
		Actions: []dispatch.Action{nothing("act", func(a *dispatch.Action) {
			a.Inputs = dispatch.Inputs{"a": {}, "path": {}, "größe": {}, "f": {File: true}}
		})},
		Routes: dispatch.Routes{
			{Method: "get", Path: "/:path/files", Dir: dir, MatchTrailingPathParts: true},
			{Method: "get", Path: "/f/:path", Dir: dir, MatchTrailingPathParts: true},
			{Method: "get", Path: "/f2/:path", Dir: dir},
			act("get", "/x/:a/:path"), act("put", "/x/:path/:a"), act("post", "/x/:größe/:a-b"),
			act("all", `/y/:a((?i)[a-z]{2,3}|\{x\})/end`), act("all", "/v:a/w:path"), act("all", "/"),
		},
	}, openapi.Options{})
	for path, item := range doc.Paths {
		for method, op := range item {
			seen := map[string]int{}
			for _, p := range op.Parameters {
				seen[p.In+" "+p.Name]++
			}
			for key, n := range seen {
				if n > 1 {
					t.Errorf("%s %s has %s %d times", method, path, key, n)
				}
				if name, ok := strings.CutPrefix(key, "path "); ok && strings.Count(path, "{"+name+"}") != 1 {
					t.Errorf("%s %s has the parameter %s", method, path, name)
				}
			}
			for _, part := range strings.Split(path, "{")[1:] {
				if name, _, _ := strings.Cut(part, "}"); seen["path "+name] != 1 {
					t.Errorf("%s %s: %s is no parameter", method, path, name)
				}
			}
		}
	}
	if len(doc.Paths) < 7 {
		t.Errorf("got the paths %v, want more", slices.Sorted(maps.Keys(doc.Paths)))
	}
}

// TestStatuses checks which errors an operation lists.
func TestStatuses(t *testing.T) {
	o := dispatch.Options{
		MaxPending: -1,
		Actions: []dispatch.Action{
			nothing("plain"),
			nothing("checked", func(a *dispatch.Action) { a.Inputs = dispatch.Inputs{"x": {Required: true}} }),
			nothing("files", func(a *dispatch.Action) { a.Inputs = dispatch.Inputs{"x": {File: true}} }),
			nothing("twice", func(a *dispatch.Action) { a.Version = "1" }),
			nothing("twice", func(a *dispatch.Action) { a.Version = "2" }),
		},
	}
	for _, tt := range []struct {
		path, method string
		limits       bool
		more         openapi.Options
		want         string
	}{
		{"/plain", "get", false, openapi.Options{}, "200 400 500 503 default"},
		{"/plain", "post", false, openapi.Options{}, "200 400 500 503 default"},
		{"/plain", "get", true, openapi.Options{}, "200 400 429 500 503 504 default"},
		{"/plain", "get", false, openapi.Options{DefaultErrorStatus: 418}, "200 400 418 500 503 default"},
		{"/plain", "get", true, openapi.Options{AlwaysOK: true}, "200 default"},
		{"/checked", "get", false, openapi.Options{}, "200 400 422 500 503 default"},
		{"/checked", "post", false, openapi.Options{}, "200 400 408 413 415 422 500 503 default"},
		{"/files", "get", false, openapi.Options{}, "200 400 422 500 503 default"},
		{"/files", "post", false, openapi.Options{}, "200 400 408 413 415 422 500 503 507 default"},
		{"/twice", "get", false, openapi.Options{}, "200 400 404 500 503 default"},
	} {
		o := o
		if tt.limits {
			o.MaxPending, o.Timeout = 0, 1
		}
		var got []string
		for status := range of(t, o, tt.more).Paths[tt.path][tt.method].Responses {
			got = append(got, status)
		}
		slices.Sort(got)
		if got := strings.Join(got, " "); got != tt.want {
			t.Errorf("%s %s: got %s, want %s", tt.method, tt.path, got, tt.want)
		}
	}
}

// TestVersions checks how the versions of an action are described.
func TestVersions(t *testing.T) {
	doc := parsed(t, documentOf(t, openapi.Options{Dispatcher: everyKind(t)}))
	get := doc.Paths["/login"]["get"]
	if p := get.Parameters[0]; p.Name != "apiVersion" || p.In != "query" || p.Required || p.Schema["default"] != "2.5" {
		t.Errorf("GET /login: got %+v, want apiVersion with the newest as its default", p)
	}
	for _, p := range get.Parameters {
		if p.Required {
			t.Errorf("GET /login: %s is required, which not every version asks for", p.Name)
		}
	}
	post := doc.Paths["/login"]["post"]
	if len(post.Parameters) > 0 || post.RequestBody.Content["application/json"].Schema["$ref"] != "#/components/schemas/LoginInput" {
		t.Errorf("POST /login: got %+v, want one body for all versions", post)
	}
	all := doc.Components.Schemas["LoginInput"].(map[string]any)
	if got := slices.Sorted(maps.Keys(all["properties"].(map[string]any))); !slices.Equal(got, []string{"account", "apiVersion", "remember", "userID"}) || all["required"] != nil {
		t.Errorf("the body has %v and requires %v, want the inputs of all versions, none required", got, all["required"])
	}
	inPath := doc.Paths["/v{apiVersion}/login"]["get"].Parameters
	if p := inPath[0]; p.In != "path" || len(p.Schema["enum"].([]any)) != 3 {
		t.Errorf("the variable: got %+v", p)
	}
	for path, want := range map[string]string{"/old/login": "LoginV1Input", "/new/login": "LoginV2_5Input"} {
		if got := doc.Paths[path]["post"].RequestBody.Content["application/json"].Schema["$ref"]; got != "#/components/schemas/"+want {
			t.Errorf("%s: got %v, want %s", path, got, want)
		}
	}
}

// TestBodies checks which bodies accept the inputs.
func TestBodies(t *testing.T) {
	doc := parsed(t, documentOf(t, openapi.Options{Dispatcher: everyKind(t)}))
	for _, tt := range []struct {
		path, method, want string
		required           bool
	}{
		{"/orders", "post", "application/json application/x-www-form-urlencoded multipart/form-data", true},
		{"/photos", "post", "multipart/form-data", true},
		{"/uploader", "post", "application/json application/x-www-form-urlencoded multipart/form-data", false},
		{"/albums/{title}", "post", "multipart/form-data", true},
		{"/orders/{id}", "put", "application/json application/x-www-form-urlencoded multipart/form-data", false},
	} {
		body := doc.Paths[tt.path][tt.method].RequestBody
		if body == nil {
			t.Errorf("%s: got no body", tt.path)
			continue
		}
		var types []string
		for name := range body.Content {
			types = append(types, name)
		}
		slices.Sort(types)
		if got := strings.Join(types, " "); got != tt.want || body.Required != tt.required {
			t.Errorf("%s: got %s, required: %v, want %s, %v", tt.path, got, body.Required, tt.want, tt.required)
		}
	}
	for path, method := range map[string]string{"/order": "get", "/orders/{id}": "delete", "/find": "get"} {
		if doc.Paths[path][method].RequestBody != nil {
			t.Errorf("%s %s: got a body", method, path)
		}
	}
	many := parsed(t, documentOf(t, openapi.Options{Dispatcher: everyKind(t), Multiples: true}))
	file := many.Components.Schemas["UploaderUpload"].(map[string]any)["properties"].(map[string]any)["file1"].(map[string]any)
	if file["type"] != "array" {
		t.Errorf("got %v, want a list of files", file)
	}
}

// TestUniqueOperations checks that no two operations have the same id.
func TestUniqueOperations(t *testing.T) {
	seen := map[string]string{}
	for path, item := range parsed(t, documentOf(t, openapi.Options{Dispatcher: everyKind(t)})).Paths {
		for method, op := range item {
			if other := seen[op.OperationID]; other != "" || op.OperationID == "" {
				t.Errorf("%s %s has the id %q, as %s", method, path, op.OperationID, other)
			}
			seen[op.OperationID] = method + " " + path
		}
	}
}

func TestServers(t *testing.T) {
	for _, tt := range []struct{ prefixes, servers, want []string }{
		{nil, nil, []string{"/"}},
		{[]string{"/api", ""}, nil, []string{"/api", "/"}},
		{[]string{"/api"}, []string{"https://a.example.com", "/below/"}, []string{"https://a.example.com/api", "/below/api"}},
	} {
		doc := of(t, dispatch.Options{Prefixes: tt.prefixes}, openapi.Options{Servers: tt.servers})
		var got []string
		for _, s := range doc.Servers {
			got = append(got, s.URL)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("got %v, want %v", got, tt.want)
		}
	}
}

// TestExampleInEnvelope checks that the example of a result has the metadata instead of its own
// members of those names.
func TestExampleInEnvelope(t *testing.T) {
	o := dispatch.Options{Actions: []dispatch.Action{nothing("act", func(a *dispatch.Action) {
		a.OutputExample = map[string]any{"n": 1, "error": "mine", "serverInformation": "mine"}
	})}}
	example := of(t, o, openapi.Options{ServerInformation: true}).Paths["/act"]["get"].Responses["200"].Content["application/json"].Example.(map[string]any)
	server, ok := example["serverInformation"].(map[string]any)
	if !ok || server["serverName"] != "Sidekick API" || example["n"] != 1.0 || len(example) != 2 {
		t.Errorf("got %v", example)
	}
}

// TestErrorDetails checks that the document describes errors as the envelope sends them.
func TestErrorDetails(t *testing.T) {
	o := dispatch.Options{Actions: []dispatch.Action{nothing("act", func(a *dispatch.Action) {
		a.OutputExample = map[string]any{"n": 1, "errorCode": "mine"}
	})}}
	type schema struct {
		Properties map[string]json.RawMessage
		Required   []string
	}
	schemas := func(change func(*openapi.Options)) (map[string]schema, any) {
		var opts openapi.Options
		change(&opts)
		d, err := dispatch.New(o)
		if err != nil {
			t.Fatal(err)
		}
		opts.Dispatcher = d
		var doc struct {
			Components struct{ Schemas map[string]schema }
			Paths      map[string]map[string]struct {
				Responses map[string]struct {
					Content map[string]struct{ Example any }
				}
			}
		}
		if err := json.Unmarshal(documentOf(t, opts), &doc); err != nil {
			t.Fatal(err)
		}
		return doc.Components.Schemas, doc.Paths["/act"]["get"].Responses["200"].Content["application/json"].Example
	}
	plain, example := schemas(func(*openapi.Options) {})
	if e := plain["Error"]; len(e.Properties) != 1 || !cmp.Equal(e.Required, []string{"error"}) || !cmp.Equal(example, any(map[string]any{"n": 1.0, "errorCode": "mine"})) {
		t.Errorf("without details: got %s %v", e.Properties, example)
	}
	detailed, example := schemas(func(o *openapi.Options) { o.ErrorDetails = true })
	if e := detailed["Error"]; string(e.Properties["errorParams"]) == "" || !cmp.Equal(e.Required, []string{"error", "errorCode"}) || !cmp.Equal(example, any(map[string]any{"n": 1.0})) {
		t.Errorf("with details: got %s %v, %v", e.Properties, e.Required, example)
	}
	if p := detailed["ErrorParam"]; !cmp.Equal(p.Required, []string{"param", "code", "message", "expected"}) {
		t.Errorf("a param: got %v", p.Required)
	}
	serialized, _ := schemas(func(o *openapi.Options) { o.ErrorSerialized = true })
	if got := string(serialized["Error"].Properties["error"]); strings.Contains(got, "anyOf") || strings.Contains(got, "type") {
		t.Errorf("with a serializer: got %s, want anything", got)
	}
}

func TestSwagger(t *testing.T) {
	d, err := dispatch.New(dispatch.Options{
		Prefixes: []string{"/api"},
		Actions:  append(everykind.Actions(), openapi.Swagger(openapi.SwaggerOptions{Title: "T", Version: "1.2.3", Description: "D", License: "L"})),
		Routes:   everykind.Routes(t.TempDir()),
	})
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	for range 2 { // made, then cached
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, "/api/swagger", nil)
		r.Host = "here:81"
		d.ServeHTTP(w, r)
		doc = nil
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != 200 {
			t.Fatalf("got %d %s, %v", w.Code, w.Body, err)
		}
	}
	// The members are exactly those of Actionhero 29.3.5.
	members := func(where string, of any, want ...string) {
		t.Helper()
		if got := slices.Sorted(maps.Keys(of.(map[string]any))); !slices.Equal(got, want) {
			t.Errorf("%s has the members %v, want %v", where, got, want)
		}
	}
	delete(doc, "serverInformation")
	delete(doc, "requesterInformation")
	members("the document", any(doc), "basePath", "externalDocs", "host", "info", "paths", "schemes", "securityDefinitions", "swagger")
	members("externalDocs", doc["externalDocs"], "description", "url")
	if doc["swagger"] != "2.0" || doc["host"] != "here:81" || doc["basePath"] != "/api" {
		t.Errorf("got %v, %v, %v", doc["swagger"], doc["host"], doc["basePath"])
	}
	info, _ := json.Marshal(doc["info"])
	if want := `{"description":"D","license":{"name":"L"},"title":"T","version":"1.2.3"}`; string(info) != want {
		t.Errorf("got %s, want %s", info, want)
	}
	paths := doc["paths"].(map[string]any)
	op := paths["/orders/{id}"].(map[string]any)["get"].(map[string]any)
	members("an operation", any(op), "consumes", "parameters", "produces", "responses", "security", "summary", "tags")
	members("responses", op["responses"], "200", "400", "404", "422", "500")
	p, _ := json.Marshal(op["parameters"].([]any)[0])
	if want := `{"in":"path","name":"id","required":true,"type":"string"}`; string(p) != want {
		t.Errorf("got %s, want %s", p, want)
	}
	upload, _ := json.Marshal(paths["/photos"].(map[string]any)["post"])
	if !strings.Contains(string(upload), `"in":"formData"`) || !strings.Contains(string(upload), `"consumes":["multipart/form-data"]`) {
		t.Errorf("got %s, want files in a form", upload)
	}
	if plain, _ := json.Marshal(paths["/plain"].(map[string]any)["get"]); !strings.Contains(string(plain), `"default":"[\"a\"]"`) || !strings.Contains(string(plain), `"default":"10"`) {
		t.Errorf("got %s, want the defaults as text", plain)
	}
	if paths["/dir/{path}"] != nil {
		t.Error("a folder is listed as an action")
	}
}
