package params_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
)

func text() *params.Shape { return &params.Shape{Kind: params.ShapeScalar, Text: true} }

func listOf(elem *params.Shape) *params.Shape {
	return &params.Shape{Kind: params.ShapeList, Elem: elem}
}

// shaped reads the same string as a query and as an urlencoded form.
func shaped(t *testing.T, o params.Options, sent string, shapes map[string]*params.Shape) (query, form params.Values, err error) {
	t.Helper()
	p, err := params.New(o)
	if err != nil {
		t.Fatal(err)
	}
	q, err := p.Query(httptest.NewRequest("GET", "/?"+sent, nil))
	if err != nil {
		t.Fatal(err)
	}
	queryErr := q.Shape(shapes)
	r := request("POST", "/", "application/x-www-form-urlencoded", sent)
	f, err := p.Query(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Body(httptest.NewRecorder(), r, f, params.Files{}); err != nil {
		t.Fatal(err)
	}
	formErr := f.Shape(shapes)
	if (queryErr == nil) != (formErr == nil) {
		t.Errorf("query: %v; form: %v", queryErr, formErr)
	}
	return q.Values, f.Values, queryErr
}

func TestShapesOfQueriesAndForms(t *testing.T) {
	node := &params.Shape{Kind: params.ShapeObject}
	node.Members = map[string]*params.Shape{"name": text(), "sub": listOf(node)}
	shapes := map[string]*params.Shape{
		"tags": listOf(text()), "one": text(), "map": {Kind: params.ShapeMap, Elem: text()},
		"obj":  {Kind: params.ShapeObject, Members: map[string]*params.Shape{"a": text(), "any": {}}},
		"grid": listOf(listOf(text())), "node": node, "raw": {JSON: params.MayBeJSON},
	}
	for _, tt := range []struct {
		name, sent string
		opts       params.Options
		want       object
	}{
		{"nothing", "", params.Options{}, object{}},
		{"repeats", "tags=a&tags=b", params.Options{}, object{"tags": array{"a", "b"}}},
		{"what is not declared stays as it is", "tags=a&x=1&y[0]=1", params.Options{}, object{"tags": array{"a"}, "x": "1", "y": array{"1"}}},
		{"one value of each spelling", "one=a&one[]=b&one[0]=c", params.Options{}, object{"one": "c"}},
		{"a map", "map[0]=a&map[5]=b&map[x]=c", params.Options{}, object{"map": object{"0": "a", "5": "b", "x": "c"}}},
		{"an object", "obj[a]=1&obj[b]=2&obj[any][0]=x&obj[any][1]=y", params.Options{}, object{"obj": object{"a": "1", "any": array{"x", "y"}}}},
		{"an object of which only others were sent", "obj[b]=2", params.Options{}, object{"obj": object{}}},
		{"a later member wins over JSON", `obj={"a":"1","b":"2"}&obj[a]=3`, params.Options{}, object{"obj": object{"a": "3", "b": "2"}}},
		{"lists in lists", "grid[0][]=a&grid[0][]=b&grid[1][]=c", params.Options{}, object{"grid": array{array{"a", "b"}, array{"c"}}}},
		{"a shape that contains itself", "node[name]=a&node[sub][0][name]=b&node[sub][0][sub][0][name]=c", params.Options{},
			object{"node": object{"name": "a", "sub": array{object{"name": "b", "sub": array{object{"name": "c"}}}}}}},
		{"dots", "obj.a=1&tags=x", params.Options{Query: params.QueryOptions{AllowDots: true}}, object{"obj": object{"a": "1"}, "tags": array{"x"}}},
		{"a kind that was not declared", "tags[x]=1&obj[]=2&map[]=3&one[x]=4", params.Options{}, object{"tags": object{}, "obj": array{}, "map": array{}, "one": object{}}},
		{"the last of several where JSON may be meant", `raw=1&raw={"a":2}`, params.Options{}, object{"raw": object{"a": json.Number("2")}}},
		{"a blank field where JSON may be meant", "raw=&one=", params.Options{}, object{"one": ""}},
		{"what stands behind a bracket", "tags[0]zzz=1", params.Options{}, object{"tags": array{"1"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			query, form, err := shaped(t, tt.opts, tt.sent, shapes)
			if err != nil {
				t.Fatal(err)
			}
			for way, got := range map[string]params.Values{"query": query, "form": form} {
				if diff := cmp.Diff(tt.want, object(got)); diff != "" && !(way == "form" && tt.name == "what is not declared stays as it is") {
					t.Errorf("%s: %s", way, diff)
				}
			}
		})
	}
	t.Run("commas", func(t *testing.T) {
		p, err := params.New(params.Options{Query: params.QueryOptions{Comma: true}})
		if err != nil {
			t.Fatal(err)
		}
		s, err := p.Query(httptest.NewRequest("GET", "/?tags=a,b%2Cc&tags=d&one=x,y&raw=[1,2]&objs={%22a%22:%22x%22,%22b%22:1}&raws=1,[2,3]", nil))
		if err != nil {
			t.Fatal(err)
		}
		shapes := maps.Clone(shapes)
		shapes["objs"], shapes["raws"] = listOf(shapes["obj"]), listOf(shapes["raw"])
		if err := s.Shape(shapes); err != nil {
			t.Fatal(err)
		}
		n := func(s string) json.Number { return json.Number(s) }
		want := object{
			"tags": array{"a", "b,c", "d"}, "one": "x,y", "raw": array{n("1"), n("2")},
			"objs": array{object{"a": "x", "b": n("1")}}, "raws": array{n("1"), "[2", "3]"}, // which are three, not two
		}
		if diff := cmp.Diff(want, object(s.Values)); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("the body alone, where it has the name", func(t *testing.T) {
		p, err := params.New(params.Options{})
		if err != nil {
			t.Fatal(err)
		}
		r := request("POST", "/?tags=q&one=q", "application/x-www-form-urlencoded", "tags=a&tags=b")
		s, err := p.Parse(httptest.NewRecorder(), r)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Shape(shapes); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object{"tags": array{"a", "b"}, "one": "q"}, object(s.Values)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestDeclaredListsHaveALimitOfTheirOwn(t *testing.T) {
	shapes := map[string]*params.Shape{"tags": listOf(text()), "deep": {Kind: params.ShapeObject, Members: map[string]*params.Shape{"tags": listOf(text())}}}
	repeat := func(n int, name string) string {
		var parts []string
		for i := range n {
			parts = append(parts, strings.ReplaceAll(name, "#", fmt.Sprint(i))+"=x")
		}
		return strings.Join(parts, "&")
	}
	wide := params.Options{MaxFields: 5000, Query: params.QueryOptions{ParameterLimit: 5000}}
	for _, name := range []string{"tags", "tags[]", "tags[#]", "deep[tags][]"} {
		for n, ok := range map[int]bool{21: true, 1000: true, 1001: false} {
			_, _, err := shaped(t, wide, repeat(n, name), shapes)
			var failed *params.ShapeError
			switch {
			case ok && err != nil:
				t.Errorf("%d of %s: %v", n, name, err)
			case !ok && (!errors.As(err, &failed) || failed.StatusCode() != 422 || failed.Limit != 1000 || failed.ParamErrors()[0].Code != "too_many_items" ||
				!strings.HasSuffix(failed.ClientMessage(), "tags must be a list of at most 1000 elements")):
				t.Errorf("%d of %s: got %v", n, name, err)
			}
		}
	}
	narrow := wide
	narrow.Query.ListLimit = 3
	if _, _, err := shaped(t, narrow, repeat(4, "tags"), shapes); err == nil {
		t.Error("four elements passed a limit of three")
	}
}

// The depth of names is limited like that of JSON, even if a shape contains itself.
func TestDeclaredNamesAreNotNestedForEver(t *testing.T) {
	node := &params.Shape{Kind: params.ShapeObject}
	node.Members = map[string]*params.Shape{"n": node, "v": text()}
	shapes := map[string]*params.Shape{"n": node}
	p, err := params.New(params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for levels, ok := range map[int]bool{60: true, 64: false, 100_000: false} {
		r := request("POST", "/", "application/x-www-form-urlencoded", "n"+strings.Repeat("[n]", levels)+"[v]=1")
		s, err := p.Query(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Body(httptest.NewRecorder(), r, s, params.Files{}); err != nil {
			t.Fatal(err)
		}
		err = s.Shape(shapes)
		var failed *params.ShapeError
		if ok != (err == nil) || !ok && (!errors.As(err, &failed) || failed.ParamErrors()[0].Code != "nested_too_deeply") {
			t.Errorf("%d levels: got %v", levels, err)
		}
	}
}

func FuzzShape(f *testing.F) {
	for _, seed := range []string{
		"tags=a&tags=b", "tags[1]=b&tags[0]=a", "map[7]=1&map[]=2", `obj={"a":1}&obj[a]=2`, "grid[0][0]=a&grid[1]=[1,2]", "one[x]=1&one=2", "n[n][n][v]=1",
		`tags=[1,2]`, "obj[a][b]=1", "tags[999999999999]=x", "[tags]=1", "tags[[]]=1", "tags[=1", "a.b=1", "raw=5&raw[x]=1",
	} {
		f.Add(seed)
	}
	node := &params.Shape{Kind: params.ShapeObject}
	node.Members = map[string]*params.Shape{"n": node, "v": text()}
	number := &params.Shape{Kind: params.ShapeScalar}
	shapes := map[string]*params.Shape{
		"tags": listOf(text()), "ids": listOf(number), "one": text(), "map": {Kind: params.ShapeMap, Elem: listOf(number)}, "n": node,
		"obj": {Kind: params.ShapeObject, Members: map[string]*params.Shape{"a": number, "any": {}}}, "grid": listOf(listOf(text())), "raw": {JSON: params.MustBeJSON},
	}
	p, err := params.New(params.Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, sent string) {
		r := request("POST", "/", "application/x-www-form-urlencoded", sent)
		s, err := p.Query(r)
		if err != nil {
			t.Fatal(err)
		}
		if p.Body(httptest.NewRecorder(), r, s, params.Files{}) != nil {
			return
		}
		before := len(s.Values)
		if err := s.Shape(shapes); err != nil {
			var failed *params.ShapeError
			if !errors.As(err, &failed) || failed.Param == "" {
				t.Fatalf("got %v", err)
			}
			return
		}
		if len(s.Values) > before {
			t.Fatalf("there are more parameters than before: %v", s.Values)
		}
		// A value that has its shape keeps it.
		again := fmt.Sprint(s.Values)
		if err := s.Shape(shapes); err != nil || fmt.Sprint(s.Values) != again {
			t.Fatalf("a second time: %v, %v; before %s", s.Values, err, again)
		}
	})
}

// A part of the type application/json is read as JSON whatever shape is declared, also if that
// takes any value.
func TestPartsOfJSONAreReadForEveryShape(t *testing.T) {
	p, err := params.New(params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, declared := range []*params.Shape{{}, {JSON: params.MayBeJSON}, {JSON: params.MustBeJSON}, {Kind: params.ShapeMap, Elem: &params.Shape{}}} {
		r := request("POST", "/", "multipart/form-data; boundary=B", strings.ReplaceAll(`--B
Content-Disposition: form-data; name="v"
Content-Type: application/json

{"a":["b"]}
--B--
`, "\n", "\r\n"))
		set, err := p.Query(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Body(httptest.NewRecorder(), r, set, params.Files{}); err != nil {
			t.Fatal(err)
		}
		if err := set.Shape(map[string]*params.Shape{"v": declared}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(any(map[string]any{"a": []any{"b"}}), set.Values["v"]); diff != "" {
			t.Errorf("%+v: %s", declared, diff)
		}
	}
}
