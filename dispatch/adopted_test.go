package dispatch_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// newMemoryParams reads params and holds uploads in memory.
func newMemoryParams(t *testing.T, o upload.Options) *params.Parser {
	t.Helper()
	p, err := params.New(params.Options{Upload: newMemoryUploads(t, o)})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newMemoryUploads(t *testing.T, o upload.Options) *upload.Parser {
	t.Helper()
	store, err := upload.NewMemoryStore(upload.MemoryStoreOptions{})
	if err != nil {
		t.Fatal(err)
	}
	o.Store = store
	uploads, err := upload.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return uploads
}

// multipartOf writes a file for each name.
func multipartOf(t *testing.T, fields ...string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = &bytes.Buffer{}
	w := multipart.NewWriter(body)
	for _, field := range fields {
		p, err := w.CreateFormFile(field, "f.txt")
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(p, "content")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), body
}

func TestVersionsOfSeveralParts(t *testing.T) {
	versions := func(vs ...string) dispatch.Options {
		var o dispatch.Options
		for _, v := range vs {
			a := action("a", nil)
			a.Version = v
			a.Run = func(context.Context, *dispatch.Connection) (any, error) { return map[string]any{"version": v}, nil }
			o.Actions = append(o.Actions, a)
		}
		return o
	}
	for _, tt := range []struct {
		versions []string
		newest   string
	}{
		{[]string{"1.9.0", "1.10.0"}, "1.10.0"},
		{[]string{"1.10.0", "1.9.0", "1.9.12"}, "1.10.0"},
		{[]string{"2", "1.10.0"}, "2"},
		{[]string{"1.2", "1.10.0"}, "1.10.0"},
		{[]string{"10", "9"}, "10"},
		{[]string{"1.5", "1.25.0", "beta"}, "1.25.0"},
		{[]string{"zulu", "alpha"}, "zulu"},
	} {
		d, _ := newDispatcher(t, versions(tt.versions...))
		if got := ask(t, d, "GET", "/a", "").object()["version"]; got != tt.newest {
			t.Errorf("%v: the newest is %v, want %s", tt.versions, got, tt.newest)
		}
		for _, v := range tt.versions {
			if got := ask(t, d, "GET", "/a?apiVersion="+v, "").object()["version"]; got != v {
				t.Errorf("%v: asked for %s, got %v", tt.versions, v, got)
			}
		}
	}
	for _, pair := range [][]string{{"1.9", "1.10"}, {"1.1", "1.10"}, {"2.6", "2.50"}} {
		if _, err := dispatch.New(versions(pair...)); err == nil {
			t.Errorf("%v: got no error", pair)
		}
	}
	for pair, want := range map[[2]string]string{
		{"1.1", "1.10"}: `Actions[1] ("a").Version: invalid value "1.10": it equals 1.1, which another action of this name has`,
		{"1", "1.0"}:    `Actions[1] ("a").Version: invalid value "1.0": it equals 1, which another action of this name has`,
		{"2", "2"}:      `Actions[1] ("a").Version: invalid value "2": another action of this name has this version already`,
	} {
		if _, err := dispatch.New(versions(pair[:]...)); err == nil || err.Error() != "dispatch: "+want {
			t.Errorf("%v: got %v, want %s", pair, err, want)
		}
	}
	if _, err := dispatch.New(versions("1.25", "1.50")); err != nil {
		t.Errorf("versions with as many digits: %v", err)
	}
	o := versions("2")
	o.Routes = dispatch.Routes{{Method: "get", Path: "/r", Action: "a", APIVersion: int64(2)}, {Method: "get", Path: "/s", Action: "a", APIVersion: uint8(2)}}
	if _, err := dispatch.New(o); err != nil {
		t.Errorf("integers of other types: %v", err)
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

// A body that is a single file goes to the input that can take it.
func TestWholeBodies(t *testing.T) {
	show := func(_ context.Context, c *dispatch.Connection) (any, error) {
		got := map[string]any{}
		for _, name := range []string{"file", "image"} {
			if f, ok := c.Params.File(name); ok {
				got[name] = f.Size
			}
		}
		return got, nil
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		{Name: "both", Inputs: dispatch.Inputs{"file": {File: true}, "image": {File: true}}, Run: show},
		{Name: "one", Inputs: dispatch.Inputs{"image": {File: true}}, Run: show},
		{Name: "two", Inputs: dispatch.Inputs{"image": {File: true}, "other": {File: true}}, Run: show},
		{Name: "none", Run: show},
	}})
	for name, want := range map[string]string{
		"both": "map[file:5]", "one": "map[image:5]", "none": "map[]",
		"two": `a body of the type \"application/octet-stream\"; send a multipart form: it takes files in image, other`,
	} {
		r := httptest.NewRequest("PUT", "/"+name, strings.NewReader("bytes"))
		r.Header.Set("Content-Type", "application/octet-stream")
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		if name == "two" {
			if rec.Code != 415 || !strings.Contains(rec.Body.String(), want) {
				t.Errorf("%s: got %d %s", name, rec.Code, rec.Body)
			}
			continue
		}
		got := (answer{rec, t}).object()
		delete(got, "requesterInformation")
		if rec.Code != 200 || fmt.Sprint(got) != want {
			t.Errorf("%s: got %d %v, want %s", name, rec.Code, got, want)
		}
	}
}

func TestFilesThatNoInputTakes(t *testing.T) {
	var skipped []string
	a := dispatch.Action{Name: "a", Inputs: dispatch.Inputs{"image": {File: true}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		skipped = c.SkippedFiles()
		return nil, nil
	}}
	old := a
	old.Version, old.Inputs = "0", dispatch.Inputs{"picture": {File: true}}
	for ignore, want := range map[bool]int{false: 415, true: 200} {
		d, rc := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{a, old}, IgnoreUndeclaredFiles: ignore})
		contentType, body := multipartOf(t, "image", "picture", "x[]", "x[]")
		r := httptest.NewRequest("POST", "/a", body)
		r.Header.Set("Content-Type", contentType)
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		if rec.Code != want || errors.Is(rc.last.Err, dispatch.ErrFileNotTaken) == ignore {
			t.Errorf("ignored: %t: got %d %s", ignore, rec.Code, rec.Body)
		}
		if !ignore && !strings.Contains(rec.Body.String(), `the files in the fields \"picture\", \"x[]\"; it takes files in image`) {
			t.Errorf("got %s", rec.Body)
		}
	}
	if !slices.Equal(skipped, []string{"picture", "x[]"}) {
		t.Errorf("skipped: %q", skipped)
	}
}

