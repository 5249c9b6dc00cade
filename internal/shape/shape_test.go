package shape_test

import (
	"encoding/json"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/internal/shape"
)

// pair is a name and a value; file stands for an uploaded file.
type (
	pair [2]any
	file string
)

func pairs(sent []pair) iter.Seq2[string, shape.Value] {
	return func(yield func(string, shape.Value) bool) {
		for _, p := range sent {
			if !yield(p[0].(string), p[1]) {
				return
			}
		}
	}
}

func options() *shape.Options {
	return &shape.Options{
		MaxDepth: 5, MaxItems: 4,
		ParseJSON: func(s string) (v any, err error) { return v, json.Unmarshal([]byte(s), &v) },
		Files:     func(list []any) any { return list },
		Names:     qs.Options{Depth: 5, ArrayLimit: 20, ParameterLimit: 100},
	}
}

var (
	scalar = &shape.Shape{Kind: shape.Scalar}
	word   = &shape.Shape{Kind: shape.Scalar, Text: true}
	upload = &shape.Shape{Kind: shape.File}
	list   = &shape.Shape{Kind: shape.List, Elem: scalar}
	words  = &shape.Shape{Kind: shape.List, Elem: word}
	grid   = &shape.Shape{Kind: shape.List, Elem: list}
	dict   = &shape.Shape{Kind: shape.Map, Elem: scalar}
	user   = &shape.Shape{Kind: shape.Object, Members: map[string]*shape.Shape{"name": scalar, "tags": words, "avatar": upload}}
	open   = &shape.Shape{Kind: shape.Object, Elem: scalar, Members: map[string]*shape.Shape{"name": scalar}}
	users  = &shape.Shape{Kind: shape.List, Elem: user}
	files  = &shape.Shape{Kind: shape.List, Elem: upload}
)

type (
	object = map[string]any
	array  = []any
)

