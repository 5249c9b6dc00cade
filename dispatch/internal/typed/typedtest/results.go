package typedtest

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"
)

// These types of results are not random.
type (
	// ByPointer is encoded by a method of its pointer, which encoding/json calls only for
	// addressable values.
	ByPointer struct{ N int }
	// Level is a word, and describes its own schema.
	Level int
	// Bits is an array that is encoded as a string.
	Bits [2]byte
	// Node contains itself.
	Node struct {
		Name string           `json:"name"`
		Next *Node            `json:"next"`
		Kids []Node           `json:"kids"`
		By   map[string]*Node `json:"by,omitempty"`
	}
	// Tree contains itself without a struct.
	Tree []Tree
	// Left and Right contain each other.
	Left struct {
		Right *Right `json:"right"`
		N     int    `json:"n"`
	}
	Right struct {
		Left Lefts `json:"left"`
		Up   *Left `json:"up,omitzero"`
	}
	Lefts []*Left
	// Pair is generic.
	Pair[A, B any] struct {
		A A  `json:"a"`
		B *B `json:"b"`
	}
	// Base is embedded, by itself and by its pointer.
	Base struct {
		Inside  string     `json:"inside"`
		Pointed *ByPointer `json:"pointed"`
		Values  ByPointer  `json:"values"`
	}
	Embeds struct {
		Base
		More int `json:"more"`
	}
	EmbedsPointer struct {
		*Base
		More  int `json:"more,string"`
		Fewer *int
	}
	hidden struct {
		Shown bool `json:"shown"`
	}
	EmbedsHidden struct{ *hidden }
	// Zeroes defines its own IsZero.
	Zeroes []int
	// Options has every option of encoding/json.
	Options struct {
		Empty   []int          `json:"empty,omitempty"`
		Zero    []int          `json:"zero,omitzero"`
		Own     Zeroes         `json:"own,omitzero"`
		Map     map[string]int `json:"map,omitempty"`
		ZeroMap map[int8]bool  `json:"zeroMap,omitzero"`
		Pointer *string        `json:"pointer,omitempty"`
		Twice   **int          `json:"twice,omitempty"`
		ToSlice *[]int         `json:"toSlice,omitempty"`
		Array   [0]int         `json:"array,omitempty"`
		Full    [1]int         `json:"full,omitempty"`
		Struct  Base           `json:"struct,omitempty"`
		Time    time.Time      `json:"time,omitzero"`
		Number  json.Number    `json:"number,string"`
		Float   *float64       `json:"float,string"`
		Bool    bool           `json:"bool,string"`
		Word    string         `json:"word,string"`
		Level   Level          `json:"level,string"`
		Ignored chan int       `json:"-"`
		//lint:ignore SA5008 encoding/json names the member "-"
		Dash     int           `json:"-,"`
		Error    string        `json:"error"`
		Duration time.Duration `json:"duration,string"`
	}
)

// MarshalJSON writes a number.
func (p *ByPointer) MarshalJSON() ([]byte, error) { return fmt.Append(nil, p.N), nil }

// MarshalText writes a word.
func (l Level) MarshalText() ([]byte, error) {
	return []byte([]string{"low", "high"}[l&1]), nil
}

// UnmarshalText reads a word.
func (l *Level) UnmarshalText(b []byte) error {
	switch string(b) {
	case "low":
		*l = 0
	case "high":
		*l = 1
	default:
		return fmt.Errorf("no level %q", b)
	}
	return nil
}

// JSONSchema names the words.
func (Level) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"low", "high"}}
}

// MarshalText writes hexadecimal digits.
func (b Bits) MarshalText() ([]byte, error) { return fmt.Appendf(nil, "%x", b[:]), nil }

// IsZero always returns false.
func (Zeroes) IsZero() bool { return false }

