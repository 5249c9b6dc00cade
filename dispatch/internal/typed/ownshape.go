package typed

import (
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/params"
)

// ownShape returns the shape of a type with UnmarshalJSON. Documents tell clients by its method
// JSONSchema how to send it in a form, so the shape follows that schema. Without the method a
// value is JSON text, or else a string.
func ownShape(t reflect.Type) params.Shape {
	s, ok, err := described(t)
	if !ok || err != nil { // schemaOf reports the error
		return params.Shape{JSON: params.MayBeJSON}
	}
	return *shapeOfSchema(s)
}

// shapeOfSchema returns the shape that a schema describes. Strings stay strings; numbers and the
// like are read as JSON.
func shapeOfSchema(s *jsonschema.Schema) *params.Shape {
	switch typ := soleType(s); {
	case typ == "string":
		return &params.Shape{Kind: params.ShapeScalar}
	case typ == "array":
		return &params.Shape{Kind: params.ShapeList, Elem: shapeOfSchema(s.Items)}
	case typ == "object" && len(s.Properties) > 0:
		members := make(map[string]*params.Shape, len(s.Properties))
		for name, member := range s.Properties {
			members[name] = shapeOfSchema(member)
		}
		return &params.Shape{Kind: params.ShapeObject, Members: members, Elem: shapeOfOthers(s)}
	case typ == "object":
		return &params.Shape{Kind: params.ShapeMap, Elem: shapeOfSchema(s.AdditionalProperties)}
	}
	return &params.Shape{JSON: params.MayBeJSON}
}

// shapeOfOthers returns the shape of the members that a schema does not name; nil if it forbids them.
func shapeOfOthers(s *jsonschema.Schema) *params.Shape {
	if none := (&jsonschema.Schema{Not: &jsonschema.Schema{}}); reflect.DeepEqual(s.AdditionalProperties, none) {
		return nil
	}
	return shapeOfSchema(s.AdditionalProperties)
}

// soleType returns the only type of a schema other than null. It returns "" if there is none, or
// more than one.
func soleType(s *jsonschema.Schema) string {
	if s == nil {
		return ""
	}
	sole := s.Type
	for _, typ := range s.Types {
		switch {
		case typ == "null":
		case sole != "":
			return ""
		default:
			sole = typ
		}
	}
	return sole
}
