package dispatch_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

func formats(fs ...dispatch.Formatter) []dispatch.Formatter   { return fs }
func validates(fs ...dispatch.Validator) []dispatch.Validator { return fs }

func says(text string) dispatch.Validator {
	return func(context.Context, any) error { return errors.New(text) }
}

func TestInputs(t *testing.T) {
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", dispatch.Inputs{
		"need":   {Required: true, Validators: validates(func(context.Context, any) error { return nil })},
		"word":   {Default: "hello"},
		"made":   {DefaultFunc: func(ctx context.Context) any { c, _ := dispatch.FromContext(ctx); return c.Method() }},
		"number": {Default: "10", Formatters: formats(dispatch.ToInt, func(_ context.Context, v any) (any, error) { return v.(int64) + 1, nil })},
		"two": {Validators: validates(func(_ context.Context, v any) error {
			if v == "x" {
				return errors.New("first says no")
			}
			return nil
		}, func(_ context.Context, v any) error {
			if v == "y" {
				return errors.New("second says no")
			}
			return nil
		})},
		"coded": {Validators: validates(func(context.Context, any) error { return envelope.Errorf(418, "teapot") })},
		"bad":   {Formatters: formats(func(context.Context, any) (any, error) { return nil, errors.New("formatter says no") })},
		"nested": {Schema: dispatch.Inputs{
			"inner": {Required: true}, "other": {Default: "other"}, "n": {Formatters: formats(dispatch.ToInt)},
			"deep": {Schema: dispatch.Inputs{"must": {Required: true}}},
		}},
		"map":  {Map: true, Schema: dispatch.Inputs{"x": {}}},
		"list": {List: true, Schema: dispatch.Inputs{"x": {}, "n": {Formatters: formats(dispatch.ToInt)}}},
	}), action("b", dispatch.Inputs{"secret": {}})}})
	for _, tt := range []struct {
		name, target, body string
		status             int
		err                any
		params             string // what the action got, without its own name and version
	}{
		{"missing", "/a", "", 422, "need is a required parameter for this action", ""},
		{"empty", "/a?need=", "", 422, "need is a required parameter for this action", ""},
		{"P10 required in spite of a validator", "/a?need=&word=x", "", 422, "need is a required parameter for this action", ""},
		{"null", "/a", `{"need":null}`, 422, "need is a required parameter for this action", ""},
		{"zero is given", "/a", `{"need":0}`, 200, nil, "made:POST need:0 number:11 word:hello"},
		{"false is given", "/a", `{"need":false}`, 200, nil, "made:POST need:false number:11 word:hello"},
		{"defaults", "/a?need=1", "", 200, nil, "made:GET need:1 number:11 word:hello"},
		{"given", "/a?need=1&word=&made=2&number=5", "", 200, nil, "made:2 need:1 number:6 word:"},
		{"formatter refuses", "/a?need=1&number=x", "", 422, `number must be a whole number, got "x"`, ""},
		{"formatter says", "/a?need=1&bad=x", "", 422, "formatter says no", ""},
		{"first validator", "/a?need=1&two=x", "", 422, "first says no", ""},
		{"second validator", "/a?need=1&two=y", "", 422, "second says no", ""},
		{"a validator's status", "/a?need=1&coded=1", "", 418, "teapot", ""},
		{"all that is wrong", "/a?need=1&two=x&number=x", "", 422, `number must be a whole number, got "x"; first says no`, ""},
		{"missing and invalid", "/a?number=x", "", 422, `need is a required parameter for this action; number must be a whole number, got "x"`, ""},
		{"nested", "/a?need=1&nested[inner]=i&nested[n]=7&nested[unknown]=u", "", 200, nil, "made:GET need:1 nested:map[inner:i n:7 other:other] number:11 word:hello"},
		{"nested missing", "/a?need=1&nested[other]=x", "", 422, "nested.inner is a required parameter for this action", ""},
		{"nested deeply", "/a?need=1&nested[inner]=i&nested[deep][x]=1", "", 422, "nested.deep.must is a required parameter for this action", ""},
		{"nested bad", "/a?need=1&nested[inner]=i&nested[n]=x", "", 422, `nested.n must be a whole number, got "x"`, ""},
		{"P6 text for an object", "/a?need=1&nested=x", "", 422, `nested must be an object, got "x"`, ""},
		{"broken JSON for an object", "/a?need=1&nested=%7B%22n%22:%7D", "", 422, `nested must be an object, as JSON (invalid character '}' looking for beginning of value, at byte 5), got "{\"n\":}"`, ""},
		{"P6 a list for a number", "/a?need=1&number[]=1", "", 422, "number must be a whole number, got a list", ""},
		{"a blank field for an object", "/a?need=1&nested=&map=&list=&list[]=", "", 200, nil, "made:GET need:1 number:11 word:hello"},
		{"a blank field for an object among others", "/a?need=1&nested[inner]=i&nested[deep]=&map[a]=&map[b][x]=1&list[0]=&list[1][x]=2", "", 200, nil, "list:[map[x:2]] made:GET map:map[b:map[x:1]] need:1 nested:map[inner:i other:other] number:11 word:hello"},
		{"a blank string in JSON for an object", "/a", `{"need":1,"nested":"","map":"","list":""}`, 200, nil, "made:POST need:1 number:11 word:hello"},
		{"blank elements in JSON", "/a", `{"need":1,"list":["",{"x":1},{"n":"z"}],"map":{"a":""}}`, 422, `list[0] must be an object, got ""; list[2].n must be a whole number, got "z"; map.a must be an object, got ""`, ""},
		{"nothing but blank elements in JSON", "/a", `{"need":1,"list":[""]}`, 422, `list[0] must be an object, got ""`, ""},
		{"the index after a blank element", "/a", "need=1&list[0]=&list[1][x]=1&list[2][n]=z", 422, `list[2].n must be a whole number, got "z"`, ""},
		{"P9 what another action takes", "/a?need=1&secret=s&unknown=u", "", 200, nil, "made:GET need:1 number:11 word:hello"},
		{"P9 in a body", "/a", `{"need":1,"secret":"s","unknown":{"x":1}}`, 200, nil, "made:POST need:1 number:11 word:hello"},
		{"P7 a body beats the query", "/a?need=q&word=q", `{"need":"b"}`, 200, nil, "made:POST need:b number:11 word:q"},
		{"P8 names that decide", "/a?need=1&action=b&file=/etc/passwd&apiVersion=1", "", 200, nil, "file:/etc/passwd made:GET need:1 number:11 word:hello"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			method := "GET"
			if tt.body != "" {
				method = "POST"
			}
			a := ask(t, d, method, tt.target, tt.body)
			if a.Code != tt.status || a.err() != tt.err {
				t.Fatalf("got %d %v, want %d %v", a.Code, a.err(), tt.status, tt.err)
			}
			if tt.status != 200 {
				return
			}
			got, _ := a.object()["params"].(map[string]any)
			if got["action"] != "a" {
				t.Errorf("got action %v", got["action"])
			}
			delete(got, "action")
			delete(got, "apiVersion")
			if s := strings.TrimSuffix(strings.TrimPrefix(fmt.Sprint(got), "map["), "]"); s != tt.params {
				t.Errorf("got  %s\nwant %s", s, tt.params)
			}
		})
	}
	t.Run("versions as params", func(t *testing.T) {
		for target, want := range map[string]any{"/b": 1.0, "/b?apiVersion=1": "1", "/b?apiVersion=1.0": "1.0"} {
			if got := ask(t, d, "GET", target, "").object()["params"].(map[string]any)["apiVersion"]; got != want {
				t.Errorf("%s: got %#v, want %#v", target, got, want)
			}
		}
	})
	t.Run("a name that begins with another", func(t *testing.T) {
		d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", dispatch.Inputs{"x": {Required: true}, "x.y": {Validators: validates(says("no"))}})}})
		if got, want := ask(t, d, "GET", "/a?x.y=1", "").err(), "x is a required parameter for this action; no"; got != want {
			t.Errorf("got %v, want %s", got, want)
		}
	})
	t.Run("errors are typed", func(t *testing.T) {
		d, rc := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{action("a", dispatch.Inputs{"x": {Required: true}, "y": {Required: true}, "z": {Validators: validates(says("no"))}})}})
		a := ask(t, d, "GET", "/a?z=1", "")
		var missing *dispatch.MissingParamsError
		if !errors.As(rc.last.Err, &missing) || !reflect.DeepEqual(missing.Names, []string{"x", "y"}) {
			t.Errorf("got %v", rc.last.Err)
		}
		if want := "x is a required parameter for this action; y is a required parameter for this action; no"; a.err() != want {
			t.Errorf("got %v, want %s", a.err(), want)
		}
		ask(t, d, "GET", "/a?x=1&y=1&z=1", "")
		var invalid *dispatch.InvalidParamsError
		if !errors.As(rc.last.Err, &invalid) || invalid.Failures[0].Name != "z" || len(invalid.Unwrap()) != 1 {
			t.Errorf("got %v", rc.last.Err)
		}
	})
}

