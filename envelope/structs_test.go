package envelope

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http/httptest"
	"reflect"
	"testing"
	"time"
)

// byValue and byPointer have a method for JSON, byText one for text.
type byValue struct{ A int }

func (byValue) MarshalJSON() ([]byte, error) { return []byte(`"by value"`), nil }

type byPointer struct{ A int }

func (*byPointer) MarshalJSON() ([]byte, error) { return []byte(`"by pointer"`), nil }

type byText int

func (byText) MarshalText() ([]byte, error) { return []byte("by text"), nil }

type (
	inside  struct{ P byPointer }
	outside struct {
		Embedded
		B int
	}
	Embedded struct{ A, B int }
	cycle    struct{ Next *cycle }
	tree     []tree
	treeA    []treeB
	treeB    []treeA
	wood     struct{ Trees []tree }
	named    map[string]any
	list     []any
	numbers  []int
	word     string
)

var fieldTypes = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[word](), reflect.TypeFor[int](), reflect.TypeFor[int8](),
	reflect.TypeFor[uint64](), reflect.TypeFor[uint8](), reflect.TypeFor[uintptr](), reflect.TypeFor[float32](), reflect.TypeFor[float64](),
	reflect.TypeFor[any](), reflect.TypeFor[error](), reflect.TypeFor[map[string]any](), reflect.TypeFor[named](), reflect.TypeFor[map[string]int](),
	reflect.TypeFor[[]any](), reflect.TypeFor[list](), reflect.TypeFor[[]byte](), reflect.TypeFor[numbers](), reflect.TypeFor[[]string](),
	reflect.TypeFor[[2]int](), reflect.TypeFor[*int](), reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](),
	reflect.TypeFor[time.Time](), reflect.TypeFor[byValue](), reflect.TypeFor[byPointer](), reflect.TypeFor[byText](), reflect.TypeFor[*byValue](), reflect.TypeFor[*byPointer](),
	reflect.TypeFor[[]byPointer](), reflect.TypeFor[[]inside](), reflect.TypeFor[inside](), reflect.TypeFor[*inside](), reflect.TypeFor[outside](), reflect.TypeFor[*outside](),
	reflect.TypeFor[map[string]inside](), reflect.TypeFor[[1]inside](), reflect.TypeFor[Embedded](), reflect.TypeFor[*Embedded](), reflect.TypeFor[cycle](), reflect.TypeFor[*cycle](),
	reflect.TypeFor[tree](), reflect.TypeFor[treeA](), reflect.TypeFor[wood](), reflect.TypeFor[*wood](),
	reflect.TypeFor[struct{}](), reflect.TypeFor[[]Embedded](),
}

var fieldTags = []reflect.StructTag{
	"", "", `json:"a"`, `json:"b"`, `json:"b"`, `json:"-"`, `json:"-,"`, `json:",omitempty"`, `json:"c,omitempty"`, `json:"d,string"`, `json:"e,omitzero"`,
	`json:"f,omitempty,string"`, `json:"ü"`, `json:"<"`, `json:"a\"b"`, `json:"a b"`, `json:"g,other"`, `xml:"h"`, `json:",omitempty" xml:"i"`, `json:"error"`,
}

// randomStruct makes a value of a random type.
func randomStruct(rng *rand.Rand, depth int) reflect.Value {
	var fields []reflect.StructField
	for i := range rng.IntN(5) {
		t := fieldTypes[rng.IntN(len(fieldTypes))]
		if depth > 0 && rng.IntN(5) == 0 {
			t = randomStruct(rng, depth-1).Type()
			switch rng.IntN(4) {
			case 0:
				t = reflect.PointerTo(t)
			case 1:
				t = reflect.SliceOf(t)
			}
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: t, Tag: fieldTags[rng.IntN(len(fieldTags))]})
	}
	v := reflect.New(reflect.StructOf(fields)).Elem()
	fill(rng, v, 3)
	return v
}

// fill sets a value to a random one of its type.
func fill(rng *rand.Rand, v reflect.Value, depth int) {
	if rng.IntN(4) == 0 || !v.CanSet() || v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.String:
		if v.SetString(randomString(rng)); v.Type() == reflect.TypeFor[json.Number]() {
			v.SetString([]string{"12.50", "", "0", "x"}[rng.IntN(4)])
		}
	case reflect.Int, reflect.Int8:
		v.SetInt(int64(int8(rng.Uint64())))
	case reflect.Uint8, reflect.Uint64, reflect.Uintptr:
		v.SetUint(uint64(uint8(rng.Uint64())))
	case reflect.Float32, reflect.Float64:
		v.SetFloat([]float64{0.1, 1e-7, 1e21, math.Copysign(0, -1), math.NaN(), float64(rng.IntN(1e6)) / 1e3}[rng.IntN(6)])
	case reflect.Interface:
		if v.NumMethod() > 0 {
			v.Set(reflect.ValueOf(&Error{Status: 400, Message: "x"}))
		} else if x := randomValue(rng, depth); x != nil {
			v.Set(reflect.ValueOf(x))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		e := reflect.New(v.Type().Elem()).Elem()
		fill(rng, e, depth-1)
		v.SetMapIndex(reflect.ValueOf(randomString(rng)), e)
	case reflect.Slice:
		if v.Type() == reflect.TypeFor[json.RawMessage]() {
			v.SetBytes([]byte(`{"raw": 1}`))
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), rng.IntN(3), 3))
		for i := range v.Len() {
			fill(rng, v.Index(i), depth-1)
		}
	case reflect.Array:
		for i := range v.Len() {
			fill(rng, v.Index(i), depth-1)
		}
	case reflect.Pointer:
		if depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			fill(rng, v.Elem(), depth-1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, v.Field(i), depth-1)
		}
	}
}

