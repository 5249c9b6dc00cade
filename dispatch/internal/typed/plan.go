package typed

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// kind selects how a value is converted.
type kind int

const (
	kindString kind = iota
	kindBool
	kindInt
	kindUint
	kindAny
	kindRaw // json.RawMessage
	kindFloat
	kindNumber // json.Number
	kindBytes
	kindTime
	kindDuration
	kindText // with UnmarshalText
	kindJSON // with UnmarshalJSON, possibly also UnmarshalText
	kindFile
	kindSlice
	kindArray
	kindMap
	kindStruct
)

// lastScalar is the last of the kinds made directly from one string.
const lastScalar = kindUint

// plan describes how to convert values of one type. It is made once, and contains itself if its
// type does.
type plan struct {
	kind    kind
	typ     reflect.Type // without pointers
	pointer int          // the number of pointers in front of it
	elem    *plan        // of a slice, array or map
	key     *plan        // of a map whose keys are not plain strings
	fields  []fieldPlan  // of a struct
	byName  map[string]int
	wanted  uint64 // a bit for each field that is required or has a default
	byText  bool   // a kindJSON that also has UnmarshalText
	quoted  bool   // `json:",string"`
	rules   *rules // nil for none
	whole   bool   // false while its type is being read
	shape   *params.Shape
}

// fieldPlan is one field of a struct.
type fieldPlan struct {
	*plan
	name        string
	index       []int
	required    bool
	def         any // the default in the notation of a query; nil for none
	description string
	example     any // the JSON value of the example; nil for none
	deprecated  bool
}

var (
	typeTime     = reflect.TypeFor[time.Time]()
	typeDuration = reflect.TypeFor[time.Duration]()
	typeFile     = reflect.TypeFor[*upload.File]()
	typeRaw      = reflect.TypeFor[json.RawMessage]()
	typeNumber   = reflect.TypeFor[json.Number]()
	typeText     = reflect.TypeFor[encoding.TextUnmarshaler]()
	typeJSON     = reflect.TypeFor[json.Unmarshaler]()
)

func isFile(v any) bool {
	switch v.(type) {
	case *upload.File, []*upload.File:
		return true
	}
	return false
}

// isUpload reports whether a type is upload.File, a type made of it, or the type that net/http
// uses for an uploaded file. Only the server may fill their fields: a client must not choose a
// path.
func isUpload(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && (t.ConvertibleTo(typeFile.Elem()) || t.ConvertibleTo(reflect.TypeFor[multipart.FileHeader]()))
}

func errUnfilled(t reflect.Type) error {
	return fmt.Errorf("no upload can fill a %s: want *upload.File or []*upload.File", t)
}

// planner reads types, each once.
type planner struct {
	known map[reflect.Type]*plan
}

// of reads a type. It registers a plan before it is complete, for types that contain themselves.
func (pl *planner) of(t reflect.Type) (*plan, error) {
	if p, ok := pl.known[t]; ok {
		return p, nil
	}
	p := &plan{shape: &params.Shape{}}
	pl.known[t] = p
	if t == typeFile {
		p.kind, p.typ, p.shape.Kind, p.whole = kindFile, t, params.ShapeFile, true
		return p, nil
	}
	given := t
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
		p.pointer++
	}
	p.typ = t
	if isUpload(t) {
		return nil, errUnfilled(given)
	}
	err := pl.read(p, given)
	p.whole = true
	return p, err
}