// A browser's FormData gives a JSON Blob a file name that nobody has chosen.
func TestABlobOfJSONIsAValue(t *testing.T) {
	type in struct {
		IDs  []int `json:"ids"`
		User struct {
			Name string `json:"name"`
		} `json:"user"`
	}
	var got in
	a := dispatch.Typed("a", func(_ context.Context, in in) (any, error) {
		got = in
		return nil, nil
	})
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{a}})
	body := ""
	for name, value := range map[string]string{"ids": "[1,2]", "user": `{"name":"u"}`} {
		body += "--X\r\nContent-Disposition: form-data; name=\"" + name + "\"; filename=\"blob\"\r\nContent-Type: application/json\r\n\r\n" + value + "\r\n"
	}
	r := httptest.NewRequest("POST", "/a", strings.NewReader(body+"--X--\r\n"))
	r.Header.Set("Content-Type", "multipart/form-data; boundary=X")
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, r)
	if rec.Code != 200 || !slices.Equal(got.IDs, []int{1, 2}) || got.User.Name != "u" {
		t.Errorf("got %d %s, %+v", rec.Code, rec.Body, got)
	}
}

// An action run by another gets the files that it is given.
func TestRunHandsFilesOn(t *testing.T) {
	count := 0
	d, rc := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		{Name: "outer", Inputs: dispatch.Inputs{"docs": {File: true, List: true}}, Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
			return c.Run(ctx, "inner", "", params.Values{"docs": c.Params["docs"]})
		}},
		dispatch.Typed("inner", func(_ context.Context, in struct {
			Docs []*upload.File `json:"docs"`
		}) (int, error) {
			count = len(in.Docs)
			return count, nil
		}),
	}})
	contentType, body := multipartOf(t, "docs", "docs")
	r := httptest.NewRequest("POST", "/outer", body)
	r.Header.Set("Content-Type", contentType)
	d.ServeHTTP(httptest.NewRecorder(), r)
	if rc.last.Err != nil || count != 2 {
		t.Errorf("got %d files, %v", count, rc.last.Err)
	}
}

