package typed

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/internal/typename"
)

// readDefault reads a default in the notation of a query, and checks that it converts.
func (f *fieldPlan) readDefault(text string) error {
	switch f.kind {
	case kindFile, kindStruct, kindMap:
		return errors.New("files, structs and maps have no default")
	}
	f.def = f.textValue(text)
	_, err := f.tried(f.def)
	return err
}

// textValue returns the value that a query would hold for text. The elements of a list are
// separated by commas.
func (p *plan) textValue(text string) any {
	if !p.isList() {
		return text
	}
	var list []any
	for one := range strings.SplitSeq(text, ",") {
		list = append(list, one)
	}
	return list
}

// tried converts a value from a query.
func (p *plan) tried(value any) (reflect.Value, error) {
	var r Report
	to := reflect.New(p.typ).Elem()
	p.convert(&conversion{report: &r, text: true}, "", value, to)
	if len(r.Failed) > 0 {
		return to, errors.New("must be " + r.Failed[0].Want + ", got " + r.Failed[0].Got)
	}
	return to, nil
}

// schemas describes which JSON the plans accept. It omits what they accept beyond that: numbers
// as strings, and null for optional members.
type schemas struct {
	defs     *definitions
	problems []error
}

// schemaOf describes the inputs of an action.
func schemaOf(root *plan) (*jsonschema.Schema, error) {
	s := schemas{defs: newDefinitions()}
	out := s.defs.rootOf(definitionKey{typ: root.typ}, func() *jsonschema.Schema { return s.object(root) })
	return out, errors.Join(s.problems...)
}

// of describes a plan, by reference to a definition if its type has a name and either several
// parts or methods of its own, otherwise in place.
func (s *schemas) of(p *plan) *jsonschema.Schema {
	if p.quoted && p.kind != kindText && p.kind != kindJSON { // types with methods ignore the option
		return s.quoted(p)
	}
	if p.typ.PkgPath() != "" && p.rules == nil && !isKnown(p.typ) && p.kind != kindFile && p.elem.hasNoRules() {
		_, has, err := described(p.typ)
		switch {
		case has, err != nil, p.kind == kindStruct, p.elem != nil, p.kind == kindText, p.kind == kindJSON:
			return s.defs.refer(definitionKey{typ: p.typ}, func() *jsonschema.Schema { return s.value(p) })
		}
	}
	out := s.value(p)
	p.rules.describe(out)
	return out
}

// hasNoRules reports whether neither the list nor its elements have rules of their own.
func (p *plan) hasNoRules() bool {
	for seen := map[*plan]bool{}; p != nil && !seen[p]; p = p.elem {
		if p.rules != nil {
			return false
		}
		seen[p] = true
	}
	return true
}

func (s *schemas) object(p *plan) *jsonschema.Schema {
	out := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}}
	for i := range p.fields {
		f := &p.fields[i]
		one := s.of(f.plan)
		one.Description = f.description
		one.Deprecated = f.deprecated
		if f.example != nil {
			one.Examples = []any{f.example}
		}
		f.describeDefault(one)
		out.Properties[f.name] = one
		out.PropertyOrder = append(out.PropertyOrder, f.name)
		if f.required && f.def == nil {
			out.Required = append(out.Required, f.name)
			f.requireText(one)
		}
	}
	return out
}

// requireText requires a string to be non-empty, because an empty one counts as missing.
func (p *plan) requireText(s *jsonschema.Schema) {
	switch p.kind {
	case kindString, kindText, kindBytes:
		if s.Enum == nil && (s.MinLength == nil || *s.MinLength == 0) {
			s.MinLength = new(1)
		}
	}
}

// describeDefault adds the default as a JSON value. For a duration this is the string from the
// tag.
func (f *fieldPlan) describeDefault(s *jsonschema.Schema) {
	if f.def == nil {
		return
	}
	if f.kind == kindDuration && s.OneOf != nil {
		s.OneOf[0].Default = quote(fmt.Sprint(f.def))
		return
	}
	if v, ok := f.sentAs(f.def); ok {
		if b, err := json.Marshal(v); err == nil {
			s.Default = b
		}
	}
}