func TestScrubbing(t *testing.T) {
	in := dispatch.Inputs{"key": {}}
	params := func(opts dispatch.Options, target string) string {
		opts.Actions = []dispatch.Action{action("a", in)}
		d, _ := newDispatcher(t, opts)
		v, _ := ask(t, d, "GET", target, "").object()["params"].(map[string]any)
		delete(v, "apiVersion")
		return fmt.Sprint(v)
	}
	const target = "/a?key=1&extra=2&other=3"
	if got, want := params(dispatch.Options{}, target), "map[action:a key:1]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := params(dispatch.Options{ExtraParams: []string{"extra"}}, target), "map[action:a extra:2 key:1]"; got != want {
		t.Errorf("ExtraParams: got %s, want %s", got, want)
	}
	if got, want := params(dispatch.Options{DisableParamScrubbing: true}, target), "map[action:a extra:2 key:1 other:3]"; got != want {
		t.Errorf("DisableParamScrubbing: got %s, want %s", got, want)
	}

	in = dispatch.Inputs{"nested": {Schema: dispatch.Inputs{"inner": {Default: "x"}}}, "list": {List: true, Schema: dispatch.Inputs{"inner": {}}}}
	const nested = "/a?nested[other]=1&nested[deep][er]=2&list[0][inner]=3&list[0][other]=4"
	if got, want := params(dispatch.Options{}, nested), "map[action:a list:[map[inner:3]] nested:map[inner:x]]"; got != want {
		t.Errorf("a schema: got %s, want %s", got, want)
	}
	if got, want := params(dispatch.Options{DisableParamScrubbing: true}, nested+"&nested[5]=5"), "map[action:a list:[map[inner:3 other:4]] nested:map[5:5 deep:map[er:2] inner:x other:1]]"; got != want {
		t.Errorf("DisableParamScrubbing with a schema: got %s, want %s", got, want)
	}
}

