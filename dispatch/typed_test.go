package dispatch_test

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/upload"
)

type address struct {
	Street string `json:"street" required:"true"`
	Zip    *int   `json:"zip" minimum:"1000" maximum:"99999"`
}

type base struct {
	Page int `json:"page" default:"1" minimum:"1"`
}

type everything struct {
	base
	Name    string         `json:"name" required:"true" minLength:"2" maxLength:"5" pattern:"^[a-z]+$" description:"who"`
	Age     uint8          `json:"age"`
	Score   float64        `json:"score"`
	Admin   bool           `json:"admin"`
	Born    time.Time      `json:"born"`
	Wait    time.Duration  `json:"wait" default:"1m30s"`
	Addr    netip.Addr     `json:"addr"`
	Color   string         `json:"color" enum:"red,green"`
	Level   int            `json:"level" enum:"1,2,3"`
	Tags    []string       `json:"tags" maxItems:"3" minLength:"2"`
	IDs     []int64        `json:"ids"`
	Home    address        `json:"home"`
	Other   *address       `json:"other"`
	Homes   []address      `json:"homes"`
	Labels  map[string]int `json:"labels"`
	Any     any            `json:"any"`
	Opt     *string        `json:"opt"`
	Ignored string         `json:"-"`
}

// runTyped runs the action with parameters as a query or a JSON body would give them.
func runTyped(t *testing.T, values map[string]any) (everything, error) {
	t.Helper()
	var got everything
	a := dispatch.Typed("typed", func(_ context.Context, in everything) (string, error) {
		got = in
		return "ok", nil
	})
	d, rc := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{a, {
		Name: "outer",
		Run:  func(ctx context.Context, c *dispatch.Connection) (any, error) { return c.Run(ctx, "typed", "", values) },
	}}})
	ask(t, d, "GET", "/outer", "")
	return got, rc.last.Err
}

func TestTypedConverts(t *testing.T) {
	zip := 1234
	opt := ""
	want := everything{
		base: base{Page: 1}, Name: "anna", Age: 7, Score: 1.5, Admin: true,
		Born: time.Date(2020, 1, 2, 3, 4, 5, 0, time.UTC), Wait: 90 * time.Second, Addr: netip.MustParseAddr("::1"),
		Color: "red", Level: 2, Tags: []string{"aa", "bb"}, IDs: []int64{9007199254740993},
		Home: address{Street: "s", Zip: &zip}, Other: &address{Street: "o"}, Homes: []address{{Street: "h"}},
		Labels: map[string]int{"x": 1}, Any: []any{"1"}, Opt: &opt,
	}
	fromText := map[string]any{
		"name": "anna", "age": "7", "score": "1.5", "admin": "true", "born": "2020-01-02T03:04:05Z", "addr": "::1",
		"color": "red", "level": "2", "tags": []any{"aa", "bb"}, "ids": "9007199254740993",
		"home": map[string]any{"street": "s", "zip": "1234"}, "other": map[string]any{"street": "o"},
		"homes": []any{map[string]any{"street": "h"}}, "labels": map[string]any{"x": "1"}, "any": []any{"1"}, "opt": "",
	}
	fromJSON := map[string]any{
		"name": "anna", "age": json.Number("7"), "score": json.Number("1.5"), "admin": true, "born": "2020-01-02T03:04:05Z", "addr": "::1",
		"color": "red", "level": json.Number("2"), "tags": []any{"aa", "bb"}, "ids": []any{json.Number("9007199254740993")},
		"home": map[string]any{"street": "s", "zip": json.Number("1234")}, "other": map[string]any{"street": "o", "zip": nil},
		"homes": []any{map[string]any{"street": "h"}}, "labels": map[string]any{"x": json.Number("1")}, "any": []any{"1"}, "opt": "",
		"wait": nil,
	}
	for name, values := range map[string]map[string]any{"text": fromText, "JSON": fromJSON} {
		t.Run(name, func(t *testing.T) {
			got, err := runTyped(t, values)
			if err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("got  %+v (%v)\nwant %+v", got, err, want)
			}
		})
	}
}

