package typed

import (
	"encoding/json"
	"errors"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// readDefault takes a default as a query would give it, and tries it.
func (f *fieldPlan) readDefault(text string) error {
	f.def = text
	switch f.kind {
	case kindFile, kindStruct, kindMap:
		return errors.New("files, structs and maps have no default")
	case kindSlice, kindArray:
		var list []any
		for one := range strings.SplitSeq(text, ",") {
			list = append(list, one)
		}
		f.def = list
	}
	var r Report
	f.convert(&conversion{report: &r, text: true}, f.name, f.def, reflect.New(f.typ).Elem())
	if len(r.Failed) > 0 {
		return errors.New("must be " + r.Failed[0].Want + ", got " + r.Failed[0].Got)
	}
	return nil
}

// schemas describes plans. A type that contains itself is a definition, to
// which what is inside refers.
type schemas struct {
	defs    map[string]*jsonschema.Schema
	names   map[*plan]string
	open    map[*plan]bool
	recurse map[*plan]bool
}

// schemaOf describes the inputs of an action.
func schemaOf(root *plan) *jsonschema.Schema {
	s := schemas{defs: map[string]*jsonschema.Schema{}, names: map[*plan]string{}, open: map[*plan]bool{}, recurse: map[*plan]bool{}}
	out := s.of(root)
	if len(s.defs) > 0 {
		out.Defs = s.defs
	}
	return out
}

func (s *schemas) of(p *plan) *jsonschema.Schema {
	if p.elem == nil && p.kind != kindStruct {
		out := s.simple(p)
		p.rules.describe(out)
		return out
	}
	ref := func() *jsonschema.Schema { return &jsonschema.Schema{Ref: "#/$defs/" + s.name(p)} }
	if s.open[p] {
		s.recurse[p] = true
		return ref()
	}
	s.open[p] = true
	var out *jsonschema.Schema
	if p.kind == kindStruct {
		out = s.object(p)
	} else {
		out = s.simple(p)
		p.rules.describe(out)
	}
	delete(s.open, p)
	if !s.recurse[p] {
		return out
	}
	s.defs[s.name(p)] = out
	if len(s.open) > 0 {
		return ref()
	}
	root := *out // to which the definitions are added
	return &root
}

// name gives a type a name of its own.
func (s *schemas) name(p *plan) string {
	if name, ok := s.names[p]; ok {
		return name
	}
	base := p.typ.Name()
	if i := strings.IndexByte(base, '['); i >= 0 {
		base = base[:i]
	}
	if base == "" {
		base = "Object"
	}
	name := base
	for n := 2; ; n++ {
		taken := false
		for _, other := range s.names {
			taken = taken || other == name
		}
		if !taken {
			break
		}
		name = base + strconv.Itoa(n)
	}
	s.names[p] = name
	return name
}

func (s *schemas) object(p *plan) *jsonschema.Schema {
	out := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	for i := range p.fields {
		f := &p.fields[i]
		one := s.of(f.plan)
		one.Description = f.description
		one.Default = f.jsonDefault()
		out.Properties[f.name] = one
		out.PropertyOrder = append(out.PropertyOrder, f.name)
		if f.required {
			out.Required = append(out.Required, f.name)
		}
	}
	return out
}

// jsonDefault returns the default as JSON has it.
func (f *fieldPlan) jsonDefault() json.RawMessage {
	if f.def == nil {
		return nil
	}
	v := reflect.New(f.typ).Elem()
	f.convert(&conversion{report: &Report{}, text: true}, f.name, f.def, v)
	b, err := json.Marshal(v.Interface())
	if err != nil {
		return nil
	}
	return b
}

func (s *schemas) simple(p *plan) *jsonschema.Schema {
	switch p.kind {
	case kindString, kindText:
		return &jsonschema.Schema{Type: "string"}
	case kindTime:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case kindDuration:
		return &jsonschema.Schema{Type: "string"}
	case kindBytes:
		return &jsonschema.Schema{Type: "string", ContentEncoding: "base64"}
	case kindBool:
		return &jsonschema.Schema{Type: "boolean"}
	case kindInt:
		return &jsonschema.Schema{Type: "integer"}
	case kindUint:
		return &jsonschema.Schema{Type: "integer", Minimum: new(0.0)}
	case kindFloat, kindNumber:
		return &jsonschema.Schema{Type: "number"}
	case kindFile:
		return &jsonschema.Schema{Type: "string", Format: "binary"}
	case kindSlice:
		return &jsonschema.Schema{Type: "array", Items: s.of(p.elem)}
	case kindArray:
		n := p.typ.Len()
		return &jsonschema.Schema{Type: "array", Items: s.of(p.elem), MaxItems: &n}
	case kindMap:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: s.of(p.elem)}
	default:
		return &jsonschema.Schema{}
	}
}

// describe adds the rules to a schema.
func (r *rules) describe(s *jsonschema.Schema) {
	if r == nil {
		return
	}
	for _, l := range []struct {
		limit *limit
		to    **float64
	}{{r.min, &s.Minimum}, {r.max, &s.Maximum}} {
		if l.limit != nil {
			f, _ := strconv.ParseFloat(l.limit.text, 64) // it was read as a number before
			*l.to = &f
		}
	}
	set := func(to **int, n *int) {
		if n != nil {
			*to = n
		}
	}
	set(&s.MinLength, r.length.min)
	set(&s.MaxLength, r.length.max)
	set(&s.MinItems, r.items.min)
	set(&s.MaxItems, r.items.max)
	if r.pattern != nil {
		s.Pattern = r.pattern.String()
	}
	s.Enum = append(s.Enum, r.enum...)
}
