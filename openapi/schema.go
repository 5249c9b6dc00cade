package openapi

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"
)

// schema is a JSON schema with the keywords that inputs and results have.
// jsonschema.Schema would do, but it is large and slow to encode: a document has
// thousands of them.
type schema struct {
	ref                  string
	types                []string
	format               string
	description          string
	def                  json.RawMessage
	enum                 []json.RawMessage
	minimum, maximum     *float64
	minLength, maxLength *int
	pattern              string
	items                *schema
	minItems, maxItems   *int
	properties           []property
	required             []string
	additional           *schema // of other properties
	closed               bool    // there are no other properties
	anyOf, allOf         []*schema
	raw                  json.RawMessage // instead of all the others
}

// property is a member of an object, in its place.
type property struct {
	name        string
	description string // instead of the schema's own
	schema      *schema
}

func typed(types ...string) *schema { return &schema{types: types} }

// schemaOf copies what jsonschema-go has made of a type. A schema with other
// keywords than those here is taken as it is.
func schemaOf(s *jsonschema.Schema) (*schema, error) {
	out := &schema{
		ref: s.Ref, types: s.Types, format: s.Format, description: s.Description, def: s.Default,
		minimum: s.Minimum, maximum: s.Maximum, minLength: s.MinLength, maxLength: s.MaxLength, pattern: s.Pattern,
		minItems: s.MinItems, maxItems: s.MaxItems, required: s.Required,
	}
	if s.Type != "" {
		out.types = []string{s.Type}
	}
	rest := *s
	rest.Ref, rest.Type, rest.Types, rest.Format, rest.Description, rest.Default = "", "", nil, "", "", nil
	rest.Minimum, rest.Maximum, rest.MinLength, rest.MaxLength, rest.Pattern = nil, nil, nil, nil, ""
	rest.MinItems, rest.MaxItems, rest.Required, rest.Enum = nil, nil, nil, nil
	rest.Items, rest.Properties, rest.PropertyOrder, rest.AdditionalProperties = nil, nil, nil, nil
	if !reflect.ValueOf(rest).IsZero() {
		raw, err := json.Marshal(s)
		return &schema{raw: raw}, err
	}
	for _, v := range s.Enum {
		text, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out.enum = append(out.enum, text)
	}
	var err error
	if s.Items != nil {
		if out.items, err = schemaOf(s.Items); err != nil {
			return nil, err
		}
	}
	names := s.PropertyOrder
	if len(names) != len(s.Properties) {
		names = slices.Sorted(maps.Keys(s.Properties))
	}
	for _, name := range names {
		p, err := schemaOf(s.Properties[name])
		if err != nil {
			return nil, err
		}
		out.properties = append(out.properties, property{name, p.description, p})
	}
	switch a := s.AdditionalProperties; {
	case a == nil:
	case a.Not != nil:
		out.closed = true
	default:
		if out.additional, err = schemaOf(a); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// is tells whether the values are of one type.
func (s *schema) is(name string) bool { return len(s.types) == 1 && s.types[0] == name }

// isAnything tells whether a schema says nothing of the kind of value.
func (s *schema) isAnything() bool {
	return s.types == nil && s.anyOf == nil && s.ref == "" && s.raw == nil
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

// add adds a property.
func (s *schema) add(name string, p *schema, required bool) {
	s.describe(name, p.description, p, required)
}

// describe adds a property with another description than its schema has.
func (s *schema) describe(name, description string, p *schema, required bool) {
	s.properties = append(s.properties, property{name, description, p})
	if required {
		s.required = append(s.required, name)
	}
}
