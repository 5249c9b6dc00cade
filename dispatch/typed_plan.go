package dispatch

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/upload"
)

// kind is how a value is converted.
type kind int

const (
	kindAny kind = iota
	kindString
	kindBool
	kindInt
	kindUint
	kindFloat
	kindTime
	kindDuration
	kindText // with UnmarshalText
	kindFile
	kindSlice
	kindMap
	kindStruct
)

// plan is how values of one type are converted and validated. It is made once.
type plan struct {
	kind    kind
	typ     reflect.Type // without pointers
	pointer int          // how many pointers stand before it
	elem    *plan        // of a slice or map
	fields  *structPlan  // of a struct
	schema  *jsonschema.Schema
	rules   *jsonschema.Resolved // of a leaf or list that has any
	expect  string               // what the rules ask for, in words
}

// structPlan is the fields of a struct.
type structPlan struct {
	typ    reflect.Type
	fields []fieldPlan
	schema *jsonschema.Schema
	// fileLists are the fields that take every file of their name.
	fileLists []string
}

// fieldPlan is one field.
type fieldPlan struct {
	*plan
	name        string
	index       []int
	required    bool
	def         any // the text of the default; nil for none
	description string
}

var (
	typeTime     = reflect.TypeFor[time.Time]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeFile     = reflect.TypeFor[*upload.File]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
)

// planOf reads the struct that an action takes.
func planOf(t reflect.Type) (*structPlan, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the inputs of a typed action are a struct, not %s", t)
	}
	return planStruct(t, map[reflect.Type]bool{})
}

func planStruct(t reflect.Type, above map[reflect.Type]bool) (*structPlan, error) {
	if above[t] {
		return nil, fmt.Errorf("%s contains itself", t)
	}
	above[t] = true
	defer delete(above, t)
	p := &structPlan{typ: t, schema: &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}}
	return p, errors.Join(p.walk(t, nil, above)...)
}

// walk adds the fields of t, which lies at index, and those of the structs that
// it embeds without a name.
func (p *structPlan) walk(t reflect.Type, index []int, above map[reflect.Type]bool) (problems []error) {
	for i := range t.NumField() {
		f := t.Field(i)
		f.Index = append(slices.Clone(index), i)
		name, embedded, ok := fieldName(f)
		switch {
		case embedded && f.Type.Kind() == reflect.Pointer:
			problems = append(problems, fmt.Errorf("field %s: want an embedded struct, not a pointer to one", f.Name))
			continue
		case embedded:
			problems = append(problems, p.walk(f.Type, f.Index, above)...)
			continue
		case !ok:
			continue
		case p.schema.Properties[name] != nil:
			problems = append(problems, fmt.Errorf("field %s: another field has the name %q", f.Name, name))
			continue
		}
		field, err := planField(f, name, above)
		if err != nil {
			problems = append(problems, fmt.Errorf("field %s: %w", f.Name, err))
			continue
		}
		p.fields = append(p.fields, *field)
		if field.kind == kindSlice && field.elem.kind == kindFile {
			p.fileLists = append(p.fileLists, name)
		}
		p.schema.Properties[name] = field.schema
		p.schema.PropertyOrder = append(p.schema.PropertyOrder, name)
		if field.required {
			p.schema.Required = append(p.schema.Required, name)
		}
	}
	return problems
}

// fieldName returns the name of an input as encoding/json gives it; embedded
// tells that its own fields stand in its place, ok is false for a field that is
// no input.
func fieldName(f reflect.StructField) (name string, embedded, ok bool) {
	tag := f.Tag.Get("json")
	name, _, _ = strings.Cut(tag, ",")
	t := f.Type
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case tag == "-":
		return "", false, false
	case f.Anonymous && name == "" && t.Kind() == reflect.Struct:
		return "", true, false
	case !f.IsExported():
		return "", false, false
	case name == "":
		return f.Name, false, true
	default:
		return name, false, true
	}
}

