package openapi

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
)

// field is one input of one version of an action.
type field struct {
	name        string
	description string
	schema      *schema // of its JSON form, without the description and without files
	required    bool
	file        bool
	files       []nestedFile
}

// nestedFile is a file inside an object, named as in a form: "user[avatar]".
type nestedFile struct {
	name     string
	schema   *schema
	required bool // and so are all enclosing objects
}

// fieldsOf returns the inputs of an action: those of a typed action in the order of its struct,
// others by name.
func (b *builder) fieldsOf(a *dispatch.Action) ([]field, error) {
	at := place{name: b.versionName(a) + "Input"}
	if in := a.InputSchema(); in != nil {
		return b.typedFields(a, in, at)
	}
	var out []field
	for _, name := range slices.Sorted(maps.Keys(a.Inputs)) {
		in := a.Inputs[name]
		s, err := b.inputSchema(in, at.at(name))
		if err != nil {
			return nil, fmt.Errorf("openapi: action %q, input %q: %w", a.Name, name, err)
		}
		f := field{name: name, description: in.Description, schema: s, required: isRequired(in), file: in.File}
		f.files = b.nestedPlainFiles(in, name, f.required)
		if f.required && s.is("string") && !in.File && s.minLength == nil {
			s.minLength = new(1) // an empty string counts as missing
		}
		out = append(out, f)
	}
	return out, nil
}

func (b *builder) typedFields(a *dispatch.Action, in *jsonschema.Schema, at place) ([]field, error) {
	c := converter{b: b, defs: in.Defs, inputs: true}
	var out []field
	for _, name := range propertyNames(in) {
		declared := a.Inputs[name]
		js := in.Properties[name]
		s, err := c.convert(js, at.at(name), false)
		if err != nil {
			return nil, fmt.Errorf("openapi: the input %q of action %q: %w", name, a.Name, err)
		}
		required := slices.Contains(in.Required, name)
		f := field{name: name, description: s.description, schema: s, required: required, file: declared.File}
		if js.Description != declared.Description {
			f.description = declared.Description // the program may have changed it
		}
		s.description = ""
		if !f.file {
			f.files = nestedFiles(js, in.Defs, name, required, map[string]bool{})
		}
		out = append(out, f)
	}
	return out, nil
}

// nestedFiles returns the files inside an object, except for those inside lists, whose number is
// unknown.
func nestedFiles(s *jsonschema.Schema, defs map[string]*jsonschema.Schema, name string, required bool, above map[string]bool) []nestedFile {
	if s.Ref != "" {
		def := definitionOf(s.Ref)
		if above[def] {
			return nil
		}
		above[def] = true
		defer delete(above, def)
		s = defs[def]
	}
	var out []nestedFile
	for _, member := range propertyNames(s) {
		p := s.Properties[member]
		full, needed := name+"["+member+"]", required && slices.Contains(s.Required, member)
		if isBinary(p) {
			out = append(out, nestedFile{full, binary(p.Items != nil).with(p.Description), needed})
			continue
		}
		out = append(out, nestedFiles(p, defs, full, needed, above)...)
	}
	return out
}

func (b *builder) nestedPlainFiles(in dispatch.Input, name string, required bool) []nestedFile {
	if in.List || in.Map {
		return nil
	}
	var out []nestedFile
	for _, member := range slices.Sorted(maps.Keys(in.Schema)) {
		m := in.Schema[member]
		full, needed := name+"["+member+"]", required && isRequired(m)
		if m.File {
			out = append(out, nestedFile{full, binary(m.List || b.opts.Multiples).with(m.Description), needed})
			continue
		}
		out = append(out, b.nestedPlainFiles(m, full, needed)...)
	}
	return out
}

// binary describes a file, or a list of files.
func binary(list bool) *schema {
	s := &schema{types: []string{"string"}, format: "binary"}
	if list {
		return &schema{types: []string{"array"}, items: s}
	}
	return s
}

// isRequired reports whether a request must have the input. One with a default may be missing.
func isRequired(in dispatch.Input) bool {
	return in.Required && in.Default == nil && in.DefaultFunc == nil
}

// inputSchema describes the JSON form of a plain input without its description.
func (b *builder) inputSchema(in dispatch.Input, at place) (s *schema, err error) {
	switch {
	case in.File:
		return binary(in.List || b.opts.Multiples), nil
	case len(in.Schema) > 0:
		if s, err = b.membersOf(in.Schema, at, in.List); err != nil {
			return nil, err
		}
	default:
		s = byFormatter(in)
	}
	switch {
	case in.List:
		s = &schema{types: []string{"array"}, items: s}
	case in.Map:
		s = &schema{types: []string{"object"}, additional: s}
	}
	if in.Default != nil {
		if s.def, err = json.Marshal(in.Default); err != nil {
			return nil, fmt.Errorf("its default: %w", err)
		}
	}
	return s, nil
}

// membersOf makes a component of an object's members.
func (b *builder) membersOf(members dispatch.Inputs, at place, list bool) (*schema, error) {
	if list {
		at = at.at("Item")
	}
	c := b.newComponent(at.name)
	c.parent = at.parent
	c.schema = typed("object")
	for _, name := range slices.Sorted(maps.Keys(members)) {
		in := members[name]
		p, err := b.inputSchema(in, place{parent: c}.at(name))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if in.File {
			continue // JSON cannot contain files
		}
		p, description := inJSON(p, in.Description)
		c.schema.describe(name, description, p, isRequired(in))
	}
	return refTo(c), nil
}