// tenant is a context that cannot be compared.
type tenant struct {
	context.Context
	m map[string]any
}

func TestContextsThatCannotBeCompared(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		{Name: "handler", Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "ok") })},
		{Name: "request", Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			return map[string]any{"path": c.Request().URL.Path}, nil
		}},
	}})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.ServeHTTP(w, r.WithContext(tenant{r.Context(), map[string]any{}}))
	})
	for _, name := range []string{"/handler", "/request"} {
		if a := ask(t, h, "GET", name, ""); a.Code != 200 {
			t.Errorf("%s: got %d %s", name, a.Code, a.Body)
		}
	}
}

func TestPipeHeedsTheStatus(t *testing.T) {
	piped := errors.New("not called")
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{{Name: "pipe", Inputs: dispatch.Inputs{"status": {Formatters: formats(dispatch.ToInt)}}, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
		c.SetStatus(int(c.Params["status"].(int64)))
		piped = c.Pipe("content", nil)
		return nil, piped
	}}}})
	srv := httptest.NewServer(d)
	defer srv.Close()
	for status, want := range map[string]int{"201": 201, "204": 204, "304": 304, "404": 404, "700": 500, "42": 500} {
		resp, err := srv.Client().Get(srv.URL + "/pipe?status=" + status)
		if err != nil {
			t.Errorf("%s: %v", status, err)
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != want || err != nil || (want == 201 || want == 404) != (string(body) == "content") {
			t.Errorf("%s: got %d %q (%v)", status, resp.StatusCode, body, err)
		}
		if (piped != nil) != (want == 500) {
			t.Errorf("%s: Pipe returned %v", status, piped)
		}
	}
}

// An invalid status is the server's mistake: the client gets the id of the log record.
func TestAnInvalidStatusOfPipeIsAnsweredWithAnID(t *testing.T) {
	var log logBuffer
	d, err := dispatch.New(dispatch.Options{
		Logger: slog.New(slog.NewTextHandler(&log, nil)), NewID: func() string { return "id-7" },
		Actions: []dispatch.Action{runs("a", func(_ context.Context, c *dispatch.Connection) (any, error) {
			c.SetStatus(700)
			return nil, c.Pipe("content", nil)
		})},
	})
	if err != nil {
		t.Fatal(err)
	}
	a := ask(t, d, "GET", "/a", "")
	if text, _ := a.err().(string); a.Code != 500 || !strings.Contains(text, "id-7") || !strings.Contains(log.String(), "messageId=id-7") || !strings.Contains(log.String(), "the status 700 was set") {
		t.Errorf("got %d %s; logged %s", a.Code, a.Body, &log)
	}
}

func TestMissingFirstIsAsInActionhero(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{MissingFirst: true, Actions: []dispatch.Action{action("a", dispatch.Inputs{"need": {Required: true}, "other": {Required: true}, "n": {Formatters: formats(dispatch.ToInt)}})}})
	for _, target := range []string{"/a?n=x", "/a?n=x&other=1", "/a?n=1"} {
		if got := ask(t, d, "GET", target, "").err(); got != "need is a required parameter for this action" {
			t.Errorf("%s: got %v", target, got)
		}
	}
}

// Formatters accept the results of other formatters.
func TestFormattersTakeWhatOthersGive(t *testing.T) {
	for _, chain := range [][]dispatch.Formatter{
		{dispatch.ToInt, dispatch.ToString}, {dispatch.ToInt, dispatch.ToFloat}, {dispatch.ToFloat, dispatch.ToString}, {dispatch.ToFloat, dispatch.ToInt}, {dispatch.ToString, dispatch.ToInt},
	} {
		v := any("7")
		var err error
		for _, f := range chain {
			if v, err = f(t.Context(), v); err != nil {
				t.Errorf("got %v", err)
			}
		}
		if fmt.Sprint(v) != "7" {
			t.Errorf("got %v", v)
		}
	}
	for in, want := range map[string]any{"on": true, "off": false, "True": true, "FALSE": false, "1": true} {
		if got, err := dispatch.ToBool(t.Context(), in); got != want {
			t.Errorf("%s: got %v, %v", in, got, err)
		}
	}
}