// sentAs returns the JSON value that corresponds to a value in a query.
func (p *plan) sentAs(value any) (any, bool) {
	v, err := p.tried(value)
	if err != nil {
		return nil, false
	}
	if text, ok := value.(string); ok && (p.kind == kindDuration || (p.kind == kindText || p.kind == kindJSON) && !marshals(p.typ, true)) {
		return text, true // the type cannot be encoded, or has another form then
	}
	text, err := json.Marshal(v.Addr().Interface())
	if err != nil {
		return nil, false
	}
	if p.quoted {
		return string(text), true
	}
	out, err := decoded(text)
	return out, err == nil
}

// quoted describes a value with the option "string" of encoding/json.
func (s *schemas) quoted(p *plan) *jsonschema.Schema {
	own := *p
	own.quoted, own.rules = false, nil
	if p.kind == kindDuration {
		return quotedSchema(numberSchema(p.typ))
	}
	return quotedSchema(s.value(&own))
}

// value describes values in place.
func (s *schemas) value(p *plan) *jsonschema.Schema {
	if own, ok, err := described(p.typ); err != nil {
		s.problems = append(s.problems, err)
		return &jsonschema.Schema{}
	} else if ok {
		return own
	}
	switch p.kind {
	case kindString:
		return &jsonschema.Schema{Type: "string"}
	case kindText:
		return textSchema(p.typ)
	case kindTime:
		return &jsonschema.Schema{Type: "string", Format: "date-time"}
	case kindDuration:
		return durationSchema()
	case kindBytes:
		return bytesSchema()
	case kindBool:
		return &jsonschema.Schema{Type: "boolean"}
	case kindInt, kindUint, kindFloat:
		return numberSchema(p.typ)
	case kindNumber:
		return &jsonschema.Schema{Type: "number"}
	case kindFile:
		return &jsonschema.Schema{Type: "string", Format: "binary"}
	case kindSlice:
		return &jsonschema.Schema{Type: "array", Items: s.of(p.elem)}
	case kindArray:
		n := p.typ.Len()
		return &jsonschema.Schema{Type: "array", Items: s.of(p.elem), MaxItems: &n}
	case kindMap:
		return mapSchema(p.typ.Key(), reflect.PointerTo(p.typ.Key()).Implements(typeText), s.of(p.elem))
	case kindStruct:
		return s.object(p)
	case kindRaw:
		return &jsonschema.Schema{Comment: typename.JSONText}
	case kindJSON:
		switch p.typ {
		case typeBig:
			return &jsonschema.Schema{Type: "integer"}
		case typeLevel:
			return &jsonschema.Schema{Type: "string"}
		}
	}
	return &jsonschema.Schema{}
}

// durationSchema describes a duration: written by hand, or in nanoseconds, as encoding/json
// encodes it.
func durationSchema() *jsonschema.Schema {
	return &jsonschema.Schema{OneOf: []*jsonschema.Schema{
		{Type: "string", Pattern: `^[+-]?(0|([0-9]+(\.[0-9]*)?(ns|us|ms|s|m|h))+)$`, Description: `such as "1m30s"`},
		{Type: "integer", Format: "int64", Description: "in nanoseconds"},
	}}
}

// describe adds the rules to a schema.
func (r *rules) describe(s *jsonschema.Schema) {
	if r == nil {
		return
	}
	if r.min != nil {
		s.Minimum = new(within(r.min.text, math.Inf(1)))
	}
	if r.max != nil {
		s.Maximum = new(within(r.max.text, math.Inf(-1)))
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

// within returns a limit as a float64 that allows nothing beyond it: if float64 cannot hold the
// limit exactly, the next number in the given direction.
func within(limit string, direction float64) float64 {
	f, _ := strconv.ParseFloat(limit, 64) // it was parsed as a number before
	exact, ok := new(big.Rat).SetString(limit)
	if !ok {
		return f
	}
	if sign := new(big.Rat).SetFloat64(f).Cmp(exact); sign != 0 && sign > 0 != (direction > 0) {
		return math.Nextafter(f, direction)
	}
	return f
}