// byFormatter describes what a plain input accepts if its first formatter is one of package
// dispatch. What other formatters accept is unknown.
func byFormatter(in dispatch.Input) *schema {
	if in.List || in.Map || len(in.Formatters) == 0 {
		return anything()
	}
	is := func(f func(context.Context, any) (any, error)) bool {
		return reflect.ValueOf(in.Formatters[0]).Pointer() == reflect.ValueOf(f).Pointer()
	}
	switch {
	case is(dispatch.ToString):
		return typed("string")
	case is(dispatch.ToInt):
		return &schema{types: []string{"integer"}, format: "int64"}
	case is(dispatch.ToFloat):
		return &schema{types: []string{"number"}, format: "double"}
	case is(dispatch.ToBool):
		return typed("boolean")
	}
	return anything()
}

// inJSON returns the schema for JSON. It moves a default that is not a string, number or bool to
// the description, because code generators do not support others.
func inJSON(s *schema, description string) (*schema, string) {
	if s.def == nil || s.isScalar() && fits(s.def, s) {
		return s, description
	}
	c := s.clone()
	c.def = nil
	return c, join(description, "The default is "+string(s.def)+".")
}

// fits reports whether a default has the type that a schema describes.
func fits(def json.RawMessage, s *schema) bool {
	t := s.target()
	switch def[0] {
	case '"':
		return t.is("string")
	case 't', 'f':
		return t.is("boolean")
	case '{', '[', 'n':
		return false
	}
	return t.is("number") || t.is("integer")
}

// inText returns the schema for a value written as one string. Values of any type become strings
// there, and so do those that are a string or a number.
func inText(s *schema) *schema {
	switch t := s.target(); {
	case s.isAnything():
		c := s.clone()
		c.types = []string{"string"}
		if c.def != nil && c.def[0] != '"' {
			c.def = appendText(nil, string(c.def))
		}
		return c
	case s.isScalar() && t.oneOf != nil:
		c := &schema{types: []string{"string"}, description: s.description, deprecated: s.deprecated, examples: s.examples}
		for _, one := range t.oneOf {
			if one.is("string") {
				c.description, c.def = join(c.description, one.description), one.def
			}
		}
		return c
	}
	return s
}

// textList returns the schema of a list in a query or a form if its elements are written as
// strings; otherwise ok is false. Its length is limited.
func (b *builder) textList(s *schema) (_ *schema, ok bool) {
	items, ok := s.isList()
	if !ok || !items.isScalar() && !items.isAnyText() {
		return nil, false
	}
	c := b.limited(s)
	c.items = inText(items)
	return c, true
}

// limited returns the schema of a list in a query or a form, where the parser limits its length.
func (b *builder) limited(list *schema) *schema {
	c := list.target().clone()
	c.description, c.deprecated, c.def, c.examples = list.description, list.deprecated, list.def, list.examples
	if most := b.dispatch.Params.ListLimit(); c.maxItems == nil || *c.maxItems > most {
		c.maxItems = &most
	}
	return c
}

// portablePattern moves a pattern that is not valid in ECMA-262 to the description.
func portablePattern(s *schema) {
	if s.pattern != "" && notECMA.MatchString(s.pattern) {
		s.description = join(s.description, "It matches the RE2 expression "+s.pattern+".")
		s.pattern = ""
	}
}

// join adds a sentence to a description.
func join(description, sentence string) string {
	if sentence == "" {
		return description
	}
	if description != "" && !strings.ContainsAny(description[len(description)-1:], ".!?") {
		description += "."
	}
	return strings.TrimSpace(description + " " + sentence)
}

// mergedFields merges the inputs of all versions.
func mergedFields(all [][]field) []field {
	if len(all) == 1 {
		return all[0]
	}
	var out []field
	seen := map[string]bool{}
	for _, version := range all {
		for _, f := range version {
			if !seen[f.name] {
				seen[f.name] = true
				out = append(out, *merged(all, f.name))
			}
		}
	}
	return out
}

// merged merges one input of all versions. It is required if all versions require it, and may be
// anything if they disagree about its type. It is nil if no version has it.
func merged(all [][]field, name string) *field {
	var out *field
	required := true
	for _, version := range all {
		i := slices.IndexFunc(version, func(f field) bool { return f.name == name })
		switch {
		case i < 0:
			required = false
		case out == nil:
			f := version[i]
			out, required = &f, required && f.required
		default:
			f := &version[i]
			required = required && f.required
			if out.file != f.file {
				out.file, out.files, out.schema = false, nil, anything()
			} else if !sameSchema(out.schema, f.schema) {
				out.schema = either(out.schema, f.schema)
			}
		}
	}
	if out != nil {
		out.required = required
	}
	return out
}

// either describes a value that fits one of two schemas. If they have lists or objects it may be
// anything, because few code generators can distinguish these.
func either(a, b *schema) *schema {
	if !a.isPlain() || !b.isPlain() || a.is(b.firstType()) {
		return anything()
	}
	return &schema{oneOf: []*schema{withoutDefault(a), withoutDefault(b)}}
}

// firstType returns the type of a plain schema.
func (s *schema) firstType() string { return s.target().types[0] }

// withoutDefault returns the schema without its default.
func withoutDefault(s *schema) *schema {
	c := s.clone()
	c.def = nil
	return c
}
