package typed_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/params"
)

// bindJSON reads a JSON body into a new struct of the type.
func bindJSON(t *testing.T, parser *params.Parser, typ reflect.Type, body string) (any, typed.Report) {
	t.Helper()
	inputs, err := typed.Of(typ)
	if err != nil {
		t.Fatalf("%s: %v", typ, err)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	return arrived(t, parser, inputs, r)
}

func newParser(t *testing.T) *params.Parser {
	t.Helper()
	parser, err := params.New(params.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// A typed action gets what encoding/json makes of a body.
func TestJSONBodiesAreReadAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	rounds := rounds.Of(t, 250)
	parser := newParser(t)
	r := &typedtest.Random{Rand: rand.New(rand.NewPCG(3, 4))}
	taken := 0
	for round := range rounds {
		typ := r.StructType(4, 3)
		v := reflect.New(typ).Elem()
		r.Fill(v)
		var doc any
		d := json.NewDecoder(strings.NewReader(asJSON(v)))
		d.UseNumber()
		if err := d.Decode(&doc); err != nil {
			t.Fatal(err)
		}
		for range r.IntN(3) {
			doc = mutate(r, doc)
		}
		body, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		if len(body) == 0 || body[0] != '{' {
			continue
		}
		want := reflect.New(typ)
		if json.Unmarshal(body, want.Interface()) != nil {
			continue
		}
		if longerThanArrays(typ, doc) {
			continue // encoding/json drops elements, which is refused here
		}
		taken++
		got, report := bindJSON(t, parser, typ, string(body))
		diff := cmp.Diff(want.Elem().Interface(), reflect.ValueOf(got).Elem().Interface(), same)
		if diff != "" || len(report.Failed)+len(report.Missing) > 0 {
			t.Fatalf("round %d, %s\nsent %s\nreport %v\n%s", round, typ, body, report, diff)
		}
	}
	if taken < rounds/3 {
		t.Errorf("only %d of %d bodies were compared", taken, rounds)
	}
}

// mutate changes one place in a document.
func mutate(r *typedtest.Random, doc any) any {
	if r.IntN(4) == 0 {
		return anything(r)
	}
	switch v := doc.(type) {
	case map[string]any:
		for name := range v {
			if r.IntN(3) == 0 {
				if r.IntN(4) == 0 {
					delete(v, name)
				} else {
					v[name] = mutate(r, v[name])
				}
				return v
			}
		}
		v["unknown"] = anything(r)
		return v
	case []any:
		if len(v) > 0 {
			i := r.IntN(len(v))
			v[i] = mutate(r, v[i])
		}
		return v
	}
	return anything(r)
}

func anything(r *typedtest.Random) any {
	return []any{
		nil, true, false, json.Number("0"), json.Number("5"), json.Number("-7"), json.Number("2.5"), json.Number("300"), json.Number("99999999999999999999"),
		"", "x", "5", "true", "2020-01-02T03:04:05Z", "1m30s", "::1", "YWJj", "color-3", []any{}, []any{json.Number("1"), nil}, []any{"a"},
		map[string]any{}, map[string]any{"id": json.Number("3")}, map[string]any{"7": json.Number("1")},
	}[r.IntN(24)]
}

// longerThanArrays reports whether a list in the document is longer than the array of its type.
func longerThanArrays(t reflect.Type, doc any) bool {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch v := doc.(type) {
	case []any:
		if t.Kind() != reflect.Slice && t.Kind() != reflect.Array {
			return false
		}
		if t.Kind() == reflect.Array && len(v) > t.Len() {
			return true
		}
		for _, one := range v {
			if longerThanArrays(t.Elem(), one) {
				return true
			}
		}
	case map[string]any:
		for name, one := range v {
			switch t.Kind() {
			case reflect.Map:
				if longerThanArrays(t.Elem(), one) {
					return true
				}
			case reflect.Struct:
				for i := range t.NumField() {
					if t.Field(i).Tag.Get("json") == name && longerThanArrays(t.Field(i).Type, one) {
						return true
					}
				}
			}
		}
	}
	return false
}

type (
	Inner struct {
		A string `json:"a"`
		B int
	}
	Other struct {
		A string `json:"a"`
		C int    `json:"c"`
	}
	Deep struct {
		Inner
		D int
	}
	Named    int
	lowerInt int
	hidden   struct {
		H string `json:"h"`
	}
	Node struct {
		Value    int             `json:"value"`
		Next     *Node           `json:"next"`
		Children []Node          `json:"children"`
		ByName   map[string]Node `json:"byName"`
	}
	List []List
)

// The rules of encoding/json apply to embedded structs, tags and types that contain themselves.
func TestStructsAreReadAsByEncodingJSON(t *testing.T) {
	t.Parallel()
	parser := newParser(t)
	const all = `{"a":"1","B":2,"c":3,"D":4,"h":"5","Inner":{"a":"6","B":7},"own":{"a":"8"},"Named":9,"Time":"2020-01-02T03:04:05Z","Q":11,
		"value":1,"next":{"value":2,"next":{"value":3}},"children":[{"value":4},{"children":[{"value":5}]}],"byName":{"x":{"value":6}},"l":[[],[[]]],"F":true,"s":"\"in\"","n":"12","yes":"true"}`
	for name, typ := range map[string]reflect.Type{
		"an embedded struct":  reflect.TypeFor[struct{ Inner }](),
		"an embedded pointer": reflect.TypeFor[struct{ *Inner }](),
		"an embedded struct with a name": reflect.TypeFor[struct {
			Inner `json:"own"`
		}](),
		"an embedded struct that is hidden": reflect.TypeFor[struct{ hidden }](),
		"a hidden one with a name": reflect.TypeFor[struct {
			hidden `json:"own"`
		}](),
		"one that is left out": reflect.TypeFor[struct {
			Inner `json:"-"`
		}](),
		"an outer field wins": reflect.TypeFor[struct {
			Inner
			A int8   `json:"c"`
			X string `json:"a"`
		}](),
		"two of one name: neither":             embedding[Inner, Other](),
		"the less nested wins":                 embedding[Deep, Other](),
		"the same struct twice on one level":   embedding[Deep, Deep2](),
		"a tagged field wins over an untagged": embedding[Tagged, Untagged](),
		"an embedded type that is no struct":   reflect.TypeFor[struct{ Named }](),
		"one that is not exported": reflect.TypeFor[struct {
			lowerInt
			C int `json:"c"`
		}](),
		"a struct that contains itself": reflect.TypeFor[Node](),
		"a list that contains itself": reflect.TypeFor[struct {
			L List `json:"l"`
		}](),
		"a field without a tag":       reflect.TypeFor[struct{ F bool }](),
		"a name that no tag may have": reflect.StructOf([]reflect.StructField{{Name: "F", Type: reflect.TypeFor[bool](), Tag: `json:"a\\b"`}}),
		"the option string": reflect.TypeFor[struct {
			S string `json:"s,string"`
			N int    `json:"n,string"`
			B bool   `json:"yes,string"`
		}](),
		"a time as a field": reflect.TypeFor[struct{ Time time.Time }](),
		"a pointer to a pointer": reflect.TypeFor[struct {
			C **int `json:"c"`
		}](),
		"anything": reflect.TypeFor[struct {
			A any `json:"a"`
		}](),
	} {
		t.Run(name, func(t *testing.T) {
			want := reflect.New(typ)
			if err := json.Unmarshal([]byte(all), want.Interface()); err != nil {
				t.Fatal(err)
			}
			got, report := bindJSON(t, parser, typ, all)
			if diff := cmp.Diff(want.Elem().Interface(), reflect.ValueOf(got).Elem().Interface(), cmp.Exporter(func(reflect.Type) bool { return true })); diff != "" || len(report.Failed) > 0 {
				t.Errorf("%v\n%s", report, diff)
			}
		})
	}
}

type (
	Deep2  struct{ Inner }
	Tagged struct {
		X int `json:"Q"`
	}
	Untagged struct{ Q, Z int }
)

// embedding returns a struct type that embeds two others, whose names vet would complain about.
func embedding[A, B any]() reflect.Type {
	a, b := reflect.TypeFor[A](), reflect.TypeFor[B]()
	return reflect.StructOf([]reflect.StructField{{Name: a.Name(), Type: a, Anonymous: true}, {Name: b.Name(), Type: b, Anonymous: true}})
}
