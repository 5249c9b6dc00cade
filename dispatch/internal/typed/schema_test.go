package typed_test

import (
	"encoding/json"
	"log/slog"
	"math/big"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/dispatch/internal/typed/typedtest"
	"github.com/sidekick-http/sidekick/upload"
)

type (
	uuid     [16]byte
	currency int64
	wrapped  struct{ currency } // has the methods of currency, promoted
	beside   struct {           // has only its JSONSchema
		words
		N int `json:"n"`
	}
	words    string
	panics   string
	nothing  string
	refers   string
	onlyText int
	onlyJSON struct{ _ int }
)

func (u uuid) MarshalText() ([]byte, error) {
	return []byte("00000000-0000-0000-0000-000000000000"), nil
}
func (u *uuid) UnmarshalText([]byte) error      { return nil }
func (c currency) MarshalJSON() ([]byte, error) { return []byte(`"1.00"`), nil }
func (c *currency) UnmarshalJSON([]byte) error  { return nil }
func (currency) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Pattern: `^\d+\.\d\d$`}
}
func (words) JSONSchema() *jsonschema.Schema {
	return &jsonschema.Schema{Type: "string", Enum: []any{"a", "b"}}
}
func (panics) JSONSchema() *jsonschema.Schema          { panic("no") }
func (nothing) JSONSchema() *jsonschema.Schema         { return nil }
func (refers) JSONSchema() *jsonschema.Schema          { return &jsonschema.Schema{Ref: "#/$defs/x"} }
func (o onlyText) MarshalText() ([]byte, error)        { return []byte("high"), nil }
func (o *onlyText) UnmarshalText([]byte) error         { return nil }
func (o onlyJSON) MarshalJSON() ([]byte, error)        { return []byte("1.5"), nil }
func (o *onlyJSON) UnmarshalJSON(b []byte) (err error) { return nil }

// schemaText returns a schema as JSON, with references replaced by their targets.
func schemaText(t *testing.T, s *jsonschema.Schema) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	for name, def := range s.Defs {
		inner, err := json.Marshal(def)
		if err != nil {
			t.Fatal(err)
		}
		ref := `{"$ref":"#/$defs/` + strings.ReplaceAll(name, "/", "~1") + `"}`
		b = []byte(strings.ReplaceAll(string(b), ref, string(inner)))
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(b, &members) == nil {
		delete(members, "$defs")
		if b, err = json.Marshal(members); err != nil {
			t.Fatal(err)
		}
	}
	return string(b)
}

// difference compares JSON documents.
func difference(want, got string) string {
	decoded := func(text string) (v any) {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			return err
		}
		return v
	}
	return cmp.Diff(decoded(want), decoded(got))
}

// needs64Bits skips a test that expects an int to have 64 bits.
func needs64Bits(t *testing.T) {
	if strconv.IntSize != 64 {
		t.Skip("int is smaller here")
	}
}

// The schemas of int, uint and uintptr have the sizes of this machine.
func TestSchemaOfInt(t *testing.T) {
	wanted := map[int]map[reflect.Kind]string{
		32: {
			reflect.Int:     `{"type":"integer","format":"int32"}`,
			reflect.Uint:    `{"type":"integer","minimum":0,"maximum":4294967295,"format":"int64"}`,
			reflect.Uintptr: `{"type":"integer","minimum":0,"maximum":4294967295,"format":"int64"}`,
		},
		64: {
			reflect.Int:     `{"type":"integer","format":"int64"}`,
			reflect.Uint:    `{"type":"integer","minimum":0,"format":"int64"}`,
			reflect.Uintptr: `{"type":"integer","minimum":0,"format":"int64"}`,
		},
	}[strconv.IntSize]
	for _, typ := range []reflect.Type{reflect.TypeFor[int](), reflect.TypeFor[uint](), reflect.TypeFor[uintptr]()} {
		result, err := typed.ResultSchema(reflect.StructOf([]reflect.StructField{{Name: "F", Type: typ, Tag: `json:"f"`}}))
		if err != nil {
			t.Fatal(err)
		}
		want := `{"properties":{"f":` + wanted[typ.Kind()] + `},"required":["f"],"type":"object"}`
		if diff := difference(want, schemaText(t, result)); diff != "" {
			t.Errorf("%s: -want +got\n%s", typ, diff)
		}
	}
}

