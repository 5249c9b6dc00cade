package typed

import (
	"encoding"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/internal/typename"
)

// definitions are the named types that a schema refers to. Package typename gives them their
// names, so that code which joins several schemas can match the definitions of one type.
type definitions struct {
	all   map[string]*jsonschema.Schema
	names map[definitionKey]string
	used  map[string]bool
}

// definitionKey identifies a definition. The encoding of a type may depend on whether its values
// are addressable.
type definitionKey struct {
	typ         reflect.Type
	addressable bool
}

func newDefinitions() *definitions {
	return &definitions{all: map[string]*jsonschema.Schema{}, names: map[definitionKey]string{}, used: map[string]bool{}}
}

// name returns the name of a definition. The first call for a key makes the definition, which may
// refer to itself.
func (d *definitions) name(key definitionKey, make func() *jsonschema.Schema) string {
	if name, ok := d.names[key]; ok {
		return name
	}
	base := typename.Of(key.typ)
	name := base
	for n := 2; d.all[name] != nil; n++ {
		name = base + strconv.Itoa(n)
	}
	d.names[key] = name
	d.all[name] = &jsonschema.Schema{} // reserves the name
	*d.all[name] = *make()
	return name
}

// refer returns a reference to a definition.
func (d *definitions) refer(key definitionKey, make func() *jsonschema.Schema) *jsonschema.Schema {
	name := d.name(key, make)
	d.used[name] = true
	return &jsonschema.Schema{Ref: refPrefix + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)}
}

const refPrefix = "#/$defs/"

// root returns a copy of the schema with the definitions as its $defs.
func (d *definitions) root(s *jsonschema.Schema) *jsonschema.Schema {
	out := *s
	if len(d.all) > 0 {
		out.Defs = d.all
	}
	return &out
}

// rootOf is root for a type that may be a definition. The definition remains only if another
// schema refers to it.
func (d *definitions) rootOf(key definitionKey, make func() *jsonschema.Schema) *jsonschema.Schema {
	name := d.name(key, make)
	s := d.all[name]
	if !d.used[name] {
		delete(d.all, name)
	}
	return d.root(s)
}

// describer is a type that describes its own schema.
type describer interface{ JSONSchema() *jsonschema.Schema }

var typeDescriber = reflect.TypeFor[describer]()

// described returns the schema from a type's method JSONSchema; ok is false if it has none.
func described(t reflect.Type) (_ *jsonschema.Schema, ok bool, err error) {
	if t.Kind() == reflect.Interface || !reflect.PointerTo(t).Implements(typeDescriber) {
		return nil, false, nil
	}
	if t.Kind() == reflect.Struct && isPromoted(t) && !marshals(t, true) {
		return nil, false, nil // it describes only the embedded struct
	}
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the method JSONSchema of %s panicked: %v", t, p)
		}
	}()
	s := reflect.New(t).Interface().(describer).JSONSchema()
	if s == nil {
		return nil, true, fmt.Errorf("the method JSONSchema of %s returned nil", t)
	}
	text, err := json.Marshal(s)
	switch {
	case err != nil:
		return nil, true, fmt.Errorf("the schema of the method JSONSchema of %s: %w", t, err)
	case strings.Contains(string(text), `"$ref"`) || strings.Contains(string(text), `"$defs"`):
		return nil, true, fmt.Errorf("the schema of the method JSONSchema of %s refers to others: it must be self-contained", t)
	}
	if _, err := s.CloneSchemas().Resolve(nil); err != nil {
		return nil, true, fmt.Errorf("the schema of the method JSONSchema of %s: %w", t, err)
	}
	return s.CloneSchemas(), true, nil
}

// isPromoted reports whether a struct's method JSONSchema may come from an embedded type.
func isPromoted(t reflect.Type) bool {
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Anonymous && (f.Type.Implements(typeDescriber) || reflect.PointerTo(f.Type).Implements(typeDescriber)) {
			return true
		}
	}
	return false
}

var (
	typeBig         = reflect.TypeFor[big.Int]()
	typeLevel       = reflect.TypeFor[slog.Level]()
	typeMarshalText = reflect.TypeFor[encoding.TextMarshaler]()
	typeMarshalJSON = reflect.TypeFor[json.Marshaler]()
)

const zeroUUID = "00000000-0000-0000-0000-000000000000"