func TestSecretsAreMasked(t *testing.T) {
	var log bytes.Buffer
	var saw any
	d, _ := newDispatcher(t, dispatch.Options{
		FilteredParams: []string{"password", "user.token", "list.token"},
		Logger:         slog.New(slog.NewTextHandler(&log, nil)),
		Actions: []dispatch.Action{{Name: "a", Inputs: dispatch.Inputs{"password": {}, "user": {Schema: dispatch.Inputs{"token": {}, "name": {}}}, "list": {}, "n": {}},
			Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
				saw = []any{c.Params["password"], c.Params["user"], c.Params["list"]}
				panic("boom")
			}}},
	})
	a := ask(t, d, "POST", "/a?password=hunter2", `{"user":{"token":"hunter2","name":"ann"},"list":[{"token":"hunter2"},1],"n":1}`)
	if strings.Contains(a.Body.String(), "hunter2") || strings.Contains(log.String(), "hunter2") {
		t.Errorf("shown: %s\nlogged: %s", a.Body, log.String())
	}
	if got, want := fmt.Sprint(a.received()), "map[action:a list:[map[token:[FILTERED]] 1] n:1 password:[FILTERED] user:map[name:ann token:[FILTERED]]]"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := fmt.Sprint(saw), "[hunter2 map[name:ann token:hunter2] [map[token:hunter2] 1]]"; got != want {
		t.Errorf("the action saw %s, want %s", got, want)
	}
	typed, _ := newDispatcher(t, dispatch.Options{
		FilteredParams: []string{"pin", "cards.code", "user"},
		Actions: []dispatch.Action{dispatch.Typed("a", func(_ context.Context, in struct {
			Pin   int `json:"pin"`
			Cards []struct {
				Code int `json:"code"`
			} `json:"cards"`
			User struct {
				Age int `json:"age"`
			} `json:"user"`
		}) (int, error) {
			return in.Pin, nil
		})},
	})
	a = ask(t, typed, "POST", "/a", `{"pin":"hunter2","cards":[{"code":"hunter2"}],"user":{"age":"hunter2"}}`)
	if a.Code != 422 || strings.Contains(a.Body.String(), "hunter2") || !strings.Contains(a.Body.String(), "cards[0].code must be a whole number") {
		t.Errorf("an error shows a secret: %d %s", a.Code, a.Body)
	}
	if unknown := ask(t, d, "GET", "/nope?password=hunter2", ""); strings.Contains(unknown.Body.String(), "hunter2") {
		t.Errorf("without an action: %s", unknown.Body)
	}
}