// read determines the kind of a type without its pointers, and its parts.
func (pl *planner) read(p *plan, given reflect.Type) error {
	t := p.typ
	scalar := func(k kind, everyString bool) error {
		p.kind, p.shape.Kind, p.shape.Text = k, params.ShapeScalar, everyString
		return nil
	}
	byText := reflect.PointerTo(t).Implements(typeText)
	switch {
	case t == typeTime:
		return scalar(kindTime, true)
	case t == typeDuration:
		return scalar(kindDuration, true)
	case t == typeRaw:
		p.kind, p.shape.JSON = kindRaw, params.MustBeJSON
		return nil
	case t == typeNumber:
		return scalar(kindNumber, false)
	case reflect.PointerTo(t).Implements(typeJSON):
		p.kind, p.byText = kindJSON, byText
		// p.shape itself must stay: a type that contains itself refers to it already.
		if *p.shape = ownShape(t); byText && p.shape.Kind == params.ShapeAny {
			return scalar(kindJSON, true)
		}
		return nil
	case byText:
		return scalar(kindText, true)
	}
	switch t.Kind() {
	case reflect.Interface:
		if t.NumMethod() > 0 {
			return fmt.Errorf("values cannot be converted to the interface %s: want a type, or any", t)
		}
		p.kind = kindAny
		return nil
	case reflect.String:
		return scalar(kindString, true)
	case reflect.Bool:
		return scalar(kindBool, false)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return scalar(kindInt, false)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return scalar(kindUint, false)
	case reflect.Float32, reflect.Float64:
		return scalar(kindFloat, false)
	case reflect.Slice, reflect.Array:
		return pl.readList(p, given)
	case reflect.Map:
		return pl.readMap(p)
	case reflect.Struct:
		return pl.readStruct(p)
	default:
		return fmt.Errorf("values cannot be converted to %s", t)
	}
}

func (pl *planner) readList(p *plan, given reflect.Type) (err error) {
	t := p.typ
	if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 && !reflect.PointerTo(t.Elem()).Implements(typeText) && !reflect.PointerTo(t.Elem()).Implements(typeJSON) {
		p.kind, p.shape.Kind, p.shape.Text = kindBytes, params.ShapeScalar, true
	} else {
		p.kind, p.shape.Kind = kindSlice, params.ShapeList
		if t.Kind() == reflect.Array {
			p.kind = kindArray
		}
	}
	if p.elem, err = pl.of(t.Elem()); err != nil {
		return err
	}
	if p.kind != kindBytes {
		p.shape.Elem = p.elem.shape
	}
	if p.elem.kind == kindFile && (p.kind != kindSlice || p.pointer > 0) || p.holdsFiles() && p.elem.holdsFiles() {
		return errUnfilled(given)
	}
	return nil
}

// holdsFiles reports whether the elements of a list are files or lists of files.
func (p *plan) holdsFiles() bool {
	for p.kind == kindSlice || p.kind == kindArray {
		if p.elem == nil || p.elem == p { // a type that contains itself
			return false
		}
		if p.elem.kind == kindFile {
			return true
		}
		p = p.elem
	}
	return false
}

func (pl *planner) readMap(p *plan) (err error) {
	key := p.typ.Key()
	switch k := key.Kind(); {
	case reflect.PointerTo(key).Implements(typeText), isInteger(k):
		if p.key, err = pl.of(key); err != nil {
			return err
		}
	case k != reflect.String:
		return fmt.Errorf("the keys of %s are neither strings nor integers, and have no UnmarshalText", p.typ)
	}
	if p.elem, err = pl.of(p.typ.Elem()); err != nil {
		return err
	}
	p.kind, p.shape.Kind, p.shape.Elem = kindMap, params.ShapeMap, p.elem.shape
	return nil
}

func isInteger(k reflect.Kind) bool { return k >= reflect.Int && k <= reflect.Uintptr }

func (pl *planner) readStruct(p *plan) error {
	p.kind, p.shape.Kind, p.shape.Members = kindStruct, params.ShapeObject, map[string]*params.Shape{}
	p.byName = map[string]int{}
	fields, err := fieldsOf(p.typ)
	if err != nil {
		return err
	}
	var problems []error
	for i := range fields {
		f, err := pl.readField(&fields[i])
		if err != nil {
			problems = append(problems, fmt.Errorf("field %s: %w", fields[i].Name, err))
			continue
		}
		if f.required || f.def != nil {
			p.wanted |= 1 << len(p.fields)
		}
		p.byName[f.name] = len(p.fields)
		p.fields = append(p.fields, *f)
		p.shape.Members[f.name] = f.shape
	}
	return errors.Join(problems...)
}