// The schema of each type, as a result and as an input.
func TestSchemasOfTypes(t *testing.T) {
	t.Parallel()
	needs64Bits(t)
	const int64s, anything = `{"format":"int64","type":"integer"}`, `true`
	for name, tt := range map[string]struct {
		typ            reflect.Type
		result, inputs string
	}{
		"int8":                  {reflect.TypeFor[int8](), `{"format":"int32","maximum":127,"minimum":-128,"type":"integer"}`, ""},
		"int16":                 {reflect.TypeFor[int16](), `{"format":"int32","maximum":32767,"minimum":-32768,"type":"integer"}`, ""},
		"int32":                 {reflect.TypeFor[int32](), `{"format":"int32","type":"integer"}`, ""},
		"int64":                 {reflect.TypeFor[int64](), int64s, ""},
		"int":                   {reflect.TypeFor[int](), int64s, ""},
		"uint8":                 {reflect.TypeFor[uint8](), `{"format":"int32","maximum":255,"minimum":0,"type":"integer"}`, ""},
		"uint16":                {reflect.TypeFor[uint16](), `{"format":"int32","maximum":65535,"minimum":0,"type":"integer"}`, ""},
		"uint32":                {reflect.TypeFor[uint32](), `{"format":"int64","maximum":4294967295,"minimum":0,"type":"integer"}`, ""},
		"uint64":                {reflect.TypeFor[uint64](), `{"format":"int64","minimum":0,"type":"integer"}`, ""},
		"float32":               {reflect.TypeFor[float32](), `{"format":"float","type":"number"}`, ""},
		"float64":               {reflect.TypeFor[float64](), `{"format":"double","type":"number"}`, ""},
		"bool":                  {reflect.TypeFor[bool](), `{"type":"boolean"}`, ""},
		"string":                {reflect.TypeFor[string](), `{"type":"string"}`, ""},
		"[]byte":                {reflect.TypeFor[[]byte](), `{"contentEncoding":"base64","format":"byte","type":["string","null"]}`, `{"contentEncoding":"base64","format":"byte","type":"string"}`},
		"[3]byte":               {reflect.TypeFor[[3]byte](), `{"items":{"format":"int32","maximum":255,"minimum":0,"type":"integer"},"maxItems":3,"minItems":3,"type":"array"}`, `{"items":{"format":"int32","maximum":255,"minimum":0,"type":"integer"},"maxItems":3,"type":"array"}`},
		"raw JSON":              {reflect.TypeFor[json.RawMessage](), anything, `{"$comment":"in a query or a form it is JSON text"}`},
		"a number's digits":     {reflect.TypeFor[json.Number](), `{"type":"number"}`, ""},
		"any":                   {reflect.TypeFor[any](), anything, ""},
		"a big integer":         {reflect.TypeFor[*big.Int](), `{"anyOf":[{"type":"integer"},{"type":"null"}]}`, `{"type":"integer"}`},
		"a big float":           {reflect.TypeFor[*big.Float](), `{"anyOf":[{"type":"string"},{"type":"null"}]}`, `{"type":"string"}`},
		"a big fraction":        {reflect.TypeFor[*big.Rat](), `{"anyOf":[{"type":"string"},{"type":"null"}]}`, `{"type":"string"}`},
		"a UUID":                {reflect.TypeFor[uuid](), `{"format":"uuid","type":"string"}`, ""},
		"an address":            {reflect.TypeFor[netip.Addr](), `{"type":"string"}`, ""},
		"a prefix":              {reflect.TypeFor[netip.Prefix](), `{"type":"string"}`, ""},
		"a level of logs":       {reflect.TypeFor[slog.Level](), `{"type":"string"}`, ""},
		"a time":                {reflect.TypeFor[time.Time](), `{"format":"date-time","type":"string"}`, ""},
		"a time or none":        {reflect.TypeFor[*time.Time](), `{"format":"date-time","type":["string","null"]}`, `{"format":"date-time","type":"string"}`},
		"a duration":            {reflect.TypeFor[time.Duration](), int64s, `{"oneOf":[{"description":"such as \"1m30s\"","pattern":"^[+-]?(0|([0-9]+(\\.[0-9]*)?(ns|us|ms|s|m|h))+)$","type":"string"},{"description":"in nanoseconds","format":"int64","type":"integer"}]}`},
		"a list":                {reflect.TypeFor[[]string](), `{"items":{"type":"string"},"type":["array","null"]}`, `{"items":{"type":"string"},"type":"array"}`},
		"a list of lists":       {reflect.TypeFor[[][]bool](), `{"items":{"items":{"type":"boolean"},"type":["array","null"]},"type":["array","null"]}`, `{"items":{"items":{"type":"boolean"},"type":"array"},"type":"array"}`},
		"a map":                 {reflect.TypeFor[map[string]bool](), `{"additionalProperties":{"type":"boolean"},"type":["object","null"]}`, `{"additionalProperties":{"type":"boolean"},"type":"object"}`},
		"a map by numbers":      {reflect.TypeFor[map[int8]bool](), `{"additionalProperties":{"type":"boolean"},"propertyNames":{"pattern":"^-?[0-9]+$"},"type":["object","null"]}`, `{"additionalProperties":{"type":"boolean"},"propertyNames":{"pattern":"^-?[0-9]+$"},"type":"object"}`},
		"a map by whole ones":   {reflect.TypeFor[map[uint]bool](), `{"additionalProperties":{"type":"boolean"},"propertyNames":{"pattern":"^[0-9]+$"},"type":["object","null"]}`, `{"additionalProperties":{"type":"boolean"},"propertyNames":{"pattern":"^[0-9]+$"},"type":"object"}`},
		"a map by text":         {reflect.TypeFor[map[netip.Addr]bool](), `{"additionalProperties":{"type":"boolean"},"type":["object","null"]}`, `{"additionalProperties":{"type":"boolean"},"type":"object"}`},
		"MarshalText alone":     {reflect.TypeFor[onlyText](), `{"type":"string"}`, ""},
		"MarshalJSON alone":     {reflect.TypeFor[onlyJSON](), anything, ""},
		"JSONSchema":            {reflect.TypeFor[currency](), `{"pattern":"^\\d+\\.\\d\\d$","type":"string"}`, ""},
		"JSONSchema, promoted":  {reflect.TypeFor[wrapped](), `{"pattern":"^\\d+\\.\\d\\d$","type":"string"}`, ""},
		"JSONSchema of a part":  {reflect.TypeFor[beside](), `{"properties":{"n":` + int64s + `},"required":["n"],"type":"object"}`, `{"properties":{"n":` + int64s + `},"type":"object"}`},
		"an enum of its own":    {reflect.TypeFor[words](), `{"enum":["a","b"],"type":"string"}`, ""},
		"by the pointer":        {reflect.TypeFor[typedtest.ByPointer](), `{"properties":{"N":` + int64s + `},"required":["N"],"type":"object"}`, `{"properties":{"N":` + int64s + `},"type":"object"}`},
		"a pointer to it":       {reflect.TypeFor[*typedtest.ByPointer](), `{"anyOf":[true,{"type":"null"}]}`, `{"properties":{"N":` + int64s + `},"type":"object"}`},
		"a pointer to pointers": {reflect.TypeFor[**int](), `{"format":"int64","type":["integer","null"]}`, int64s},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := typed.ResultSchema(reflect.StructOf([]reflect.StructField{{Name: "F", Type: tt.typ, Tag: `json:"f"`}}))
			if err != nil {
				t.Fatal(err)
			}
			want := `{"properties":{"f":` + tt.result + `},"required":["f"],"type":"object"}`
			if diff := difference(want, schemaText(t, result)); diff != "" {
				t.Errorf("as a result: -want +got\n%s", diff)
			}
			inputs, err := typed.Of(reflect.StructOf([]reflect.StructField{{Name: "F", Type: tt.typ, Tag: `json:"f"`}}))
			if err != nil {
				t.Fatal(err)
			}
			if tt.inputs == "" {
				tt.inputs = tt.result
			}
			if diff := difference(`{"properties":{"f":`+tt.inputs+`},"type":"object"}`, schemaText(t, inputs.Schema())); diff != "" {
				t.Errorf("as an input: -want +got\n%s", diff)
			}
		})
	}
}