// marshals reports whether a type encodes its values by its own method.
func marshals(t reflect.Type, addressable bool) bool {
	return marshalsBy(typeMarshalJSON, t, addressable) || marshalsBy(typeMarshalText, t, addressable)
}

func marshalsBy(method, t reflect.Type, addressable bool) bool {
	return t.Implements(method) || addressable && reflect.PointerTo(t).Implements(method)
}

// textSchema describes a type that is encoded as a string. A 16-byte array in the notation of
// UUIDs has the format uuid.
func textSchema(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	if t.Kind() == reflect.Array && t.Len() == 16 && t.Elem().Kind() == reflect.Uint8 && zeroText(t) == zeroUUID {
		s.Format = "uuid"
	}
	return s
}

// zeroText returns the encoded zero value of a type, or "".
func zeroText(t reflect.Type) string {
	defer func() { _ = recover() }() // the type's method may not support the zero value
	m, ok := reflect.New(t).Interface().(encoding.TextMarshaler)
	if !ok {
		return ""
	}
	text, err := m.MarshalText()
	if err != nil {
		return ""
	}
	return string(text)
}

// numberSchema describes a number by the size of its type; for int and uint this is the machine's.
// uint64 has the format int64, which tools know, although its values may be larger.
func numberSchema(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "integer", Format: "int64"}
	bounds := func(least, most float64) { s.Minimum, s.Maximum = &least, &most }
	switch sized(t) {
	case reflect.Int8, reflect.Int16:
		s.Format = "int32"
		bounds(-float64(uint64(1)<<(t.Bits()-1)), float64(uint64(1)<<(t.Bits()-1)-1))
	case reflect.Int32:
		s.Format = "int32"
	case reflect.Uint8, reflect.Uint16:
		s.Format = "int32"
		bounds(0, float64(uint64(1)<<t.Bits()-1))
	case reflect.Uint32:
		bounds(0, float64(uint64(1)<<32-1))
	case reflect.Uint64:
		s.Minimum = new(0.0)
	case reflect.Float32:
		return &jsonschema.Schema{Type: "number", Format: "float"}
	case reflect.Float64:
		return &jsonschema.Schema{Type: "number", Format: "double"}
	}
	return s
}

// sized returns the kind of a number; for int, uint and uintptr the kind with the same size.
func sized(t reflect.Type) reflect.Kind {
	switch k := t.Kind(); {
	case k == reflect.Int && t.Bits() == 32:
		return reflect.Int32
	case k == reflect.Int:
		return reflect.Int64
	case (k == reflect.Uint || k == reflect.Uintptr) && t.Bits() == 32:
		return reflect.Uint32
	case k == reflect.Uint, k == reflect.Uintptr:
		return reflect.Uint64
	default:
		return k
	}
}

// quotedSchema describes a bool, number or string with the option "string" of encoding/json: a
// string that contains it as JSON.
func quotedSchema(s *jsonschema.Schema) *jsonschema.Schema {
	switch s.Type {
	case "boolean":
		return &jsonschema.Schema{Type: "string", Enum: []any{"true", "false"}}
	case "integer":
		return &jsonschema.Schema{Type: "string", Pattern: `^-?[0-9]+$`}
	case "number":
		return &jsonschema.Schema{Type: "string", Pattern: `^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`}
	}
	return &jsonschema.Schema{Type: "string", Pattern: `^".*"$`}
}

func bytesSchema() *jsonschema.Schema {
	// OpenAPI 3.0 uses the format instead of contentEncoding.
	return &jsonschema.Schema{Type: "string", Format: "byte", ContentEncoding: "base64"}
}

// isBytes reports whether encoding/json encodes a slice as base64.
func isBytes(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Uint8 {
		return false
	}
	p := reflect.PointerTo(t.Elem())
	return !p.Implements(typeMarshalText) && !p.Implements(typeMarshalJSON)
}

// mapSchema describes a map by the type of its keys.
func mapSchema(key reflect.Type, byText bool, elem *jsonschema.Schema) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", AdditionalProperties: elem}
	if !byText && isInteger(key.Kind()) {
		pattern := `^-?[0-9]+$`
		if key.Kind() >= reflect.Uint {
			pattern = `^[0-9]+$`
		}
		s.PropertyNames = &jsonschema.Schema{Pattern: pattern}
	}
	return s
}