var resultTypes = []reflect.Type{
	reflect.TypeFor[ByPointer](), reflect.TypeFor[*ByPointer](), reflect.TypeFor[[]ByPointer](), reflect.TypeFor[[2]ByPointer](), reflect.TypeFor[map[string]ByPointer](),
	reflect.TypeFor[Level](), reflect.TypeFor[*Level](), reflect.TypeFor[map[Level]int](), reflect.TypeFor[Bits](), reflect.TypeFor[[]Bits](),
	reflect.TypeFor[Node](), reflect.TypeFor[*Node](), reflect.TypeFor[Tree](), reflect.TypeFor[Left](), reflect.TypeFor[[]*Right](), reflect.TypeFor[Lefts](),
	reflect.TypeFor[Pair[int, Node]](), reflect.TypeFor[Pair[[]ByPointer, Pair[string, ByPointer]]](), reflect.TypeFor[Pair[ByPointer, map[int64]Bits]](),
	reflect.TypeFor[Embeds](), reflect.TypeFor[*Embeds](), reflect.TypeFor[EmbedsPointer](), reflect.TypeFor[EmbedsHidden](), reflect.TypeFor[Options](), reflect.TypeFor[*Options](),
	reflect.TypeFor[any](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[slog.Level](), reflect.TypeFor[big.Int](), reflect.TypeFor[big.Float](), reflect.TypeFor[*big.Rat](),
	reflect.TypeFor[[3]byte](), reflect.TypeFor[struct{}](), reflect.TypeFor[fmt.Stringer](), reflect.TypeFor[map[uint8]*[]byte](), reflect.TypeFor[[]json.RawMessage](),
}

// ResultType makes a type of results, which allow more than inputs, with all options of
// encoding/json.
func (r *Random) ResultType(depth int) reflect.Type {
	switch n := r.IntN(10); {
	case depth > 0 && n < 3:
		return r.resultStruct(depth)
	case depth > 0 && n == 3:
		return reflect.SliceOf(r.ResultType(depth - 1))
	case depth > 0 && n == 4:
		return reflect.MapOf(r.keyType(), r.ResultType(depth-1))
	case depth > 0 && n == 5:
		return reflect.ArrayOf(r.IntN(3), r.ResultType(depth-1))
	case depth > 0 && n == 6:
		return reflect.PointerTo(r.ResultType(depth - 1))
	case n < 9:
		return resultTypes[r.IntN(len(resultTypes))]
	}
	return scalars[r.IntN(len(scalars))]
}

func (r *Random) resultStruct(depth int) reflect.Type {
	var fields []reflect.StructField
	for i := range r.IntN(5) {
		name := fmt.Sprintf("f%d", i)
		fields = append(fields, reflect.StructField{
			Name: fmt.Sprintf("F%d", i), Type: r.ResultType(depth - 1),
			Tag: reflect.StructTag(`json:"` + name + []string{"", "", "", ",omitempty", ",omitzero", ",string", ",omitempty,string"}[r.IntN(7)] + `"`),
		})
	}
	return reflect.StructOf(fields)
}

// FillResult fills a value of such a type, including nil and zero values. It has one case for
// each kind of type, which is easiest to read in one place.
//
//gocognit:ignore
func (r *Random) FillResult(v reflect.Value, depth int) {
	switch v.Type() {
	case typeTime, typeDuration, typeAddr, typeBig, typeNumber, typeBytes, typeRaw, typeMoney:
		nilable := v.Kind() == reflect.Pointer || v.Kind() == reflect.Slice
		if !(nilable && r.IntN(4) == 0) {
			r.Fill(v)
		}
		return
	case reflect.TypeFor[big.Float](), reflect.TypeFor[big.Rat](), reflect.TypeFor[big.Int]():
		return // leaves the zero value
	case reflect.TypeFor[string]():
		v.SetString(strings.Repeat(r.Text(), r.IntN(2)))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		if r.IntN(4) > 0 && depth > 0 {
			v.Set(reflect.New(v.Type().Elem()))
			r.FillResult(v.Elem(), depth-1)
		}
	case reflect.Slice:
		if r.IntN(4) > 0 {
			n := r.IntN(3)
			if depth <= 0 {
				n = 0
			}
			v.Set(reflect.MakeSlice(v.Type(), n, n))
			r.fillElements(v, depth)
		}
	case reflect.Array:
		r.fillElements(v, depth)
	case reflect.Map:
		if r.IntN(4) > 0 {
			r.fillMap(v, depth)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				r.FillResult(v.Field(i), depth-1)
			}
		}
	case reflect.Interface:
		if v.NumMethod() == 0 && r.IntN(3) > 0 {
			v.Set(reflect.ValueOf([]any{"x", 1, 2.5, true, []int{1}, map[string]any{"a": nil}, []any{}, Node{Name: "n"}}[r.IntN(8)]))
		}
	case reflect.Chan, reflect.Func:
	default:
		r.Fill(v)
	}
}

func (r *Random) fillElements(v reflect.Value, depth int) {
	for i := range v.Len() {
		r.FillResult(v.Index(i), depth-1)
	}
}

// fillMap fills a map of such a type.
func (r *Random) fillMap(v reflect.Value, depth int) {
	v.Set(reflect.MakeMap(v.Type()))
	for range r.IntN(3) {
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		if key.Kind() == reflect.String {
			key.SetString([]string{"a", "error", "serverInformation", "ü"}[r.IntN(4)])
		} else {
			r.Fill(key)
		}
		r.FillResult(elem, depth-1)
		v.SetMapIndex(key, elem)
	}
}
