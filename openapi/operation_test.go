package openapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/openapi"
	"github.com/sidekick-http/sidekick/params"
)

// raw returns the document as decoded JSON.
func raw(t *testing.T, o dispatch.Options, more openapi.Options) map[string]any {
	t.Helper()
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	more.Dispatcher = d
	var out map[string]any
	if err := json.Unmarshal(documentOf(t, more), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// at returns the value below names.
func at(t *testing.T, v any, names ...string) any {
	t.Helper()
	for _, name := range names {
		m, ok := v.(map[string]any)
		if !ok {
			t.Fatalf("nothing is at %v", names)
		}
		v = m[name]
	}
	return v
}

func TestOperationsAreDescribedByTheirActions(t *testing.T) {
	doc := raw(t, dispatch.Options{
		Actions: []dispatch.Action{
			nothing("plain"),
			nothing("user:create", openapi.Describe(openapi.Operation{ID: "createUser", Deprecated: true})),
			nothing("user:list"),
			nothing("other", openapi.Describe(openapi.Operation{Tags: []string{"a", "b"}})),
		},
		Routes: dispatch.Routes{
			{Method: "post", Path: "/users", Action: "user:create"}, {Method: "put", Path: "/users/:id", Action: "user:create"},
		},
	}, openapi.Options{Tags: []openapi.Tag{{Name: "user", Description: "People."}, {Name: "empty"}}, OperationID: func(method, path string, a *dispatch.Action) string {
		if a.Name == "plain" {
			return method + "_the_" + path[1:] + "_" + a.Version
		}
		return ""
	}})
	var ids []string
	for path, item := range at(t, doc, "paths").(map[string]any) {
		for method, op := range item.(map[string]any) {
			op := op.(map[string]any)
			ids = append(ids, method+" "+path+" "+op["operationId"].(string))
			if got, want := op["deprecated"] == true, strings.HasSuffix(path, ":create") || strings.HasPrefix(path, "/users"); got != want {
				t.Errorf("%s %s: deprecated is %t", method, path, got)
			}
		}
	}
	slices.Sort(ids)
	want := []string{
		"get /other getOther", "get /plain get_the_plain_1", "get /user:list getUserList", "post /other postOther", "post /plain post_the_plain_1",
		"post /user:create postCreateUser", "post /user:list postUserList", "post /users createUser", "put /user:create putCreateUser2", "put /users/{id} putCreateUser",
	}
	if diff := cmp.Diff(want, ids); diff != "" {
		t.Errorf("-want +got\n%s", diff)
	}
	var tags []string
	for _, tag := range doc["tags"].([]any) {
		tags = append(tags, tag.(map[string]any)["name"].(string))
	}
	if want := []string{"user", "empty", "a", "b", "plain"}; !slices.Equal(tags, want) {
		t.Errorf("got the tags %v, want %v", tags, want)
	}
	if got := at(t, doc, "paths", "/user:list", "get", "tags"); !cmp.Equal(got, any([]any{"user"})) {
		t.Errorf("the tags of user:list are %v", got)
	}
}

func TestSecurity(t *testing.T) {
	secret := []openapi.Requirement{{"bearer": nil}, {"key": nil, "oauth": {"read"}}}
	doc := raw(t, dispatch.Options{
		Actions: []dispatch.Action{
			nothing("open"), nothing("admin"),
			nothing("own", openapi.Describe(openapi.Operation{Security: secret})),
			nothing("free", openapi.Describe(openapi.Operation{Security: []openapi.Requirement{}})),
		},
		Routes: dispatch.Routes{
			{Method: "get", Path: "/Admin/users", Action: "open"}, {Method: "get", Path: "/admin/free", Action: "free"}, {Method: "get", Path: "/admins", Action: "open"},
			{Method: "get", Path: "/admin/deep/:x", Action: "open"},
		},
	}, openapi.Options{
		SecuritySchemes: map[string]openapi.SecurityScheme{
			"bearer": {Type: "http", Scheme: "bearer", BearerFormat: "JWT", Description: "who"},
			"key":    {Type: "apiKey", In: "header", Name: "X-Auth-Token"},
			"oauth":  {Type: "oauth2", Flows: map[string]openapi.OAuthFlow{"clientCredentials": {TokenURL: "https://x/t", Scopes: map[string]string{"read": "reads"}}}},
			"oidc":   {Type: "openIdConnect", OpenIDConnectURL: "https://x/o"},
			"tls":    {Type: "mutualTLS"},
		},
		Security: []openapi.SecurityRule{
			{Path: "/admin", Requirements: []openapi.Requirement{{"bearer": nil}}},
			{Path: "/admin/deep", Requirements: []openapi.Requirement{{"tls": nil}}},
		},
	})
	for path, want := range map[string]string{
		"/open": `null`, "/admins": `null`, "/admin": `[{"bearer":[]}]`, "/Admin/users": `[{"bearer":[]}]`, "/admin/deep/{x}": `[{"tls":[]}]`, "/admin/free": `null`,
		"/own": `[{"bearer":[]},{"key":[],"oauth":["read"]}]`,
	} {
		op := at(t, doc, "paths", path, "get").(map[string]any)
		got, err := json.Marshal(op["security"])
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		_, asks := op["responses"].(map[string]any)["401"]
		if asks != (want != "null") {
			t.Errorf("%s: the answer 401 is there: %t", path, asks)
		}
	}
	schemes, err := json.Marshal(at(t, doc, "components", "securitySchemes"))
	if err != nil {
		t.Fatal(err)
	}
	want := `{"bearer":{"bearerFormat":"JWT","description":"who","scheme":"bearer","type":"http"},"key":{"in":"header","name":"X-Auth-Token","type":"apiKey"},` +
		`"oauth":{"flows":{"clientCredentials":{"scopes":{"read":"reads"},"tokenUrl":"https://x/t"}},"type":"oauth2"},` +
		`"oidc":{"openIdConnectUrl":"https://x/o","type":"openIdConnect"},"tls":{"type":"mutualTLS"}}`
	if string(schemes) != want {
		t.Errorf("got %s, want %s", schemes, want)
	}
}

func TestEveryProblemOfWhatIsDescribed(t *testing.T) {
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{
		nothing("a", openapi.Describe(openapi.Operation{ID: "not good", Security: []openapi.Requirement{{"unknown": nil}}})),
		nothing("b", openapi.Describe(openapi.Operation{ID: "same"})), nothing("c", openapi.Describe(openapi.Operation{ID: "same"})),
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = openapi.New(openapi.Options{
		Dispatcher: d,
		SecuritySchemes: map[string]openapi.SecurityScheme{
			"": {Type: "http", Scheme: "basic"}, "typeless": {}, "http": {Type: "http"}, "nameless": {Type: "apiKey", In: "body"}, "empty": {Type: "oauth2"},
			"flows": {Type: "oauth2", Flows: map[string]openapi.OAuthFlow{"odd": {}, "implicit": {}, "password": {}}}, "oidc": {Type: "openIdConnect"},
		},
		Security:    []openapi.SecurityRule{{Path: "admin"}, {Path: "/x/", Requirements: []openapi.Requirement{{"nobody": nil}}}},
		Schemas:     map[reflect.Type]*jsonschema.Schema{reflect.TypeFor[decimal](): {Ref: "#/x"}, reflect.TypeFor[[]int](): {}},
		ErrorSchema: &jsonschema.Schema{Defs: map[string]*jsonschema.Schema{"x": {}}},
	})
	for _, want := range []string{
		`action "a", version 1: Operation.ID: invalid value "not good"`, `action "a", version 1: Operation.Security: invalid value "unknown"`, `action "c", version 1: Operation.ID: invalid value "same"`,
		`SecuritySchemes[""]`, `SecuritySchemes["typeless"].Type`, `SecuritySchemes["http"].Scheme`, `SecuritySchemes["nameless"].In`, `SecuritySchemes["nameless"].Name`,
		`SecuritySchemes["empty"].Flows`, `SecuritySchemes["flows"].Flows: invalid value "odd"`, `invalid value "implicit": it needs an AuthorizationURL`, `invalid value "password": it needs a TokenURL`,
		`SecuritySchemes["oidc"].OpenIDConnectURL`, `Security[0].Path`, `Security[1].Path`, `Security[1].Requirements: invalid value "nobody"`,
		`Schemas[openapi_test.decimal]`, `Schemas[[]int]: want a named type`, `ErrorSchema: want a self-contained schema`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v\nwant it to have %s", err, want)
		}
	}
	var problem *openapi.ConfigError
	if !errors.As(err, &problem) {
		t.Error("it is no ConfigError")
	}
}

func TestStatusesOfActions(t *testing.T) {
	created := typedAction[none, struct {
		ID int `json:"id"`
	}]("create", func(a *dispatch.Action) {
		a.SuccessStatus = http.StatusCreated
		a.Responses = map[int]string{200: "It was there.", 404: "There is no such parent.", 409: "The name is taken.", 303: "See there."}
	})
	doc := raw(t, dispatch.Options{
		Actions: []dispatch.Action{created, nothing("remove", func(a *dispatch.Action) { a.SuccessStatus = http.StatusNoContent })},
		Routes:  dispatch.Routes{{Method: "head", Path: "/there", Action: "create"}},
	}, openapi.Options{})
	for _, tt := range []struct {
		path, method, status, description string
		content                           bool
	}{
		{"/there", "head", "201", "The result.", false},
		{"/there", "head", "200", "It was there.", false},
		{"/there", "head", "404", "There is no such parent.", true},
		{"/there", "head", "409", "The name is taken.", true},
		{"/there", "head", "303", "See there.", false},
		{"/remove", "get", "204", "The result.", false},
	} {
		r, ok := at(t, doc, "paths", tt.path, tt.method, "responses", tt.status).(map[string]any)
		if !ok || r["description"] != tt.description || (r["content"] != nil) != tt.content {
			t.Errorf("%s %s: got %v, want %q, content: %t", tt.path, tt.status, r, tt.description, tt.content)
		}
	}
	if at(t, doc, "paths", "/remove", "get", "responses", "200") != nil {
		t.Error("remove answers 200 in the document")
	}
	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{runnableAction(created), nothing("remove", func(a *dispatch.Action) { a.SuccessStatus = http.StatusNoContent })}})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]int{"/create": 201, "/remove": 204, "/create?status=202": 202, "/create?fail=1": 500} {
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
		if w.Code != want || want == 204 && w.Body.Len() > 0 {
			t.Errorf("%s: got %d %s, want %d", path, w.Code, w.Body, want)
		}
	}
}

