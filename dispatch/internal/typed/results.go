package typed

import (
	"errors"
	"fmt"
	"reflect"

	"github.com/google/jsonschema-go/jsonschema"
)

// ResultSchema describes how encoding/json encodes values of a type. A type that encodes itself
// is described by its method JSONSchema, or else as any JSON. The error joins the problems with
// tags and such methods, and reports a type that cannot be encoded at all.
func ResultSchema(t reflect.Type) (*jsonschema.Schema, error) {
	if isUnencodable(t) {
		return nil, fmt.Errorf("a result of type %s cannot be encoded as JSON", t)
	}
	r := results{defs: newDefinitions()}
	var s *jsonschema.Schema
	if key, make, ok := r.definition(t, false); ok {
		s = r.defs.rootOf(key, make)
		if r.isNullable(t, false) {
			s = orNull(s)
		}
	} else {
		s = r.defs.root(r.of(t, false))
	}
	return s, errors.Join(r.problems...)
}

func isUnencodable(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Func, reflect.Chan, reflect.Complex64, reflect.Complex128, reflect.UnsafePointer:
		return !marshals(t, true)
	}
	return false
}

// results describes types as encoding/json encodes them.
type results struct {
	defs     *definitions
	problems []error
	inPlace  bool // describe types that are strings or numbers in place
}

// of describes a type. addressable tells whether its values are, since encoding/json calls
// methods of the pointer only then.
func (r *results) of(t reflect.Type, addressable bool) *jsonschema.Schema {
	nullable := false
	for n := 0; t.Kind() == reflect.Pointer; n++ {
		if n > 100 {
			return &jsonschema.Schema{} // a pointer type that points to itself
		}
		t, nullable, addressable = t.Elem(), true, true
	}
	var s *jsonschema.Schema
	if key, make, ok := r.definition(t, addressable); ok {
		s = r.defs.refer(key, make)
		nullable = nullable || r.isNullable(t, addressable)
	} else {
		s = r.value(t, addressable)
	}
	if nullable {
		return orNull(s)
	}
	return s
}

// definition reports whether a type gets its own definition, and returns how to make it. Types
// with a name and members, elements or methods do.
func (r *results) definition(t reflect.Type, addressable bool) (_ definitionKey, make func() *jsonschema.Schema, ok bool) {
	if t.PkgPath() == "" || isKnown(t) {
		return definitionKey{}, nil, false
	}
	switch t.Kind() {
	case reflect.Struct, reflect.Slice, reflect.Array, reflect.Map:
	default:
		if r.inPlace {
			return definitionKey{}, nil, false
		}
		if _, has, err := described(t); !has && err == nil && !marshals(t, addressable) {
			return definitionKey{}, nil, false
		}
	}
	key := definitionKey{t, addressable && dependsOnAddress(t, 0)}
	return key, func() *jsonschema.Schema { return r.value(t, addressable) }, true
}

// isNullable reports whether null may stand for a nil slice or map of a type that has a
// definition. The references, not the definition, then allow null.
func (r *results) isNullable(t reflect.Type, addressable bool) bool {
	if _, has, _ := described(t); has || marshals(t, addressable) {
		return false
	}
	return t.Kind() == reflect.Slice || t.Kind() == reflect.Map
}

// dependsOnAddress reports whether the encoding of a type depends on whether its values are
// addressable.
func dependsOnAddress(t reflect.Type, depth int) bool {
	switch {
	case depth > 100:
		return false
	case marshals(t, true) && !marshals(t, false):
		return true
	case marshals(t, false):
		return false
	}
	switch t.Kind() {
	case reflect.Array:
		return dependsOnAddress(t.Elem(), depth+1)
	case reflect.Struct:
		for i := range t.NumField() {
			if dependsOnAddress(t.Field(i).Type, depth+1) {
				return true
			}
		}
	}
	return false
}

// isKnown reports whether this package knows the encoding of a type that has methods of its own.
func isKnown(t reflect.Type) bool {
	switch t {
	case typeTime, typeDuration, typeRaw, typeNumber, typeLevel:
		return true
	}
	return false
}

// value describes a type other than a pointer.
func (r *results) value(t reflect.Type, addressable bool) *jsonschema.Schema {
	if s, ok, err := described(t); err != nil {
		r.problems = append(r.problems, err)
		return &jsonschema.Schema{}
	} else if ok {
		return s
	}
	switch {
	case t == typeTime:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case t == typeLevel:
		return &jsonschema.Schema{Type: "string"}
	case t == typeNumber:
		return &jsonschema.Schema{Type: "number"}
	case t == typeBig && addressable:
		return &jsonschema.Schema{Type: "integer"}
	case marshalsBy(typeMarshalJSON, t, addressable):
		return &jsonschema.Schema{}
	case marshalsBy(typeMarshalText, t, addressable):
		return textSchema(t)
	}
	switch t.Kind() {
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case reflect.String:
		return &jsonschema.Schema{Type: "string"}
	case reflect.Slice:
		return r.list(t)
	case reflect.Array:
		n := t.Len()
		return &jsonschema.Schema{Type: "array", Items: r.of(t.Elem(), addressable), MinItems: &n, MaxItems: &n}
	case reflect.Map:
		s := mapSchema(t.Key(), t.Key().Kind() != reflect.String && t.Key().Implements(typeMarshalText), r.of(t.Elem(), false))
		return nullUnlessNamed(t, s)
	case reflect.Struct:
		return r.object(t, addressable)
	}
	if isInteger(t.Kind()) || t.Kind() == reflect.Float32 || t.Kind() == reflect.Float64 {
		return numberSchema(t)
	}
	return &jsonschema.Schema{}
}