// readField reads a field. If its tags add anything to its type, it gets its own plan.
func (pl *planner) readField(f *field) (*fieldPlan, error) {
	p, err := pl.of(f.Type)
	if err != nil {
		return nil, err
	}
	if err := checkTags(f.Tag); err != nil {
		return nil, err
	}
	out := &fieldPlan{plan: p, name: f.name, index: f.index, description: f.Tag.Get("description")}
	if f.quoted {
		own := *p
		own.quoted = true
		out.plan = &own
	}
	if out.plan, err = out.plan.withRules(f.Tag); err != nil {
		return nil, err
	}
	switch v := f.Tag.Get("required"); v {
	case "", "false":
	case "true":
		out.required = true
	default:
		return nil, fmt.Errorf("tag required:%q: want true or false", v)
	}
	if text, ok := f.Tag.Lookup("default"); ok {
		if err := out.readDefault(text); err != nil {
			return nil, fmt.Errorf("tag default:%q: %w", text, err)
		}
	}
	return out, out.readDocumentation(f.Tag)
}

// Inputs fills a struct with the inputs of an action.
type Inputs struct {
	typ    reflect.Type
	root   *plan
	shapes map[string]*params.Shape
	schema *jsonschema.Schema
	direct bool // no struct has more than mostFields fields
}

// Of reads a struct type. Its error joins the problems of all fields.
func Of(t reflect.Type) (*Inputs, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("the inputs of a typed action are a struct, not %s", t)
	}
	for _, own := range []struct {
		method string
		typ    reflect.Type
	}{{"UnmarshalJSON", typeJSON}, {"UnmarshalText", typeText}} {
		if reflect.PointerTo(t).Implements(own.typ) {
			return nil, fmt.Errorf("%s has a method %s, perhaps of an embedded struct: inputs are read field by field, so it would not be called", t, own.method)
		}
	}
	pl := &planner{known: map[reflect.Type]*plan{}}
	root, err := pl.of(t)
	if err == nil {
		err = checkFiles(root, map[*plan]bool{})
	}
	if err != nil {
		return nil, err
	}
	direct := !contains(root, func(p *plan) bool { return len(p.fields) > mostFields }, map[*plan]bool{})
	schema, err := schemaOf(root)
	if err != nil {
		return nil, err
	}
	return &Inputs{typ: t, root: root, shapes: root.shape.Members, schema: schema, direct: direct}, nil
}

// Shapes returns the shape of each parameter.
func (in *Inputs) Shapes() map[string]*params.Shape { return in.shapes }

// Schema returns the JSON schema of all parameters.
func (in *Inputs) Schema() *jsonschema.Schema { return in.schema }

// Field describes one parameter apart from its type.
type Field struct {
	Name, Description string
	Required          bool
	Default           any
	File, List        bool
}

// Fields returns the parameters in the order of the struct.
func (in *Inputs) Fields() []Field {
	out := make([]Field, len(in.root.fields))
	for i := range in.root.fields {
		f := &in.root.fields[i]
		list := f.kind == kindSlice || f.kind == kindArray
		out[i] = Field{
			Name: f.name, Description: f.description, Required: f.required, Default: f.def,
			File: f.kind == kindFile || list && f.elem.kind == kindFile, List: list,
		}
	}
	return out
}

// checkFiles refuses files below a map: uploads need a declared name.
func checkFiles(p *plan, seen map[*plan]bool) error {
	if p == nil || seen[p] {
		return nil
	}
	seen[p] = true
	isFile := func(p *plan) bool { return p.kind == kindFile }
	if p.kind == kindMap && contains(p.elem, isFile, map[*plan]bool{}) {
		return fmt.Errorf("no upload can fill a file in a %s: want fields, or a list of structs", p.typ)
	}
	if err := checkFiles(p.elem, seen); err != nil {
		return err
	}
	for i := range p.fields {
		f := &p.fields[i]
		if (f.kind == kindFile || f.holdsFiles()) && strings.ContainsAny(f.name, "[]") {
			return fmt.Errorf("field %s: no file reaches it: brackets in the name of a form's field nest, so that name[] is a list \"name\"", f.name)
		}
		if err := checkFiles(f.plan, seen); err != nil {
			return fmt.Errorf("field %s: %w", f.name, err)
		}
	}
	return nil
}

// contains reports whether is is true for a type or one that it contains.
func contains(p *plan, is func(*plan) bool, seen map[*plan]bool) bool {
	if p == nil || seen[p] {
		return false
	}
	seen[p] = true
	return is(p) || contains(p.elem, is, seen) || slices.ContainsFunc(p.fields, func(f fieldPlan) bool { return contains(f.plan, is, seen) })
}