// runnableAction is an action with the same statuses that can run.
func runnableAction(as dispatch.Action) dispatch.Action {
	return dispatch.Action{
		Name: as.Name, SuccessStatus: as.SuccessStatus, Inputs: dispatch.Inputs{"status": {Formatters: []dispatch.Formatter{dispatch.ToInt}}, "fail": {}},
		Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			if s, ok := c.Params["status"].(int64); ok {
				c.SetStatus(int(s))
			}
			if c.Params["fail"] != nil {
				return nil, errors.New("failed")
			}
			return nil, nil
		},
	}
}

func TestErrorsOfAnotherRenderer(t *testing.T) {
	doc := raw(t, dispatch.Options{Actions: []dispatch.Action{nothing("a")}}, openapi.Options{ErrorSchema: &jsonschema.Schema{
		Type: "object", Required: []string{"error_message"}, Properties: map[string]*jsonschema.Schema{"error_message": {Type: "string"}},
	}})
	got, err := json.Marshal(at(t, doc, "components", "schemas", "Error"))
	if err != nil || string(got) != `{"properties":{"error_message":{"type":"string"}},"required":["error_message"],"type":"object"}` {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestMetadataIsOptional checks that nothing of the envelope except the error is required: a
// production server sends neither block.
func TestMetadataIsOptional(t *testing.T) {
	for name, s := range raw(t, dispatch.Options{Actions: []dispatch.Action{
		nothing("plain", func(a *dispatch.Action) { a.OutputExample = map[string]any{"a": 1} }), typedAction[none, line]("typed"), typedAction[none, map[string]int]("map"),
	}}, openapi.Options{ServerInformation: true, RequesterInformation: true})["components"].(map[string]any)["schemas"].(map[string]any) {
		required, _ := s.(map[string]any)["required"].([]any)
		for _, block := range []any{"serverInformation", "requesterInformation"} {
			if slices.Contains(required, block) {
				t.Errorf("%s requires %s", name, block)
			}
		}
		if (name == "Result" || name == "TypedOutput" || name == "MapOutput" || name == "Error") && at(t, s, "properties", "serverInformation") == nil {
			t.Errorf("%s has no serverInformation", name)
		}
	}
}

// TestLimitsOfLists checks that lists in queries and forms have the parser's limit, and lists in
// JSON only their own.
func TestLimitsOfLists(t *testing.T) {
	parser, err := params.New(params.Options{Query: params.QueryOptions{ListLimit: 7}})
	if err != nil {
		t.Fatal(err)
	}
	type in struct {
		Words []string `json:"words"`
		Few   []int    `json:"few" maxItems:"3"`
		Many  []int    `json:"many" maxItems:"30"`
		Lines []line   `json:"lines"`
	}
	doc := raw(t, dispatch.Options{Params: parser, Actions: []dispatch.Action{typedAction[in, none]("a")}}, openapi.Options{})
	schemas := at(t, doc, "components", "schemas")
	limits := func(component string) []any {
		var out []any
		for _, name := range []string{"words", "few", "many", "lines"} {
			out = append(out, at(t, schemas, component, "properties", name, "maxItems"))
		}
		return out
	}
	if got := limits("AInput"); !cmp.Equal(got, []any{nil, 3.0, 30.0, nil}) {
		t.Errorf("JSON: got %v", got)
	}
	for _, component := range []string{"AForm", "AMultipart"} {
		if got := limits(component); !cmp.Equal(got, []any{7.0, 3.0, 7.0, 7.0}) {
			t.Errorf("%s: got %v", component, got)
		}
	}
	for _, p := range at(t, doc, "paths", "/a", "get", "parameters").([]any) {
		want := map[string]any{"words": 7.0, "few": 3.0, "many": 7.0, "lines": 7.0}[at(t, p, "name").(string)]
		if at(t, p, "schema", "maxItems") != want {
			t.Errorf("the query: got %v", p)
		}
	}
}

// TestDocumentedMethodsAreThoseAnswered checks that a path answers its documented methods, and
// refuses others with a 405 that lists them.
func TestDocumentedMethodsAreThoseAnswered(t *testing.T) {
	d := everyKind(t, func(o *dispatch.Options) { o.Prefixes = nil })
	doc := parsed(t, documentOf(t, openapi.Options{Dispatcher: d}))
	asked := 0
	for path, item := range doc.Paths {
		target := strings.NewReplacer("{id}", "7", "{key}", "a", "{number}", "5", "{apiVersion}", "1", "{path}", "x", "{word}", "w", "{title}", "t", "{name}", "n", " ", "%20").Replace(path)
		byName := item["get"].OperationID != "" && item["post"].OperationID != "" && strings.Count(path, "/") == 1
		for _, method := range []string{"GET", "PUT", "POST", "PATCH", "DELETE"} {
			w := httptest.NewRecorder()
			d.ServeHTTP(w, httptest.NewRequest(method, target, nil))
			_, documented := item[strings.ToLower(method)]
			switch {
			case documented && w.Code == http.StatusMethodNotAllowed:
				t.Errorf("%s %s is in the document: got %d", method, target, w.Code)
			case !documented && !byName && w.Code != http.StatusMethodNotAllowed && w.Code != http.StatusNotFound:
				t.Errorf("%s %s is not in the document: got %d %s", method, target, w.Code, w.Body)
			case w.Code == http.StatusMethodNotAllowed:
				asked++
				for m := range item {
					if !strings.Contains(w.Header().Get("Allow"), strings.ToUpper(m)) {
						t.Errorf("%s %s: Allow has no %s: %s", method, target, m, w.Header().Get("Allow"))
					}
				}
			}
		}
	}
	if asked < 20 {
		t.Errorf("only %d answers were a 405", asked)
	}
}

// TestResultsOfVersions checks that a result of several versions has the members of all. A member
// that only one version declares may be anything if the other's members are unknown.
func TestResultsOfVersions(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("the wanted document has an int of 64 bits")
	}
	type one struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
		Old  bool   `json:"old"`
	}
	type two struct {
		ID   int    `json:"id"`
		Name int    `json:"name"`
		New  string `json:"new"`
	}
	version := func(v string) func(*dispatch.Action) { return func(a *dispatch.Action) { a.Version = v } }
	example := func(a *dispatch.Action) { a.OutputExample = map[string]any{"id": "x"} }
	for _, tt := range []struct {
		name    string
		actions []dispatch.Action
		want    any
	}{
		{
			"both are typed", []dispatch.Action{typedAction[struct{}, one]("a", version("1")), typedAction[struct{}, two]("a", version("2"))},
			map[string]any{
				"id":   map[string]any{"type": "integer", "format": "int64"},
				"name": map[string]any{"oneOf": []any{map[string]any{"type": "integer", "format": "int64"}, map[string]any{"type": "string"}}},
				"new":  map[string]any{"type": "string"}, "old": map[string]any{"type": "boolean"},
			},
		},
		{
			"one is not typed", []dispatch.Action{nothing("a", version("1"), example), typedAction[struct{}, two]("a", version("2"))},
			map[string]any{"id": map[string]any{}, "name": map[string]any{}, "new": map[string]any{}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			doc := raw(t, dispatch.Options{Actions: tt.actions}, openapi.Options{})
			schemas := at(t, doc, "components", "schemas").(map[string]any)
			if diff := cmp.Diff(tt.want, at(t, schemas, "AOutput", "properties")); diff != "" {
				t.Error(diff)
			}
			for name := range schemas {
				if strings.HasPrefix(name, "AV") {
					t.Errorf("%s is a component, to which nothing refers", name)
				}
			}
		})
	}
}