func (r *results) list(t reflect.Type) *jsonschema.Schema {
	if isBytes(t) {
		return nullUnlessNamed(t, bytesSchema())
	}
	return nullUnlessNamed(t, &jsonschema.Schema{Type: "array", Items: r.of(t.Elem(), true)})
}

// nullUnlessNamed allows null, the encoding of nil, unless the type is a definition.
func nullUnlessNamed(t reflect.Type, s *jsonschema.Schema) *jsonschema.Schema {
	if t.PkgPath() != "" {
		return s
	}
	return orNull(s)
}

// orNull allows null in addition to what a schema describes.
func orNull(s *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case s.Ref != "" || s.OneOf != nil || s.AnyOf != nil:
		if isNullable(s) {
			return s
		}
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{s, {Type: "null"}}}
	case s.Type == "": // anything
		return s
	}
	s.Types, s.Type = []string{s.Type, "null"}, ""
	if s.Enum != nil {
		s.Enum = append(s.Enum, nil)
	}
	return s
}

func isNullable(s *jsonschema.Schema) bool {
	return len(s.AnyOf) == 2 && s.AnyOf[1].Type == "null"
}

// withoutNull reverses orNull.
func withoutNull(s *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case isNullable(s):
		return s.AnyOf[0]
	case len(s.Types) == 2 && s.Types[1] == "null":
		s.Type, s.Types = s.Types[0], nil
		if n := len(s.Enum); n > 0 && s.Enum[n-1] == nil {
			s.Enum = s.Enum[:n-1]
		}
	}
	return s
}

// object describes a struct. A field is required unless encoding/json may leave it out.
func (r *results) object(t reflect.Type, addressable bool) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	for _, f := range encodedFields(t) {
		at, sure := addressable, true
		for i, holder := 0, t; i < len(f.index)-1; i++ {
			holder = holder.Field(f.index[i]).Type
			if holder.Kind() == reflect.Pointer {
				holder, at, sure = holder.Elem(), true, false
			}
		}
		one := r.field(&f, at)
		if err := documentResult(one, &f); err != nil {
			r.problems = append(r.problems, fmt.Errorf("%s: field %s: %w", t, f.Name, err))
		}
		s.Properties[f.name] = one
		s.PropertyOrder = append(s.PropertyOrder, f.name)
		if sure && !mayBeLeftOut(&f) && !leadsBack(f.Type, t) {
			s.Required = append(s.Required, f.name)
		}
	}
	return s
}

// field describes the value of a field.
func (r *results) field(f *field, addressable bool) *jsonschema.Schema {
	_, r.inPlace = f.Tag.Lookup("enum")
	defer func() { r.inPlace = false }()
	t := f.Type
	own := t
	if own.Kind() == reflect.Pointer {
		own, addressable = own.Elem(), true
	}
	var s *jsonschema.Schema
	if f.quoted && !marshals(own, addressable) {
		s = quotedSchema(r.value(own, addressable))
		if t != own {
			s = orNull(s)
		}
	} else {
		s = r.of(t, addressable)
	}
	if neverNil(f) {
		s = withoutNull(s)
	}
	return s
}

// neverNil reports whether encoding/json leaves out a field that is nil, so that it never writes
// null for it.
func neverNil(f *field) bool {
	switch f.Type.Kind() {
	case reflect.Pointer:
		inner := f.Type.Elem().Kind()
		return (f.omitEmpty || f.omitZero) && inner != reflect.Pointer && inner != reflect.Slice && inner != reflect.Map
	case reflect.Slice, reflect.Map:
		_, ownZero := f.Type.MethodByName("IsZero")
		_, pointerZero := reflect.PointerTo(f.Type).MethodByName("IsZero")
		return f.omitEmpty || f.omitZero && !ownZero && !pointerZero
	}
	return false
}

// mayBeLeftOut reports whether encoding/json leaves out a field that is empty or zero.
func mayBeLeftOut(f *field) bool {
	if !f.omitEmpty {
		return f.omitZero
	}
	switch f.Type.Kind() {
	case reflect.Struct:
		return f.omitZero
	case reflect.Array:
		return f.omitZero || f.Type.Len() == 0
	}
	return true
}

// leadsBack reports whether a field of a struct leads back to that struct through pointers and
// structs alone. Such a field is null where the chain ends, but generators of types from schemas
// would take a required field for a value that contains itself.
func leadsBack(t, to reflect.Type) bool {
	seen := map[reflect.Type]bool{}
	var leads func(reflect.Type) bool
	leads = func(t reflect.Type) bool {
		for t.Kind() == reflect.Pointer && !seen[t] {
			seen[t] = true
			t = t.Elem()
		}
		if t == to {
			return true
		}
		if t.Kind() != reflect.Struct || seen[t] || marshals(t, true) {
			return false
		}
		seen[t] = true
		for _, f := range encodedFields(t) {
			if leads(f.Type) {
				return true
			}
		}
		return false
	}
	return leads(t)
}