// The additions of options and tags.
func TestSchemasOfFields(t *testing.T) {
	t.Parallel()
	needs64Bits(t)
	for name, tt := range map[string]struct {
		typ                              reflect.Type
		tag                              reflect.StructTag
		result, inputs                   string
		resultRequired, resultErr, input string
	}{
		"omitempty of a list":       {typ: reflect.TypeFor[[]int8](), tag: `json:"f,omitempty"`, result: `{"items":{"format":"int32","maximum":127,"minimum":-128,"type":"integer"},"type":"array"}`},
		"omitzero of a map":         {typ: reflect.TypeFor[map[string]bool](), tag: `json:"f,omitzero"`, result: `{"additionalProperties":{"type":"boolean"},"type":"object"}`},
		"omitempty of a pointer":    {typ: reflect.TypeFor[*bool](), tag: `json:"f,omitempty"`, result: `{"type":"boolean"}`},
		"omitempty of two pointers": {typ: reflect.TypeFor[**bool](), tag: `json:"f,omitempty"`, result: `{"type":["boolean","null"]}`, inputs: `{"type":"boolean"}`},
		"omitempty of a struct":     {typ: reflect.TypeFor[struct{}](), tag: `json:"f,omitempty"`, result: `{"properties":{},"type":"object"}`, resultRequired: "f"},
		"omitzero of its own":       {typ: reflect.TypeFor[typedtest.Zeroes](), tag: `json:"f,omitzero"`, result: `{"anyOf":[{"items":{"format":"int64","type":"integer"},"type":"array"},{"type":"null"}]}`, inputs: `{"items":{"format":"int64","type":"integer"},"type":"array"}`},
		"string of a number":        {typ: reflect.TypeFor[uint8](), tag: `json:"f,string"`, result: `{"pattern":"^-?[0-9]+$","type":"string"}`, resultRequired: "f"},
		"string of a float":         {typ: reflect.TypeFor[*float32](), tag: `json:"f,string"`, result: `{"pattern":"^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$","type":["string","null"]}`, inputs: `{"pattern":"^-?[0-9]+(\\.[0-9]+)?([eE][+-]?[0-9]+)?$","type":"string"}`, resultRequired: "f"},
		"string of a bool":          {typ: reflect.TypeFor[bool](), tag: `json:"f,string"`, result: `{"enum":["true","false"],"type":"string"}`, resultRequired: "f"},
		"string of a string":        {typ: reflect.TypeFor[string](), tag: `json:"f,string"`, result: `{"pattern":"^\".*\"$","type":"string"}`, resultRequired: "f"},
		"string of a method":        {typ: reflect.TypeFor[onlyText](), tag: `json:"f,string"`, result: `{"type":"string"}`, resultRequired: "f"},
		"a description":             {typ: reflect.TypeFor[bool](), tag: `json:"f" description:"what"`, result: `{"description":"what","type":"boolean"}`, resultRequired: "f"},
		"an enum":                   {typ: reflect.TypeFor[string](), tag: `json:"f" enum:"a,b c"`, result: `{"enum":["a","b c"],"type":"string"}`, resultRequired: "f"},
		"an enum of numbers":        {typ: reflect.TypeFor[[]int32](), tag: `json:"f,omitempty" enum:"1,2"`, result: `{"items":{"enum":[1,2],"format":"int32","type":"integer"},"type":"array"}`},
		"an enum of texts":          {typ: reflect.TypeFor[onlyText](), tag: `json:"f" enum:"high"`, result: `{"enum":["high"],"type":"string"}`, resultRequired: "f"},
		"an enum or null":           {typ: reflect.TypeFor[*string](), tag: `json:"f" enum:"a"`, result: `{"enum":["a",null],"type":["string","null"]}`, inputs: `{"enum":["a"],"type":"string"}`, resultRequired: "f"},
		"an example":                {typ: reflect.TypeFor[string](), tag: `json:"f" example:"5"`, result: `{"examples":["5"],"type":"string"}`, resultRequired: "f"},
		"an example of a number":    {typ: reflect.TypeFor[float64](), tag: `json:"f" example:"1.50"`, result: `{"examples":[1.5],"format":"double","type":"number"}`, resultRequired: "f"},
		"an example of a list":      {typ: reflect.TypeFor[[]bool](), tag: `json:"f,omitempty" example:"[true,false]"`, result: `{"examples":[[true,false]],"items":{"type":"boolean"},"type":"array"}`},
		"an example in quotes":      {typ: reflect.TypeFor[int64](), tag: `json:"f,string" example:"7"`, result: `{"examples":["7"],"pattern":"^-?[0-9]+$","type":"string"}`, resultRequired: "f"},
		"an example of a time":      {typ: reflect.TypeFor[time.Time](), tag: `json:"f" example:"2006-01-02T15:04:05Z"`, result: `{"examples":["2006-01-02T15:04:05Z"],"format":"date-time","type":"string"}`, resultRequired: "f"},
		"deprecated":                {typ: reflect.TypeFor[bool](), tag: `json:"f" deprecated:"true"`, result: `{"deprecated":true,"type":"boolean"}`, resultRequired: "f"},
		"a wrong enum":              {typ: reflect.TypeFor[int](), tag: `json:"f" enum:"1,x"`, resultErr: `tag enum:"1,x"`, input: `tag enum:"1,x"`},
		"an enum of objects":        {typ: reflect.TypeFor[struct{}](), tag: `json:"f" enum:"1"`, resultErr: `it is for strings and numbers only`, input: `it is for strings and numbers only`},
		"a wrong example":           {typ: reflect.TypeFor[int](), tag: `json:"f" example:"x"`, resultErr: `tag example:"x": want a value of the type int`, input: `tag example:"x": must be a whole number, got "x"`},
		"a wrong deprecated":        {typ: reflect.TypeFor[int](), tag: `json:"f" deprecated:"yes"`, resultErr: `want true or false`, input: `want true or false`},
		"an example of a file":      {typ: reflect.TypeFor[*upload.File](), tag: `json:"f" example:"x"`, resultErr: " ", input: "files have no example"},
		"a method that panics":      {typ: reflect.TypeFor[panics](), tag: `json:"f"`, resultErr: "the method JSONSchema of typed_test.panics panicked: no", input: "panicked: no"},
		"a method without a schema": {typ: reflect.TypeFor[nothing](), tag: `json:"f"`, resultErr: "returned nil", input: "returned nil"},
		"a method that refers":      {typ: reflect.TypeFor[refers](), tag: `json:"f"`, resultErr: "must be self-contained", input: "must be self-contained"},
	} {
		t.Run(name, func(t *testing.T) {
			typ := reflect.StructOf([]reflect.StructField{{Name: "F", Type: tt.typ, Tag: tt.tag}})
			required := ""
			if tt.resultRequired != "" {
				required = `,"required":["f"]`
			}
			checkSchema(t, "result", tt.resultErr, `{"properties":{"f":`+tt.result+`}`+required+`,"type":"object"}`, func() (*jsonschema.Schema, error) { return typed.ResultSchema(typ) })
			if tt.inputs == "" {
				tt.inputs = tt.result
			}
			checkSchema(t, "input", tt.input, `{"properties":{"f":`+tt.inputs+`},"type":"object"}`, func() (*jsonschema.Schema, error) {
				in, err := typed.Of(typ)
				if err != nil {
					return nil, err
				}
				return in.Schema(), nil
			})
		})
	}
}