// However a name is spelled, the value is what the shape says.
func TestAssemble(t *testing.T) {
	for name, tt := range map[string]struct {
		shape *shape.Shape
		sent  []pair
		want  any // nil: nothing is there
	}{
		"a scalar":                      {scalar, []pair{{"v", "a"}}, "a"},
		"the last of several":           {scalar, []pair{{"v", "a"}, {"v", "b"}}, "b"},
		"with brackets":                 {scalar, []pair{{"v[]", "a"}, {"v[1]", "b"}}, "b"},
		"an object instead":             {scalar, []pair{{"v[a]", "b"}}, object{}},
		"a list by repetition":          {list, []pair{{"v", "a"}, {"v", "b"}}, array{"a", "b"}},
		"by brackets":                   {list, []pair{{"v[]", "a"}, {"v[]", "b"}}, array{"a", "b"}},
		"by indexes, in their order":    {list, []pair{{"v[7]", "b"}, {"v[2]", "a"}}, array{"a", "b"}},
		"of one":                        {list, []pair{{"v", "a"}}, array{"a"}},
		"as JSON":                       {list, []pair{{"v", `["a","b"]`}}, array{"a", "b"}},
		"a string that looks like JSON": {words, []pair{{"v", `["a"]`}}, array{`["a"]`}},
		"a part of JSON":                {words, []pair{{"v", shape.JSON(`["a"]`)}}, array{"a"}},
		"a member instead":              {list, []pair{{"v[a]", "b"}}, object{}},
		"a list of lists":               {grid, []pair{{"v[0][]", "a"}, {"v[0][]", "b"}, {"v[1]", `["c"]`}}, array{array{"a", "b"}, array{"c"}}},
		"a map with keys like indexes":  {dict, []pair{{"v[0]", "a"}, {"v[7]", "b"}}, object{"0": "a", "7": "b"}},
		"a map as JSON":                 {dict, []pair{{"v", `{"0":"a"}`}}, object{"0": "a"}},
		"an object":                     {user, []pair{{"v[name]", "ann"}, {"v[tags]", "a"}, {"v[tags]", "b"}}, object{"name": "ann", "tags": array{"a", "b"}}},
		"JSON, and a member over it":    {user, []pair{{"v", `{"name":"x"}`}, {"v[name]", "ann"}}, object{"name": "ann"}},
		"a member that is not declared": {user, []pair{{"v[age]", "7"}}, object{}},
		"any member of an open object":  {open, []pair{{"v[name]", "ann"}, {"v[age]", "7"}, {"v[5]", "3"}}, object{"name": "ann", "age": "7", "5": "3"}},
		"a list for an open object":     {open, []pair{{"v[]", "a"}}, array{}},
		"a blank object":                {user, []pair{{"v", ""}}, ""},
		"a file in an object":           {user, []pair{{"v[avatar]", file("f")}}, object{"avatar": file("f")}},
		"objects in a list":             {users, []pair{{"v[1][name]", "bob"}, {"v[0][name]", "ann"}, {"v[0][tags][]", "a"}}, array{object{"name": "ann", "tags": array{"a"}}, object{"name": "bob"}}},
		"a list of JSON objects":        {users, []pair{{"v", `{"name":"ann"}`}, {"v", `{"name":"bob"}`}}, array{object{"name": "ann"}, object{"name": "bob"}}},
		"files":                         {files, []pair{{"v", file("f")}, {"v[]", file("g")}}, array{file("f"), file("g")}},
		"inputs without a choice":       {files, []pair{{"v", ""}, {"v", ""}}, nil},
		"a file beside a blank":         {upload, []pair{{"v", file("f")}, {"v", ""}}, file("f")},
		"another name":                  {scalar, []pair{{"w", "a"}}, "before"},
	} {
		t.Run(name, func(t *testing.T) {
			values := object{"v": "before", "other": "kept"}
			if failed := shape.Assemble(pairs(tt.sent), map[string]*shape.Shape{"v": tt.shape}, values, nil, options()); len(failed) > 0 {
				t.Fatal(failed[0])
			}
			want := object{"v": tt.want, "other": "kept"}
			if tt.want == nil {
				delete(want, "v")
			}
			if diff := cmp.Diff(want, values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

// What cannot be built is told by the name that the client knows, with all else that
// cannot, and the values stay as they are.
// Nothing that was sent for a parameter is lost because something else was sent for it as well:
// both are in the value, or the value is one that the caller refuses. Only of several single
// values the last counts.
func TestNothingIsLostBesideAnotherNotation(t *testing.T) {
	nested := &shape.Shape{Kind: shape.Object, Members: map[string]*shape.Shape{"user": user, "users": users, "dict": dict, "any": {}}}
	for name, tt := range map[string]struct {
		shape *shape.Shape
		sent  []pair
		want  any
	}{
		"a member beside a scalar":             {scalar, []pair{{"v", "a"}, {"v[b]", "c"}}, object{}},
		"a member beside a file":               {upload, []pair{{"v", file("f")}, {"v[b]", "c"}}, object{}},
		"a member beside elements":             {list, []pair{{"v", "a"}, {"v[b]", "c"}}, object{}},
		"a member beside JSON elements":        {users, []pair{{"v", `[{"name":"x"}]`}, {"v[name]", "c"}}, object{}},
		"an element beside members of a map":   {dict, []pair{{"v[a]", "b"}, {"v[]", "c"}}, array{}},
		"a string beside members of a map":     {dict, []pair{{"v[a]", "b"}, {"v", "c"}}, "c"},
		"a string beside members of an object": {user, []pair{{"v[name]", "b"}, {"v", "c"}}, "c"},
		"a string after an object":             {user, []pair{{"v", `{"name":"a"}`}, {"v", "c"}}, "c"},
		"an object after a string":             {user, []pair{{"v", "c"}, {"v", `{"name":"a"}`}}, object{"name": "a"}},
		"a blank field after an object":        {user, []pair{{"v", `{"name":"a"}`}, {"v", ""}}, object{"name": "a"}},
		"a blank field beside members":         {user, []pair{{"v", ""}, {"v[name]", "a"}}, object{"name": "a"}},
		"null after an object":                 {user, []pair{{"v", `{"name":"a"}`}, {"v", shape.JSON("null")}}, object{"name": "a"}},
		"null beside a list":                   {words, []pair{{"v", "a"}, {"v", shape.JSON("null")}}, array{"a"}},
		"null for a list is nothing":           {words, []pair{{"v", shape.JSON("null")}}, nil},
		"a blank string beside null":           {words, []pair{{"v", shape.JSON("null")}, {"v", ""}}, array{""}},
		"a file in an object in JSON":          {nested, []pair{{"v", `{"user":{"name":"a"}}`}, {"v[user][avatar]", file("f")}}, object{"user": object{"name": "a", "avatar": file("f")}}},
		"a file in a list in JSON":             {nested, []pair{{"v[users][0][avatar]", file("f")}, {"v", `{"users":[{"name":"a"}]}`}}, object{"users": array{object{"name": "a"}, object{"avatar": file("f")}}}},
		"a member of a map in JSON":            {nested, []pair{{"v", `{"dict":{"a":"b"}}`}, {"v[dict][c]", "d"}}, object{"dict": object{"a": "b", "c": "d"}}},
		"an element of a list in JSON":         {nested, []pair{{"v", `{"user":{"tags":["a"]}}`}, {"v[user][tags]", "b"}}, object{"user": object{"tags": array{"a", "b"}}}},
		"a member of anything in JSON":         {nested, []pair{{"v", `{"any":{"a":"b"}}`}, {"v[any][c]", "d"}}, object{"any": object{"a": "b", "c": "d"}}},
		"null in JSON":                         {nested, []pair{{"v", `{"user":null}`}, {"v[user][name]", "d"}}, object{"user": object{"name": "d"}}},
		"another kind in JSON":                 {nested, []pair{{"v", `{"user":"x"}`}, {"v[user][name]", "d"}}, object{"user": "x"}},
		"a file in place of null in JSON":      {user, []pair{{"v", `{"avatar":null}`}, {"v[avatar]", file("f")}}, object{"avatar": file("f")}},
		"a string in place of one in JSON":     {user, []pair{{"v", `{"name":"a"}`}, {"v[name]", "b"}}, object{"name": "b"}},
	} {
		t.Run(name, func(t *testing.T) {
			values := map[string]any{}
			if failed := shape.Assemble(pairs(tt.sent), map[string]*shape.Shape{"v": tt.shape}, values, nil, options()); failed != nil {
				t.Fatal(failed)
			}
			if diff := cmp.Diff(tt.want, values["v"]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAssembleFails(t *testing.T) {
	shapes := map[string]*shape.Shape{"long": list, "deep": scalar, "bad": users, "good": scalar}
	values := object{"long": "before", "deep": "before", "bad": "before"}
	sent := []pair{
		{"good", "a"}, {"bad[0][name]", "ann"}, {"bad[1]", shape.JSON("{")},
		{"deep[a][b][c][d][e]", "x"}, {"long", "1"}, {"long", "2"}, {"long", "3"}, {"long", "4"}, {"long", "5"},
	}
	failed := shape.Assemble(pairs(sent), shapes, values, nil, options())
	if len(failed) != 3 {
		t.Fatalf("got %v, want three errors", failed)
	}
	var syntax *json.SyntaxError
	if e := failed[0]; e.Param != "bad[1]" || !errors.As(e, &syntax) {
		t.Errorf("got %v, want the JSON of bad[1]", e)
	}
	if e := failed[1]; e.Param != "deep" || e.Err != shape.ErrDepth || e.Limit != 5 {
		t.Errorf("got %v (limit %d), want that deep is nested too deeply", e, e.Limit)
	}
	if e := failed[2]; e.Param != "long" || e.Err != shape.ErrItems || e.Limit != 4 {
		t.Errorf("got %v (limit %d), want that long has too many elements", e, e.Limit)
	}
	if want := (object{"long": "before", "deep": "before", "bad": "before", "good": "a"}); cmp.Diff(want, values) != "" {
		t.Errorf("got %v, want %v", values, want)
	}
}

// Names that skip keeps away are not looked at, and long names are cut in errors.
func TestSkipAndLongNames(t *testing.T) {
	long := strings.Repeat("n", 200)
	values := object{}
	failed := shape.Assemble(pairs([]pair{{"v", "a"}, {long + "[a][b][c][d][e]", "x"}}), map[string]*shape.Shape{"v": scalar, long: scalar}, values,
		func(name string) bool { return name == "v" }, options())
	if len(values) > 0 || len(failed) != 1 || len(failed[0].Param) > 80 {
		t.Errorf("got %v and %v", values, failed)
	}
}