func TestTypedRefuses(t *testing.T) {
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"name", "A1", `name must be a string that matches ^[a-z]+$, got "A1"`},
		{"name", []any{"anna"}, "name must be a string, got a list"},
		{"age", "300", `age must be a whole number from 0 to 255, got "300"`},
		{"age", "-1", `age must be a whole number from 0 to 255, got "-1"`},
		{"age", json.Number("1.5"), "age must be a whole number from 0 to 255, got 1.5"},
		{"score", "NaN", `score must be a number, got "NaN"`},
		{"admin", "yes", `admin must be true or false, got "yes"`},
		{"born", "yesterday", `born must be a time like "2006-01-02T15:04:05Z", got "yesterday"`},
		{"wait", "5 minutes", `wait must be a duration like "1m30s", or a number of nanoseconds, got "5 minutes"`},
		{"addr", "x", `addr must be a valid Addr, got "x"`},
		{"color", "blue", `color must be one of red, green, got "blue"`},
		{"level", "9", `level must be one of 1, 2, 3, got "9"`},
		{"tags", []any{"aa", "b"}, `tags[1] must be at least 2 characters long, got 1`},
		{"tags", []any{"aa", "bb", "cc", "dd"}, "tags must be a list of at most 3 elements, got 4"},
		{"tags", map[string]any{"x": "y"}, "tags must be a list, got an object"},
		{"ids", []any{true}, "ids[0] must be a whole number, got true"},
		{"ids", []any{"1.5"}, `ids[0] must be a whole number, got "1.5"`},
		{"ids", []any{"9223372036854775808"}, `ids[0] must be a whole number from -9223372036854775808 to 9223372036854775807, got "9223372036854775808"`},
		{"home", "x", `home must be an object, got "x"`},
		{"home", map[string]any{}, "home.street is a required parameter for this action"},
		{"home", map[string]any{"street": "s", "zip": "12"}, `home.zip must be from 1000 to 99999, got "12"`},
		{"homes", []any{map[string]any{"street": "s", "zip": true}}, "homes[0].zip must be a whole number, got true"},
		{"labels", map[string]any{"a": "x"}, `labels.a must be a whole number, got "x"`},
		{"ids", []any{"9223372036854775808"}, `ids[0] must be a whole number from -9223372036854775808 to 9223372036854775807, got "9223372036854775808"`},
		{"score", "1e999", `score must be a number in the range of float64, got "1e999"`},
		{"tags", []any{"aa", nil}, "tags[1] must be at least 2 characters long, got null"},
		{"homes", []any{nil}, "homes[0].street is a required parameter for this action"},
		{"page", "0", `page must be at least 1, got "0"`},
		{"name", "", "name is a required parameter for this action"},
		{"name", nil, "name is a required parameter for this action"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			values := map[string]any{"name": "anna"}
			values[tt.name] = tt.value
			_, err := runTyped(t, values)
			if err == nil || !strings.HasSuffix(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			var coded interface{ StatusCode() int }
			if !errors.As(err, &coded) || coded.StatusCode() != 422 {
				t.Errorf("got no status 422 in %v", err)
			}
		})
	}
	_, err := runTyped(t, map[string]any{"name": "x", "age": "x", "home": map[string]any{"street": "s", "zip": "1"}})
	for _, want := range []string{"name must", "age must", "home.zip must"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("all problems at once: got %v, want %q in it", err, want)
		}
	}
}

func TestTypedEmptyTextIsNothing(t *testing.T) {
	got, err := runTyped(t, map[string]any{"name": "anna", "age": "", "born": "", "page": "", "other": ""})
	if err != nil || got.Page != 1 || got.Other != nil {
		t.Errorf("got %+v (%v)", got, err)
	}
}