func FuzzStructs(f *testing.F) {
	for i := range uint64(2000) {
		f.Add(i, i)
	}
	f.Fuzz(func(t *testing.T, a, b uint64) {
		v := randomStruct(rand.New(rand.NewPCG(a, b)), 2)
		for _, v := range []any{v.Interface(), v.Addr().Interface(), map[string]any{"in": v.Interface()}} {
			want, wantErr := reference(v)
			got, err := encoded(v)
			if (err == nil) != (wantErr == nil) || err == nil && got != want {
				t.Fatalf("%#v:\ngot  %s (%v)\nwant %s (%v)", v, got, err, want, wantErr)
			}
		}
	})
}

func TestReservedMembersOfStructs(t *testing.T) {
	for _, tt := range []struct {
		name    string
		value   any
		suspect bool
	}{
		{"none", struct{ A int }{1}, false},
		{"one", struct {
			A int `json:"error"`
		}{1}, true},
		{"deeper", struct {
			A struct {
				B int `json:"error"`
			}
		}{}, false},
		{"of a map", map[string]any{"serverInformation": 1}, true},
		{"deeper in a map", map[string]any{"a": map[string]any{"error": 1}}, false},
		{"by encoding/json", map[string]int{"a": 1}, true},
		{"deeper by encoding/json", map[string]any{"a": map[string]int{"error": 1}}, false},
	} {
		e, err := New(Options{})
		if err != nil {
			t.Fatal(err)
		}
		buf := buffers.Get().(*buffer)
		buf.e, buf.suspect = e, false
		if _, err := buf.appendValue(nil, tt.value, 1); err != nil || buf.suspect != tt.suspect {
			t.Errorf("%s: got suspect %v (%v), want %v", tt.name, buf.suspect, err, tt.suspect)
		}
		buf.free()
	}
}

// A program that makes types at run time must not fill the memory.
func TestPlansAreBounded(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range mostPlans + 10 {
		v := reflect.New(reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.ArrayOf(i, reflect.TypeFor[byte]())}, {Name: "B", Type: reflect.TypeFor[int]()}}))
		e.planOf(v.Type().Elem())
	}
	if n := len(*e.plans.Load()); n > mostPlans {
		t.Errorf("%d plans are kept, want at most %d", n, mostPlans)
	}
	// A type that comes too late to be remembered is encoded in the same way, with the same
	// limits.
	type late struct{ V any }
	deep := any(1)
	for range deepest {
		deep = []any{deep}
	}
	for _, v := range []any{late{deep}, late{"<\u2028>"}} {
		got, err := encodedBy(e, v)
		fresh, freshErr := encoded(v)
		if got != fresh || !errors.Is(err, freshErr) {
			t.Errorf("got %.80s (%v), want %.80s (%v)", got, err, fresh, freshErr)
		}
	}
}

// Types that contain themselves, and types that grow with every level, are left to encoding/json:
// no type may exhaust the stack or the memory.
func TestTypesWithoutEnd(t *testing.T) {
	e, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	wide := reflect.TypeFor[struct{ A, B int }]()
	for range 8 { // 6,561 occurrences, more than a plan has parts
		wide = reflect.StructOf([]reflect.StructField{{Name: "A", Type: wide}, {Name: "B", Type: wide}, {Name: "C", Type: wide}})
	}
	for _, v := range []any{
		tree{nil, {}}, treeA{nil, {{}}}, wood{Trees: []tree{nil, {{}}}}, &wood{}, []tree{{}},
		reflect.New(wide).Elem().Interface(),
	} {
		if p := e.planOf(reflect.TypeOf(v)); p != nil {
			t.Errorf("%.40T: got a plan, want none", v)
		}
		w := httptest.NewRecorder()
		e.Render(w, httptest.NewRequest("GET", "/", nil), map[string]any{"v": v}, nil)
		want, err := json.Marshal(map[string]any{"v": v})
		if err != nil || w.Body.String() != string(want)+"\n" && w.Body.String() != string(want) {
			t.Errorf("%.40T: got %.80s, want %.80s", v, w.Body, want)
		}
	}
}