// closing counts how often folders are closed.
type closing struct {
	namedFiles
	closed *int
}

func (c closing) Close() error { *c.closed++; return nil }

func TestCloseClosesFolders(t *testing.T) {
	closed := 0
	o := dispatch.Options{
		Routes: dispatch.Routes{{Method: "get", Path: "/d", Dir: "one"}, {Method: "get", Path: "/e", Dir: "one"}, {Method: "get", Path: "/f", Dir: "two"}},
		Folder: func(string) (dispatch.Files, error) { return closing{closed: &closed}, nil },
	}
	d, err := dispatch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil || closed != 2 {
		t.Errorf("closed %d folders, want 2 (%v)", closed, err)
	}
	o.Timeout = -1
	if _, err := dispatch.New(o); err == nil || closed != 4 {
		t.Errorf("a dispatcher that cannot be made: closed %d folders in all, want 4 (%v)", closed, err)
	}
}

// If the function of a typed action is called by hand, it says that this is not supported.
func TestRunOfATypedActionByHand(t *testing.T) {
	a := dispatch.Typed("a", func(context.Context, struct{}) (int, error) { return 0, nil })
	var coded *envelope.Error
	if _, err := a.Run(t.Context(), &dispatch.Connection{}); err == nil || errors.As(err, &coded) || !strings.Contains(err.Error(), "use Connection.Run") {
		t.Errorf("got %v", err)
	}
}

// What is said to take files does take them.
func TestTheNamesOfFilesAreThoseOfAForm(t *testing.T) {
	type node struct {
		Icon     *upload.File `json:"icon"`
		Children []node       `json:"children"`
	}
	type in struct {
		Pics  []*upload.File `json:"pics"`
		Lines []struct {
			Doc  *upload.File   `json:"doc"`
			More []*upload.File `json:"more"`
		} `json:"lines"`
		Tree node `json:"tree"`
	}
	d, _ := newDispatcher(t, dispatch.Options{Params: newMemoryParams(t, upload.Options{}), Actions: []dispatch.Action{
		dispatch.Typed("a", func(context.Context, in) (any, error) { return nil, nil }),
	}})
	accepted := []string{"lines[][doc]", "lines[][more]", "pics", "tree[icon]"}
	for _, field := range append([]string{"lines", "tree", "tree[children]"}, accepted...) {
		contentType, body := multipartOf(t, field)
		r := httptest.NewRequest("POST", "/a", body)
		r.Header.Set("Content-Type", contentType)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		status, want := 415, `does not take the file in the field \"`+field+`\"; it takes files in `+strings.Join(accepted, ", ")+`"`
		if slices.Contains(accepted, field) {
			status, want = 200, ""
		}
		if w.Code != status || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s: got %d %s", field, w.Code, w.Body)
		}
	}
}

// A body of a type that has no parameters is the action's to read; the log says so
// to whoever wonders why nothing has arrived.
func TestABodyThatIsLeftIsLogged(t *testing.T) {
	var log logBuffer
	d, _ := newDispatcher(t, dispatch.Options{
		Logger:  slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Actions: []dispatch.Action{action("a", dispatch.Inputs{"x": {}})},
	})
	const left = "the body was not read: its type has no parameters"
	for _, tt := range []struct {
		contentType, body string
		want              bool
	}{
		{"text/plain;charset=UTF-8", `{"x":1}`, true},
		{"", `{"x":1}`, true},
		{"application/json", `{"x":1}`, false},
		{"application/json", "", false},
		{"application/x-www-form-urlencoded", "x=1", false},
	} {
		log.Reset()
		r := httptest.NewRequest("POST", "/a", strings.NewReader(tt.body))
		r.Header.Set("Content-Type", tt.contentType)
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if got := strings.Contains(log.String(), left) && strings.Contains(log.String(), tt.contentType); w.Code != 200 || got != tt.want {
			t.Errorf("%q: got %d and logged %q, want it to be said: %t", tt.contentType, w.Code, log.String(), tt.want)
		}
	}
}
