package openapi

import (
	"encoding/json"
	"log/slog"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"
)

// TestConvert checks that an encoded schema is equivalent to jsonschema-go's own encoding.
func TestConvert(t *testing.T) {
	type inner struct {
		Text  string `json:"text" jsonschema:"a \"text\" – with <signs>"`
		Small int8
		Any   any
		When  *time.Time `json:",omitempty"`
	}
	inferred, err := jsonschema.For[struct {
		List  []int
		Array [2]uint
		Map   map[string]float64
		Level slog.Level
		Big   big.Int
		inner
	}](nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*jsonschema.Schema{
		"inferred": inferred,
		"empty":    {},
		"rules": {
			Type: "string", Format: "x", Description: "d", Default: json.RawMessage(`"a"`), Enum: []any{"a", 1, nil, 2.5},
			MinLength: new(0), MaxLength: new(3), Pattern: `^\d+"$`, Examples: []any{"a", 1}, Deprecated: true,
			ContentEncoding: "base64", ContentMediaType: "a/b",
		},
		"numbers":     {Types: []string{"null", "number"}, Minimum: new(-1.5), Maximum: new(1e21), MinItems: new(1), MaxItems: new(2)},
		"other words": {Type: "object", Properties: map[string]*jsonschema.Schema{"a": {Type: "array", UniqueItems: true}}, MinProperties: new(2)},
		"no order":    {Type: "object", Properties: map[string]*jsonschema.Schema{"b": {Type: "string"}, "a": {Type: "integer"}}, Required: []string{"a"}},
		"open":        {Type: "object", AdditionalProperties: &jsonschema.Schema{}, PropertyNames: &jsonschema.Schema{Pattern: "^a$"}},
		"one of":      {OneOf: []*jsonschema.Schema{{Type: "string"}, {Type: "null"}}, AnyOf: []*jsonschema.Schema{{Type: "array", Items: &jsonschema.Schema{}}}},
	} {
		t.Run(name, func(t *testing.T) {
			c := converter{b: &builder{}}
			own, err := c.convert(s, place{}, true)
			if err != nil {
				t.Fatal(err)
			}
			var w writer
			w.schema(own, own.description)
			if diff := cmp.Diff(decoded(t, encoded(t, s)), decoded(t, w.b)); diff != "" {
				t.Errorf("-jsonschema +own:\n%s", diff)
			}
		})
	}
}

func encoded(t *testing.T, v any) []byte {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decoded returns the decoded value. jsonschema-go writes true for an empty schema, where this
// package writes the equivalent {}.
func decoded(t *testing.T, text []byte) any {
	t.Helper()
	var out any
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return plain(out)
}

func plain(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name := range v {
			if m, ok := v[name].(map[string]any); ok && len(m) == 0 && name == "properties" {
				delete(v, name) // a missing list is equivalent to an empty one
				continue
			}
			v[name] = plain(v[name])
		}
		if len(v) == 0 {
			return true
		}
	case []any:
		for i := range v {
			v[i] = plain(v[i])
		}
	}
	return v
}
