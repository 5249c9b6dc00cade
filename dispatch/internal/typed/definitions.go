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

// definitions are the named types that a schema refers to. They are named as
// package typename names their types, so that whoever joins several schemas
// knows which are of one type.
type definitions struct {
	all   map[string]*jsonschema.Schema
	names map[definitionKey]string
	used  map[string]bool
}

// definitionKey tells definitions apart. What a type is encoded to may depend on
// whether its values can be addressed.
type definitionKey struct {
	typ         reflect.Type
	addressable bool
}

func newDefinitions() *definitions {
	return &definitions{all: map[string]*jsonschema.Schema{}, names: map[definitionKey]string{}, used: map[string]bool{}}
}

// name returns the name of a definition, which is made when it is first asked
// for, and may ask for itself.
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
	d.all[name] = &jsonschema.Schema{} // the name is taken
	*d.all[name] = *make()
	return name
}

// refer refers to a definition.
func (d *definitions) refer(key definitionKey, make func() *jsonschema.Schema) *jsonschema.Schema {
	name := d.name(key, make)
	d.used[name] = true
	return &jsonschema.Schema{Ref: refPrefix + strings.NewReplacer("~", "~0", "/", "~1").Replace(name)}
}

const refPrefix = "#/$defs/"

// root makes the schema of a whole out of the definition of its type, or out of
// what is none.
func (d *definitions) root(s *jsonschema.Schema) *jsonschema.Schema {
	out := *s
	if len(d.all) > 0 {
		out.Defs = d.all
	}
	return &out
}

// rootOf is root for a type that may be a definition, too: it is left among
// them only where another refers to it.
func (d *definitions) rootOf(key definitionKey, make func() *jsonschema.Schema) *jsonschema.Schema {
	name := d.name(key, make)
	s := d.all[name]
	if !d.used[name] {
		delete(d.all, name)
	}
	return d.root(s)
}

// describer is a type that knows its own schema.
type describer interface{ JSONSchema() *jsonschema.Schema }

var typeDescriber = reflect.TypeFor[describer]()

// described returns what the method JSONSchema of a type says of it; ok is false
// where it has none.
func described(t reflect.Type) (_ *jsonschema.Schema, ok bool, err error) {
	if t.Kind() == reflect.Interface || !reflect.PointerTo(t).Implements(typeDescriber) {
		return nil, false, nil
	}
	if t.Kind() == reflect.Struct && isPromoted(t) && !marshals(t, true) {
		return nil, false, nil // it speaks of the embedded struct alone
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
		return nil, true, fmt.Errorf("the schema of the method JSONSchema of %s refers to others: it must be whole in itself", t)
	}
	if _, err := s.CloneSchemas().Resolve(nil); err != nil {
		return nil, true, fmt.Errorf("the schema of the method JSONSchema of %s: %w", t, err)
	}
	return s.CloneSchemas(), true, nil
}

// isPromoted tells whether the method JSONSchema of a struct may be that of a
// type which it embeds.
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

// marshals tells whether values of a type are encoded by a method of theirs.
func marshals(t reflect.Type, addressable bool) bool {
	return marshalsBy(typeMarshalJSON, t, addressable) || marshalsBy(typeMarshalText, t, addressable)
}

func marshalsBy(method, t reflect.Type, addressable bool) bool {
	return t.Implements(method) || addressable && reflect.PointerTo(t).Implements(method)
}

// textSchema describes a type that is written as a string. An array of 16 bytes
// that is written as UUIDs are is one.
func textSchema(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "string"}
	if t.Kind() == reflect.Array && t.Len() == 16 && t.Elem().Kind() == reflect.Uint8 && zeroText(t) == zeroUUID {
		s.Format = "uuid"
	}
	return s
}

// zeroText returns the text of a type's zero value, "" where it has none.
func zeroText(t reflect.Type) string {
	defer func() { _ = recover() }() // somebody's method, which may want more than a zero
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

// numberSchema describes a number by the size of its type: that of int and uint is
// the machine's. uint64 has the format int64, which programs know, though it may be
// larger.
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

// sized returns the kind of a number; for int, uint and uintptr that of the same
// size.
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

// quotedSchema describes what the option "string" of encoding/json makes of a
// bool, number or string: a string that holds it as JSON.
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
	// Documents of OpenAPI 3.0 say it by the format.
	return &jsonschema.Schema{Type: "string", Format: "byte", ContentEncoding: "base64"}
}

// isBytes tells whether encoding/json writes a slice as base64.
func isBytes(t reflect.Type) bool {
	if t.Kind() != reflect.Slice || t.Elem().Kind() != reflect.Uint8 {
		return false
	}
	p := reflect.PointerTo(t.Elem())
	return !p.Implements(typeMarshalText) && !p.Implements(typeMarshalJSON)
}

// mapSchema describes a map with keys of a type.
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