func checkSchema(t *testing.T, as, wantErr, want string, made func() (*jsonschema.Schema, error)) {
	t.Helper()
	if wantErr == " " {
		return // the row is about the other
	}
	s, err := made()
	switch {
	case wantErr != "":
		if err == nil || !strings.Contains(err.Error(), wantErr) {
			t.Errorf("as %s: got %v, want an error with %q", as, err, wantErr)
		}
	case err != nil:
		t.Errorf("as %s: %v", as, err)
	default:
		if diff := difference(want, schemaText(t, s)); diff != "" {
			t.Errorf("as %s: -want +got\n%s", as, diff)
		}
	}
}

// The rules of inputs, and the meaning of a blank string.
func TestSchemasOfRules(t *testing.T) {
	t.Parallel()
	needs64Bits(t)
	for name, tt := range map[string]struct {
		typ        reflect.Type
		tag        reflect.StructTag
		want, more string
	}{
		"a string that must be there":        {reflect.TypeFor[string](), `required:"true"`, `{"minLength":1,"type":"string"}`, `,"required":["f"]`},
		"a word that must be there":          {reflect.TypeFor[netip.Addr](), `required:"true"`, `{"$ref":"#/$defs/net~1netip.Addr","minLength":1}`, `,"required":["f"]`},
		"one that has a default":             {reflect.TypeFor[string](), `required:"true" default:"x"`, `{"default":"x","type":"string"}`, ""},
		"a number with a default":            {reflect.TypeFor[int](), `default:"5"`, `{"default":5,"format":"int64","type":"integer"}`, ""},
		"a list with a default":              {reflect.TypeFor[[]bool](), `default:"true,0"`, `{"default":[true,false],"items":{"type":"boolean"},"type":"array"}`, ""},
		"a limit that float64 cannot hold":   {reflect.TypeFor[int64](), `maximum:"9007199254740993"`, `{"format":"int64","maximum":9007199254740992,"type":"integer"}`, ""},
		"and one below":                      {reflect.TypeFor[int64](), `minimum:"9007199254740993"`, `{"format":"int64","minimum":9007199254740994,"type":"integer"}`, ""},
		"the greatest of all":                {reflect.TypeFor[uint64](), `maximum:"18446744073709551615"`, `{"format":"int64","maximum":18446744073709550000,"minimum":0,"type":"integer"}`, ""},
		"a limit of the type and one of its": {reflect.TypeFor[int8](), `maximum:"9"`, `{"format":"int32","maximum":9,"minimum":-128,"type":"integer"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			in, err := typed.Of(reflect.StructOf([]reflect.StructField{{Name: "F", Type: tt.typ, Tag: `json:"f" ` + tt.tag}}))
			if err != nil {
				t.Fatal(err)
			}
			if diff := difference(`{"properties":{"f":`+tt.want+`}`+tt.more+`,"type":"object"}`, schemaText(t, in.Schema())); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
}

func TestUnencodableResults(t *testing.T) {
	t.Parallel()
	for _, typ := range []reflect.Type{reflect.TypeFor[chan int](), reflect.TypeFor[func()](), reflect.TypeFor[complex128]()} {
		if _, err := typed.ResultSchema(typ); err == nil {
			t.Errorf("%s: got no error", typ)
		}
	}
}
