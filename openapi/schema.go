package openapi

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/internal/typename"
)

// schema is a JSON schema with the keywords that inputs and results have. A document has
// thousands of them, and jsonschema.Schema is large and slow to encode.
type schema struct {
	ref                  *component
	types                []string
	format               string
	contentEncoding      string
	contentMediaType     string
	contentSchema        *schema
	description          string
	deprecated           bool
	def                  json.RawMessage
	examples             []json.RawMessage
	enum                 []json.RawMessage
	minimum, maximum     *float64
	minLength, maxLength *int
	pattern              string
	items                *schema
	minItems, maxItems   *int
	properties           []property
	required             []string
	additional           *schema // of other properties
	propertyNames        *schema
	oneOf, anyOf         []*schema
	raw                  json.RawMessage // replaces all the others except types
	asJSON               bool            // sent as a JSON string in a query or a form
}

// property is a member of an object, in order.
type property struct {
	name        string
	description string // replaces the schema's own
	schema      *schema
}

const typeNull = "null"

func typed(types ...string) *schema { return &schema{types: types} }

// anything returns a schema without restrictions.
func anything() *schema { return &schema{} }

// plainly copies the keywords for a single value. more reports that the schema has keywords which
// schema lacks.
func plainly(s *jsonschema.Schema) (out *schema, more bool, err error) {
	out = &schema{
		types: s.Types, format: s.Format, contentEncoding: s.ContentEncoding, contentMediaType: s.ContentMediaType,
		description: s.Description, deprecated: s.Deprecated, def: s.Default,
		minimum: s.Minimum, maximum: s.Maximum, minLength: s.MinLength, maxLength: s.MaxLength, pattern: s.Pattern,
		minItems: s.MinItems, maxItems: s.MaxItems, required: s.Required, asJSON: s.Comment == typename.JSONText,
	}
	if s.Type != "" {
		out.types = []string{s.Type}
	}
	rest := *s
	rest.Ref, rest.Defs, rest.Type, rest.Types, rest.Format, rest.ContentEncoding, rest.ContentMediaType = "", nil, "", nil, "", "", ""
	rest.Description, rest.Deprecated, rest.Default, rest.Examples, rest.Enum = "", false, nil, nil, nil
	rest.Minimum, rest.Maximum, rest.MinLength, rest.MaxLength, rest.Pattern = nil, nil, nil, nil, ""
	rest.MinItems, rest.MaxItems, rest.Required, rest.Items = nil, nil, nil, nil
	rest.Properties, rest.PropertyOrder, rest.AdditionalProperties, rest.PropertyNames = nil, nil, nil, nil
	rest.OneOf, rest.AnyOf, rest.Comment = nil, nil, ""
	if !reflect.ValueOf(rest).IsZero() {
		return out, true, nil
	}
	for _, list := range []struct {
		from []any
		to   *[]json.RawMessage
	}{{s.Enum, &out.enum}, {s.Examples, &out.examples}} {
		for _, v := range list.from {
			text, err := json.Marshal(v)
			if err != nil {
				return nil, false, err
			}
			*list.to = append(*list.to, text)
		}
	}
	return out, false, nil
}

// is reports whether all values have the given type.
func (s *schema) is(name string) bool { return len(s.types) == 1 && s.types[0] == name }

// target returns the schema that a reference leads to, or s itself.
func (s *schema) target() *schema {
	for s.ref != nil {
		s = s.ref.schema
	}
	return s
}

// isAnyText reports whether a query or a form may send any string.
func (s *schema) isAnyText() bool { return s.isAnything() && !s.asJSON }

// isAnything reports whether a schema does not restrict the type.
func (s *schema) isAnything() bool {
	return s.types == nil && s.oneOf == nil && s.anyOf == nil && s.ref == nil && s.raw == nil
}

// isObject reports whether the values are objects.
func (s *schema) isObject() bool { return s.target().is("object") }

// isScalar reports whether the values are strings, numbers or bools.
func (s *schema) isScalar() bool {
	t := s.target()
	if len(t.types) == 1 {
		return t.types[0] != "object" && t.types[0] != "array" && t.types[0] != typeNull
	}
	return t.types == nil && len(t.oneOf) > 0 && !slices.ContainsFunc(t.oneOf, func(one *schema) bool { return !one.isScalar() })
}

// isPlain reports whether the values have one scalar type, with one notation.
func (s *schema) isPlain() bool { return s.isScalar() && s.target().oneOf == nil }

// isFlat reports whether the values are objects whose members are plain.
func (s *schema) isFlat() bool {
	t := s.target()
	if !t.is("object") || t.raw != nil {
		return false
	}
	if len(t.properties) == 0 {
		return t.additional != nil && t.additional.isPlain()
	}
	return t.additional == nil && !slices.ContainsFunc(t.properties, func(p property) bool { return !p.schema.isPlain() })
}

// isList reports whether the values are lists, and returns the schema of their elements.
func (s *schema) isList() (items *schema, ok bool) {
	t := s.target()
	if !t.is("array") || t.raw != nil {
		return nil, false
	}
	if t.items == nil {
		return anything(), true
	}
	return t.items, true
}

// orNull also allows null.
func orNull(s *schema) *schema { return &schema{anyOf: []*schema{s, typed(typeNull)}} }

// clone makes a shallow copy.
func (s *schema) clone() *schema {
	c := *s
	return &c
}

// with returns the schema with a description.
func (s *schema) with(description string) *schema {
	s.description = description
	return s
}

// without removes properties.
func (s *schema) without(names []string) {
	s.properties = slices.DeleteFunc(slices.Clone(s.properties), func(p property) bool { return slices.Contains(names, p.name) })
	s.required = slices.DeleteFunc(slices.Clone(s.required), func(name string) bool { return slices.Contains(names, name) })
}

// add adds a property to s, and to its required ones if required is set.
func (s *schema) add(name string, p *schema, required bool) {
	s.describe(name, p.description, p, required)
}

// describe adds a property with a description that replaces its schema's.
func (s *schema) describe(name, description string, p *schema, required bool) {
	s.properties = append(s.properties, property{name, description, p})
	if required {
		s.required = append(s.required, name)
	}
}

// property returns a property, or nil.
func (s *schema) property(name string) *property {
	for i := range s.properties {
		if s.properties[i].name == name {
			return &s.properties[i]
		}
	}
	return nil
}

// propertyNames returns the names of a schema's properties in their order.
func propertyNames(s *jsonschema.Schema) []string {
	if len(s.PropertyOrder) == len(s.Properties) {
		return s.PropertyOrder
	}
	return slices.Sorted(maps.Keys(s.Properties))
}

// sameSchema reports whether two schemas are equal.
func sameSchema(a, b *schema) bool {
	if a == b {
		return true
	}
	var x, y writer
	x.schema(a, a.description)
	y.schema(b, b.description)
	return string(x.b) == string(y.b)
}
