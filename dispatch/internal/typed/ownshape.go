package typed

import (
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/params"
)

// ownShape returns the shape of a type with UnmarshalJSON. Its method JSONSchema
// tells documents how a form spells it, so that is how it is put together again;
// without the method it is JSON text, or else a string.
func ownShape(t reflect.Type) params.Shape {
	s, ok, err := described(t)
	if !ok || err != nil { // the error is reported with the schema
		return params.Shape{JSON: params.MayBeJSON}
	}
	return *shapeOfSchema(s)
}

// shapeOfSchema returns the shape of what a schema describes. A string in it stays
// one, all else that is no list and no object is what it is as JSON.
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
		return &params.Shape{Kind: params.ShapeObject, Members: members}
	case typ == "object":
		return &params.Shape{Kind: params.ShapeMap, Elem: shapeOfSchema(s.AdditionalProperties)}
	}
	return &params.Shape{JSON: params.MayBeJSON}
}

// soleType returns the type of a schema beside null, "" where it has none or
// several.
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