func TestFormatters(t *testing.T) {
	for _, tt := range []struct {
		name   string
		format dispatch.Formatter
		in     any
		want   any // or the error's text
	}{
		{"text", dispatch.ToString, "a", "a"},
		{"text of a number", dispatch.ToString, json.Number("12345678901234567890"), "12345678901234567890"},
		{"text of a bool", dispatch.ToString, true, "true"},
		{"text of an int", dispatch.ToString, 7, "7"},
		{"text of a float", dispatch.ToString, 1.5, "1.5"},
		{"text of a list", dispatch.ToString, []any{}, "must be a string, got a list"},
		{"int", dispatch.ToInt, "-12", int64(-12)},
		{"int of JSON", dispatch.ToInt, json.Number("9007199254740993"), int64(9007199254740993)},
		{"int of an int", dispatch.ToInt, 3, int64(3)},
		{"int of a float", dispatch.ToInt, 3.0, int64(3)},
		{"int of a fraction", dispatch.ToInt, 3.5, "must be a whole number, got 3.5"},
		{"int of too much", dispatch.ToInt, math.MaxFloat64, "must be a whole number, got 1.7976931348623157e+308"},
		{"int of a large text", dispatch.ToInt, "9223372036854775808", `must be a whole number, got "9223372036854775808"`},
		{"int of an object", dispatch.ToInt, map[string]any{}, "must be a whole number, got an object"},
		{"int of a long text", dispatch.ToInt, strings.Repeat("9", 100), `must be a whole number, got "` + strings.Repeat("9", 64) + `…"`},
		{"int of a text that would be cut inside a character", dispatch.ToInt, strings.Repeat("x", 63) + "éé", `must be a whole number, got "` + strings.Repeat("x", 63) + `…"`},
		{"float", dispatch.ToFloat, "1e3", 1000.0},
		{"float of what is too small", dispatch.ToFloat, "1e-400", `must be a number, got "1e-400"`},
		{"float of zero", dispatch.ToFloat, "0e-400", 0.0},
		{"float of JSON", dispatch.ToFloat, json.Number("0.5"), 0.5},
		{"float of infinity", dispatch.ToFloat, "inf", `must be a number, got "inf"`},
		{"float of a hexadecimal", dispatch.ToFloat, "0x1p4", `must be a number, got "0x1p4"`},
		{"float of a bool", dispatch.ToFloat, true, "must be a number, got true"},
		{"bool", dispatch.ToBool, "true", true},
		{"bool of 0", dispatch.ToBool, "0", false},
		{"bool of JSON", dispatch.ToBool, false, false},
		{"bool of a number", dispatch.ToBool, json.Number("1"), true},
		{"bool of two", dispatch.ToBool, json.Number("2"), `must be true or false, got 2`},
		{"bool of a word", dispatch.ToBool, "yes", `must be true or false, got "yes"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.format(t.Context(), tt.in)
			if err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("got %#v, want %#v", got, tt.want)
			}
		})
	}
}

func TestUploads(t *testing.T) {
	dir := t.TempDir()
	store, err := upload.NewDirStore(upload.DirStoreOptions{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	uploads, err := upload.New(upload.Options{Store: store})
	if err != nil {
		t.Fatal(err)
	}
	p, err := params.New(params.Options{Upload: uploads})
	if err != nil {
		t.Fatal(err)
	}
	var path string
	in := dispatch.Inputs{"image": {File: true}, "key": {}}
	d, _ := newDispatcher(t, dispatch.Options{Params: p, Actions: []dispatch.Action{
		{Name: "takes", Inputs: in, Run: func(_ context.Context, c *dispatch.Connection) (any, error) {
			f, ok := c.Params.File("image")
			if !ok {
				return nil, errors.New("no file")
			}
			path = f.Path
			b, err := os.ReadFile(f.Path)
			return map[string]any{"content": string(b), "files": len(c.RawFiles())}, err
		}},
		{Name: "panics", Inputs: in, Run: func(context.Context, *dispatch.Connection) (any, error) { panic("x") }},
		action("plain", dispatch.Inputs{"key": {}}),
		dispatch.Typed("typed", func(_ context.Context, in struct {
			Image *upload.File   `json:"image" required:"true"`
			Many  []*upload.File `json:"many"`
		}) (map[string]any, error) {
			return map[string]any{"name": in.Image.Name, "many": len(in.Many)}, nil
		}),
	}})
	post := func(target string, fields ...string) answer {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		for _, f := range fields {
			name, content, file := strings.Cut(f, "@")
			if file {
				p, _ := w.CreateFormFile(name, name+".txt")
				p.Write([]byte(content))
			} else {
				name, content, _ = strings.Cut(f, "=")
				w.WriteField(name, content)
			}
		}
		w.Close()
		r := httptest.NewRequest("POST", target, &body)
		r.Header.Set("Content-Type", w.FormDataContentType())
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, r)
		return answer{rec, t}
	}
	empty := func(when string) {
		t.Helper()
		if left, _ := os.ReadDir(dir); len(left) > 0 {
			t.Errorf("%s: %d files are left", when, len(left))
		}
	}
	a := post("/takes", "key=v", "image@hello")
	if v := a.object(); v["content"] != "hello" || v["files"] != 1.0 {
		t.Errorf("got %s", a.Body)
	}
	if strings.Contains(a.Body.String(), dir) || path == "" {
		t.Errorf("the path of a file is shown: %s", a.Body)
	}
	empty("taken")
	if a := post("/panics", "image@hello"); a.Code != 500 {
		t.Errorf("panics: got %d", a.Code)
	}
	empty("panic")
	if a := post("/?action=takes", "image@hello"); a.object()["content"] != "hello" {
		t.Errorf("by a param of the query: got %s", a.Body)
	}
	if a := post("/", "action=takes", "image@hello"); a.object()["content"] != "hello" {
		t.Errorf("by a param of the form: got %s", a.Body)
	}
	empty("by param")
	if a := post("/plain", "key=v"); a.Code != 200 || a.object()["params"].(map[string]any)["key"] != "v" {
		t.Errorf("fields alone: got %d %s", a.Code, a.Body)
	}
	if a := post("/plain", "key=v", "image@1"); a.Code != 415 || a.err() != `this action does not take the file in the field "image"; it takes no files` {
		t.Errorf("U19 files for a plain action: got %d %s", a.Code, a.Body)
	}
	if a := post("/typed", "image@1", "many@2", "many@3"); a.Code != 200 || a.object()["name"] != "image.txt" || a.object()["many"] != 2.0 {
		t.Errorf("typed: got %d %s", a.Code, a.Body)
	}
	if a := post("/typed", "image=text"); a.Code != 422 || a.err() != `image must be a file, got "text"` {
		t.Errorf("U18 text for a file: got %d %s", a.Code, a.Body)
	}
	if a := post("/takes", "image@1", "key@2"); a.Code != 415 || a.err() != `this action does not take the file in the field "key"; it takes files in image` {
		t.Errorf("a file for a parameter that takes none: got %d %s", a.Code, a.Body)
	}
	empty("in the end")
}

// An object is shown as its schema has left it, even if a validator refuses one of its members:
// it is shown as the validator saw it.
func TestRefusedMembersAreShownFormatted(t *testing.T) {
	word := dispatch.Input{Formatters: formats(dispatch.ToString), Validators: validates(says("not this one"))}
	e, err := envelope.New(envelope.Options{Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d, _ := newDispatcher(t, dispatch.Options{Renderer: e, Actions: []dispatch.Action{action("a", dispatch.Inputs{
		"one":  {Schema: dispatch.Inputs{"word": word}},
		"list": {List: true, Schema: dispatch.Inputs{"word": word}},
	})}})
	r := httptest.NewRequest("POST", "/a", strings.NewReader(`{"one": {"word": 1, "more": 2}, "list": [{"word": 3}]}`))
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	d.ServeHTTP(w, r)
	for _, want := range []string{`"one":{"word":"1"}`, `"list":[{"word":"3"}]`} {
		if w.Code != 422 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("got %d %s, want %s", w.Code, w.Body, want)
		}
	}
}

// A default that no request could have sent is refused when the server is made, and not in the
// response to every client that leaves the input out.
func TestDefaultsHaveTheDeclaredShape(t *testing.T) {
	member := dispatch.Inputs{"a": {}}
	for name, tt := range map[string]struct {
		in   dispatch.Input
		good bool
	}{
		"a list":                   {dispatch.Input{List: true, Default: []any{"a"}}, true},
		"one value for a list":     {dispatch.Input{List: true, Default: "a"}, true},
		"strings":                  {dispatch.Input{List: true, Default: []string{"a"}}, false},
		"a map":                    {dispatch.Input{Map: true, Default: map[string]any{"a": "b"}}, true},
		"a map of strings":         {dispatch.Input{Map: true, Default: map[string]string{"a": "b"}}, false},
		"a list for a map":         {dispatch.Input{Map: true, Default: []any{}}, false},
		"an object":                {dispatch.Input{Schema: member, Default: map[string]any{"a": 1}}, true},
		"a string for an object":   {dispatch.Input{Schema: member, Default: "a"}, false},
		"objects":                  {dispatch.Input{List: true, Schema: member, Default: []any{map[string]any{}}}, true},
		"strings for objects":      {dispatch.Input{List: true, Schema: member, Default: []any{"a"}}, false},
		"a map of objects":         {dispatch.Input{Map: true, Schema: member, Default: map[string]any{"k": map[string]any{}}}, true},
		"a map of other things":    {dispatch.Input{Map: true, Schema: member, Default: map[string]any{"k": 1}}, false},
		"a string for a file":      {dispatch.Input{File: true, Default: "a"}, false},
		"anything without a shape": {dispatch.Input{Default: []string{"a"}}, true},
		"in a schema":              {dispatch.Input{Schema: dispatch.Inputs{"l": {List: true, Default: 5}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{Name: "a", Inputs: dispatch.Inputs{"x": tt.in}, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }}}})
			if (err == nil) != tt.good || err != nil && !strings.Contains(err.Error(), ".Default: invalid value") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// A typed action without a function is refused like any other action without one.
func TestTypedWithoutAFunction(t *testing.T) {
	_, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{dispatch.Typed[struct{}, int]("a", nil)}})
	if err == nil || !strings.Contains(err.Error(), "want exactly one of Run and Handler") {
		t.Errorf("got %v", err)
	}
}

// A hidden member is hidden in JSON that was not read as an object, because it is broken or because
// the input declares none, and in the error that says so.
func TestSecretsInJSONThatIsNotReadAreMasked(t *testing.T) {
	type card struct {
		Code string `json:"code"`
	}
	plain := dispatch.Action{Name: "plain", Inputs: dispatch.Inputs{
		"user": {Schema: dispatch.Inputs{"pin": {}}}, "cards": {List: true, Schema: dispatch.Inputs{"code": {}}}, "any": {},
	}, Run: func(context.Context, *dispatch.Connection) (any, error) { return nil, nil }}
	typed := dispatch.Typed("typed", func(context.Context, struct {
		User struct {
			Pin string `json:"pin"`
		} `json:"user"`
		Cards []card          `json:"cards"`
		Any   map[string]card `json:"any"`
	}) (int, error) {
		return 0, nil
	})
	var log logBuffer
	d, _ := newDispatcher(t, dispatch.Options{
		FilteredParams: []string{"user.pin", "cards.code", "any.pin", "any.k.code"},
		Logger:         slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Actions:        []dispatch.Action{plain, typed},
	})
	for _, query := range []string{
		`user={"pin":"hunter2"`, `user= {"pin":"hunter2"`, "user=\n\t[\"hunter2\"", `user=["hunter2"]`, `user={"pin":"hunter2"}`,
		`cards=[{"code":"hunter2"}`, `cards={"code":"hunter2"`, `cards[0]={"code":"hunter2"`, `any={"pin":"hunter2"`, `any[k]={"code":"hunter2"`,
	} {
		for _, action := range []string{"plain", "typed"} {
			name, value, _ := strings.Cut(query, "=")
			a := ask(t, d, "GET", "/"+action+"?"+name+"="+url.QueryEscape(value), "")
			if strings.Contains(a.Body.String(), "hunter2") || strings.Contains(log.String(), "hunter2") {
				t.Errorf("%s: %s\nshown: %s\nlogged: %s", action, query, a.Body, log.String())
			}
			log.Reset()
		}
	}
	if a := ask(t, d, "GET", "/typed?user=ann", ""); !strings.Contains(a.Body.String(), `user must be an object, got \"ann\"`) {
		t.Errorf("what is no JSON: got %s", a.Body)
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