func TestTypedReportsBadStructs(t *testing.T) {
	for _, tt := range []struct {
		name string
		a    dispatch.Action
		want string
	}{
		{"not a struct", dispatch.Typed("a", func(context.Context, int) (int, error) { return 0, nil }), "the inputs of a typed action are a struct, not int"},
		{"channel", dispatch.Typed("a", func(context.Context, struct{ C chan int }) (int, error) { return 0, nil }), "field C: values cannot be converted to chan int"},
		{"result", dispatch.Typed("a", func(context.Context, struct{}) (chan int, error) { return nil, nil }), "a result of type chan int cannot be encoded"},
		{"tag of another kind", dispatch.Typed("a", func(context.Context, struct {
			S string `minimum:"1"`
		}) (int, error) {
			return 0, nil
		}), `field S: tag minimum:"1": it is for numbers only`},
		{"tag that is no number", dispatch.Typed("a", func(context.Context, struct {
			N int `maximum:"x"`
		}) (int, error) {
			return 0, nil
		}), `field N: tag maximum:"x": want a whole number`},
		{"limit that JSON has not", dispatch.Typed("a", func(context.Context, struct {
			N float64 `minimum:"NaN"`
		}) (int, error) {
			return 0, nil
		}), `field N: tag minimum:"NaN": want a number`},
		{"bad pattern", dispatch.Typed("a", func(context.Context, struct {
			S string `pattern:"("`
		}) (int, error) {
			return 0, nil
		}), "field S:"},
		{"bad default", dispatch.Typed("a", func(context.Context, struct {
			N int `default:"x"`
		}) (int, error) {
			return 0, nil
		}), `field N: tag default:"x": must be a whole number`},
		{"default against the rules", dispatch.Typed("a", func(context.Context, struct {
			N int `default:"0" minimum:"1"`
		}) (int, error) {
			return 0, nil
		}), `field N: tag default:"0": must be at least 1`},
		{"embedded pointer", dispatch.Typed("a", func(context.Context, struct{ *base }) (int, error) { return 0, nil }), "field base: an embedded pointer to a struct that is not exported cannot be filled"},
		{"a file by value", dispatch.Typed[byValue, int]("a", nil), "field F: no upload can fill a upload.File: want *upload.File or []*upload.File"},
		{"files by value", dispatch.Typed("a", func(context.Context, struct{ F []upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"files in a map", dispatch.Typed("a", func(context.Context, struct{ F map[string]*upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"lists of files", dispatch.Typed("a", func(context.Context, struct{ F [][]*upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"a pointer too many", dispatch.Typed("a", func(context.Context, struct{ F **upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"a pointer to files", dispatch.Typed("a", func(context.Context, struct{ F *[]*upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"files in an array", dispatch.Typed("a", func(context.Context, struct{ F [2]*upload.File }) (int, error) { return 0, nil }), "no upload can fill"},
		{"files in structs in a map", dispatch.Typed("a", func(context.Context, struct {
			M map[string]struct{ F *upload.File }
		}) (int, error) {
			return 0, nil
		}), "no upload can fill"},
		{"an embedded file", dispatch.Typed[embedded, int]("a", nil), "field File: no upload can fill"},
		{"a pointer to an embedded file", dispatch.Typed("a", func(context.Context, struct{ *upload.File }) (int, error) { return 0, nil }), "field File: no upload can fill"},
		{"a type made of a file", dispatch.Typed("a", func(context.Context, struct{ F []*ownFile }) (int, error) { return 0, nil }), "field F: no upload can fill"},
		{"a file as net/http has it", dispatch.Typed("a", func(context.Context, struct{ F *multipart.FileHeader }) (int, error) { return 0, nil }), "field F: no upload can fill"},
		{"files by a name with brackets", dispatch.Typed("a", func(context.Context, struct {
			Docs []*upload.File `json:"docs[]"`
		}) (int, error) {
			return 0, nil
		}), "docs[]: no file reaches it"},
		{"a file of a struct by a name with brackets", dispatch.Typed("a", func(context.Context, struct {
			S []struct {
				Doc *upload.File `json:"doc[]"`
			}
		}) (int, error) {
			return 0, nil
		}), "field S: field doc[]: no file reaches it"},
		{"methods of an embedded struct", dispatch.Typed("a", func(context.Context, struct {
			time.Time
			Name string
		}) (int, error) {
			return 0, nil
		}), "has a method UnmarshalJSON, perhaps of an embedded struct"},
		{"tag in another case", dispatch.Typed("a", func(context.Context, struct {
			S string `minlength:"1"`
		}) (int, error) {
			return 0, nil
		}), "field S: tag minlength: it is written minLength"},
		{"tag that is no rule here", dispatch.Typed("a", func(context.Context, struct {
			S string `json:"s" format:"email"`
		}) (int, error) {
			return 0, nil
		}), "field S: tag format: it is not checked here"},
		{"a misspelt tag", dispatch.Typed("a", func(context.Context, struct {
			S string `requird:"true"`
		}) (int, error) {
			return 0, nil
		}), "field S: tag requird: did you mean required?"},
		{"a misspelt tag of a result", dispatch.Typed("a", func(context.Context, struct{}) (struct {
			S string `josn:"s"`
		}, error) {
			return struct {
				S string `josn:"s"`
			}{}, nil
		}), "field S: tag josn: did you mean json?"},
		{"a range of nothing", dispatch.Typed("a", func(context.Context, struct {
			N int `minimum:"5" maximum:"1"`
		}) (int, error) {
			return 0, nil
		}), `tags minimum:"5" maximum:"1": no number is both`},
		{"rules on inputs", withInput("name", dispatch.Input{Required: true}), `input "name": the rules of a typed action are the tags`},
		{"a validator on inputs", withInput("name", dispatch.Input{Validators: validates(says("no"))}), `input "name": the rules`},
		{"an input more", withInput("other", dispatch.Input{}), `input "other": not a field of the struct`},
		{"reserved name", dispatch.Typed("a", func(context.Context, struct {
			A string `json:"action"`
		}) (int, error) {
			return 0, nil
		}), "the name is reserved"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{tt.a}})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q in it", err, tt.want)
			}
		})
	}
}

type byValue struct{ F upload.File }

type embedded struct{ upload.File }

type ownFile upload.File

// withInput is a typed action with an input changed by hand.
func withInput(name string, in dispatch.Input) dispatch.Action {
	a := dispatch.Typed("a", func(context.Context, struct {
		Name string `json:"name"`
	}) (int, error) {
		return 0, nil
	})
	a.Inputs[name] = in
	return a
}

func TestTypedSchema(t *testing.T) {
	const pkg = "github.com/sidekick-http/sidekick/dispatch_test."
	a := dispatch.Typed("typed", func(context.Context, everything) ([]address, error) { return nil, nil })
	s := a.InputSchema()
	if s.Properties["name"].Description != "who" || *s.Properties["name"].MinLength != 2 || s.Properties["tags"].Items.MinLength == nil ||
		string(s.Properties["page"].Default) != "1" || s.Defs[pkg+"address"] == nil || s.Defs[pkg+"address"].Required[0] != "street" {
		b, _ := json.Marshal(s)
		t.Errorf("got %s", b)
	}
	if a.OutputSchema() == nil || a.OutputSchema().Items == nil {
		t.Errorf("the schema of the result: got %v", a.OutputSchema())
	}
	if plain := (&dispatch.Action{}); plain.InputSchema() != nil || plain.OutputSchema() != nil {
		t.Error("a plain action has a schema")
	}
}

type named struct {
	Name string `json:"name" required:"true"`
}

type hidden struct{ Admin bool }

func TestTypedEmbedding(t *testing.T) {
	type in struct {
		hidden `json:"-"`
		Base   named `json:"base"`
	}
	type tagged struct {
		named `json:"inner"`
		Q     string
	}
	var got in
	var gotTagged tagged
	d, rc := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		dispatch.Typed("a", func(_ context.Context, v in) (int, error) { got = v; return 0, nil }),
		dispatch.Typed("b", func(_ context.Context, v tagged) (int, error) { gotTagged = v; return 0, nil }),
	}})
	ask(t, d, "POST", "/a", `{"Admin":true,"base":{"name":"x"},"name":"y"}`)
	if rc.last.Err != nil || got.Admin || got.Base.Name != "x" {
		t.Errorf("got %+v (%v)", got, rc.last.Err)
	}
	ask(t, d, "POST", "/b", `{"name":"y","Q":"q"}`)
	if rc.last.Err != nil || gotTagged.Name != "" || gotTagged.Q != "q" {
		t.Errorf("an embedded struct with a name that cannot be set: got %+v (%v)", gotTagged, rc.last.Err)
	}
}

// own reads JSON itself, and so is filled by its method alone.
type own[T any] struct{ v T }

func (o own[T]) MarshalJSON() ([]byte, error)     { return json.Marshal(o.v) }
func (o *own[T]) UnmarshalJSON(text []byte) error { return json.Unmarshal(text, &o.v) }

// told is own and says of itself what it is.
type told[T any] struct{ own[T] }

func (told[T]) JSONSchema() *jsonschema.Schema {
	s, _ := jsonschema.For[T](nil)
	return s
}

// bag is an object with one member of its own and, if they are allowed, others.
type bag[Others any] struct{ own[map[string]any] }

func (bag[Others]) JSONSchema() *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{"a": {Type: "string"}}}
	switch any(*new(Others)).(type) {
	case string:
		s.AdditionalProperties = &jsonschema.Schema{Type: "string"}
	case struct{}:
		s.AdditionalProperties = &jsonschema.Schema{Not: &jsonschema.Schema{}}
	}
	return s
}

// A type that reads JSON itself gets what a client sends by its document: the
// parts of what its schema describes, JSON text where it has none.
func TestTypesThatReadJSONGetIt(t *testing.T) {
	type point struct {
		X    int      `json:"x"`
		Name string   `json:"name,omitempty"`
		Tags []string `json:"tags,omitempty"`
	}
	type in struct {
		Money  own[float64]          `json:"money"`
		Raw    json.RawMessage       `json:"raw"`
		Words  told[[]string]        `json:"words"`
		IDs    told[[]int]           `json:"ids"`
		Point  told[point]           `json:"point"`
		Points []told[point]         `json:"points"`
		Counts told[map[string]int]  `json:"counts"`
		Plain  own[point]            `json:"plain"`
		ByName map[string]told[bool] `json:"byName"`
		Any    bag[any]              `json:"any"`
		Texts  bag[string]           `json:"texts"`
		Closed bag[struct{}]         `json:"closed"`
	}
	empty := `{"money":0,"raw":null,"words":null,"ids":null,"point":{"x":0},"points":null,"counts":null,"plain":{"x":0},"byName":null,"any":null,"texts":null,"closed":null}`
	d, _ := newDispatcher(t, dispatch.Options{Actions: []dispatch.Action{
		dispatch.Typed("a", func(_ context.Context, v in) (map[string]any, error) { return map[string]any{"got": v}, nil }),
	}})
	for _, tt := range []struct {
		sent string
		want map[string]any // what differs from nothing
	}{
		{"money=1.5", map[string]any{"money": 1.5}},
		{"money=1&money=2.5", map[string]any{"money": 2.5}},
		{`raw=1&raw={"a":1}`, map[string]any{"raw": map[string]any{"a": 1.0}}},
		{"words=a", map[string]any{"words": []any{"a"}}},
		{"words=a&words=b&words[]=5", map[string]any{"words": []any{"a", "b", "5"}}},
		{`words=["a","b"]`, map[string]any{"words": []any{"a", "b"}}},
		{"ids=1&ids=2", map[string]any{"ids": []any{1.0, 2.0}}},
		{"point[x]=1&point[name]=5&point[tags]=a", map[string]any{"point": map[string]any{"x": 1.0, "name": "5", "tags": []any{"a"}}}},
		{`point={"x":1}`, map[string]any{"point": map[string]any{"x": 1.0}}},
		{`points={"x":1}&points={"x":2}`, map[string]any{"points": []any{map[string]any{"x": 1.0}, map[string]any{"x": 2.0}}}},
		{"points[0][x]=1&points[1][x]=2&points[1][name]=", map[string]any{"points": []any{map[string]any{"x": 1.0}, map[string]any{"x": 2.0}}}},
		{"counts[a]=1&counts[7]=2", map[string]any{"counts": map[string]any{"a": 1.0, "7": 2.0}}},
		{`plain={"x":1}`, map[string]any{"plain": map[string]any{"x": 1.0}}},
		{"byName[a]=true&byName[7]=false", map[string]any{"byName": map[string]any{"a": true, "7": false}}},
		{"any[a]=1&any[b]=2&any[c][d]=x&any[5]=y", map[string]any{"any": map[string]any{"a": "1", "b": 2.0, "c": map[string]any{"d": "x"}, "5": "y"}}},
		{"texts[a]=1&texts[b]=2", map[string]any{"texts": map[string]any{"a": "1", "b": "2"}}},
		{"closed[a]=1&closed[b]=2", map[string]any{"closed": map[string]any{"a": "1"}}},
		{"money=&raw=&words=&ids=&point=&point[x]=&counts=&plain=&byName=", map[string]any{}},
	} {
		for _, way := range []string{"GET", "POST"} {
			target, body := "/a?"+strings.NewReplacer("{", "%7B", `"`, "%22").Replace(tt.sent), ""
			if way == "POST" {
				target, body = "/a", tt.sent
			}
			var want map[string]any
			if err := json.Unmarshal([]byte(empty), &want); err != nil {
				t.Fatal(err)
			}
			maps.Copy(want, tt.want)
			a := ask(t, d, way, target, body)
			if diff := cmp.Diff(want, a.object()["got"]); a.Code != 200 || diff != "" {
				t.Errorf("%s %s: got %d %v %s", way, tt.sent, a.Code, a.err(), diff)
			}
		}
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

// If the function of a typed action is called by hand, it says that this is not supported.
func TestRunOfATypedActionByHand(t *testing.T) {
	a := dispatch.Typed("a", func(context.Context, struct{}) (int, error) { return 0, nil })
	var coded *envelope.Error
	if _, err := a.Run(t.Context(), &dispatch.Connection{}); err == nil || errors.As(err, &coded) || !strings.Contains(err.Error(), "use Connection.Run") {
		t.Errorf("got %v", err)
	}
}