func planField(f reflect.StructField, name string, above map[reflect.Type]bool) (*fieldPlan, error) {
	p, err := planType(f.Type, above)
	if err != nil {
		return nil, err
	}
	field := &fieldPlan{plan: p, name: name, index: f.Index, description: f.Tag.Get("description")}
	p.schema.Description = field.description
	switch v := f.Tag.Get("required"); v {
	case "", "false":
	case "true":
		field.required = true
	default:
		return nil, fmt.Errorf("tag required:%q: want true or false", v)
	}
	if err := p.readRules(f.Tag); err != nil {
		return nil, err
	}
	if text, ok := f.Tag.Lookup("default"); ok {
		if err := field.readDefault(text); err != nil {
			return nil, fmt.Errorf("tag default:%q: %w", text, err)
		}
	}
	return field, nil
}

// readDefault takes a default as a query would give it, and tries it.
func (f *fieldPlan) readDefault(text string) error {
	f.def = text
	switch f.kind {
	case kindFile, kindStruct, kindMap:
		return errors.New("files, structs and maps have no default")
	case kindSlice:
		var list []any
		for one := range strings.SplitSeq(text, ",") {
			list = append(list, one)
		}
		f.def = list
	}
	var k check
	v := reflect.New(f.typ).Elem()
	f.convert(&k, f.name, f.def, v)
	if len(k.failed) > 0 {
		return k.failed[0].Err
	}
	b, err := json.Marshal(v.Interface())
	if err == nil {
		f.schema.Default = b
	}
	return err
}

// planType reads a type.
func planType(t reflect.Type, above map[reflect.Type]bool) (*plan, error) {
	p := &plan{schema: &jsonschema.Schema{}}
	if t == typeFile {
		p.kind, p.typ, p.schema.Type, p.schema.Format = kindFile, t, "string", "binary"
		return p, nil
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
		p.pointer++
	}
	p.typ = t
	set := func(k kind, schemaType, format string) (*plan, error) {
		p.kind, p.schema.Type, p.schema.Format = k, schemaType, format
		return p, nil
	}
	switch {
	case t == typeTime:
		return set(kindTime, "string", "date-time")
	case t == typeDuration:
		return set(kindDuration, "string", "")
	case reflect.PointerTo(t).Implements(typeText):
		return set(kindText, "string", "")
	}
	var err error
	switch t.Kind() {
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return nil, fmt.Errorf("the interface %s cannot be converted to: want a type, or any", t)
		}
		return set(kindAny, "", "")
	case reflect.String:
		return set(kindString, "string", "")
	case reflect.Bool:
		return set(kindBool, "boolean", "")
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return set(kindInt, "integer", "")
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		p.schema.Minimum = new(0.0)
		return set(kindUint, "integer", "")
	case reflect.Float32, reflect.Float64:
		return set(kindFloat, "number", "")
	case reflect.Slice:
		if p.elem, err = planType(t.Elem(), above); err != nil {
			return nil, err
		}
		p.schema.Items = p.elem.schema
		return set(kindSlice, "array", "")
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return nil, fmt.Errorf("the keys of %s are not text", t)
		}
		if p.elem, err = planType(t.Elem(), above); err != nil {
			return nil, err
		}
		p.schema.AdditionalProperties = p.elem.schema
		return set(kindMap, "object", "")
	case reflect.Struct:
		if p.fields, err = planStruct(t, above); err != nil {
			return nil, err
		}
		if p.fields.hasFile() {
			return nil, errors.New("files are taken by the fields of the action's own struct only")
		}
		p.kind, p.schema = kindStruct, p.fields.schema
		return p, nil
	default:
		return nil, fmt.Errorf("values cannot be converted to %s", t)
	}
}

// readRules adds the constraints that tags ask for to the schema, and compiles
// those of lists and of leaves apart: a failure then names its input.
func (p *plan) readRules(tag reflect.StructTag) error {
	leaf := p
	for leaf.kind == kindSlice {
		leaf = leaf.elem
	}
	number := leaf.kind == kindInt || leaf.kind == kindUint || leaf.kind == kindFloat
	text := leaf.kind == kindString || leaf.kind == kindText
	s := leaf.schema
	rules := []struct {
		tag   string
		fits  bool
		what  string
		apply func(string) error
	}{
		{"minimum", number, "numbers", float(&s.Minimum)},
		{"maximum", number, "numbers", float(&s.Maximum)},
		{"minLength", text, "text", whole(&s.MinLength)},
		{"maxLength", text, "text", whole(&s.MaxLength)},
		{"pattern", text, "text", func(v string) error { s.Pattern = v; return nil }},
		{"enum", text || number, "text and numbers", func(v string) error { return leaf.readEnum(v) }},
		{"minItems", p.kind == kindSlice, "slices", whole(&p.schema.MinItems)},
		{"maxItems", p.kind == kindSlice, "slices", whole(&p.schema.MaxItems)},
	}
	for _, r := range rules {
		v, ok := tag.Lookup(r.tag)
		if !ok {
			continue
		}
		if !r.fits {
			return fmt.Errorf("tag %s:%q: it is for %s only", r.tag, v, r.what)
		}
		if err := r.apply(v); err != nil {
			return fmt.Errorf("tag %s:%q: %w", r.tag, v, err)
		}
	}
	if err := leaf.compileRules(); err != nil {
		return err
	}
	if leaf != p {
		return p.compileRules()
	}
	return nil
}

func float(to **float64) func(string) error {
	return func(v string) error {
		f, err := strconv.ParseFloat(v, 64)
		*to = &f
		if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
			return errors.New("want a number")
		}
		return nil
	}
}

func whole(to **int) func(string) error {
	return func(v string) error {
		n, err := strconv.Atoi(v)
		*to = &n
		if err != nil || n < 0 {
			return errors.New("want a whole number, 0 or more")
		}
		return nil
	}
}

// readEnum takes the values in the list, each as the field's type has it.
func (p *plan) readEnum(list string) error {
	for one := range strings.SplitSeq(list, ",") {
		var k check
		v := reflect.New(p.typ).Elem()
		p.convert(&k, "", one, v)
		if len(k.failed) > 0 {
			return k.failed[0].Err
		}
		if p.kind == kindText {
			p.schema.Enum = append(p.schema.Enum, one)
			continue
		}
		p.schema.Enum = append(p.schema.Enum, v.Interface())
	}
	return nil
}

// compileRules compiles the constraints of one schema, without those of its
// elements, and puts them into words.
func (p *plan) compileRules() error {
	own := *p.schema
	own.Items = nil
	if p.expect = inWords(&own); p.expect == "" {
		return nil
	}
	rules, err := own.Resolve(nil)
	if err != nil {
		return err
	}
	p.rules = rules
	return nil
}

// inWords says what the constraints of a schema ask for, "" where there are
// none.
func inWords(s *jsonschema.Schema) string {
	var parts []string
	span := func(unit string, from, to string) {
		switch {
		case from != "" && to != "":
			parts = append(parts, "from "+from+" to "+to+unit)
		case from != "":
			parts = append(parts, "at least "+from+unit)
		case to != "":
			parts = append(parts, "at most "+to+unit)
		}
	}
	span("", number(s.Minimum), number(s.Maximum))
	span(" characters", count(s.MinLength), count(s.MaxLength))
	span(" elements", count(s.MinItems), count(s.MaxItems))
	if s.Pattern != "" {
		parts = append(parts, "text that matches "+s.Pattern)
	}
	if len(s.Enum) > 0 {
		names := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			names[i] = fmt.Sprint(v)
		}
		parts = append(parts, "one of "+strings.Join(names, ", "))
	}
	return strings.Join(parts, ", and ")
}

func number(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}

func count(n *int) string {
	if n == nil {
		return ""
	}
	return strconv.Itoa(*n)
}

// hasFile tells whether a field takes uploads.
func (p *structPlan) hasFile() bool {
	return slices.ContainsFunc(p.fields, func(f fieldPlan) bool {
		return f.kind == kindFile || f.kind == kindSlice && f.elem.kind == kindFile
	})
}

// inputs describes the fields as inputs, for the allow-list and for people.
func (p *structPlan) inputs() Inputs {
	in := Inputs{}
	for i := range p.fields {
		f := &p.fields[i]
		file := f.kind == kindFile || f.kind == kindSlice && f.elem.kind == kindFile
		in[f.name] = Input{Description: f.description, Required: f.required, Default: f.def, File: file}
	}
	return in
}
