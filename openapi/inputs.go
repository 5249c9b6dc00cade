package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// field is one input of one version of an action.
type field struct {
	name        string
	description string
	schema      *schema // without the description
	required    bool
	file        bool
}

// fieldsOf returns the inputs of an action: those of a typed one in the order
// of its struct, others by name.
func (b *builder) fieldsOf(a *dispatch.Action) ([]field, error) {
	var out []field
	if in := a.InputSchema(); in != nil {
		s, err := schemaOf(in)
		if err != nil {
			return nil, fmt.Errorf("openapi: the inputs of action %q: %w", a.Name, err)
		}
		portable(s)
		for _, p := range s.properties {
			declared := a.Inputs[p.name]
			description := p.schema.description
			p.schema.description = ""
			if text, ok := declared.Default.(string); ok && p.schema.is("string") {
				p.schema.def = appendText(nil, text) // a time.Duration is a number in JSON
			}
			out = append(out, field{
				name: p.name, description: description, schema: p.schema,
				required: slices.Contains(s.required, p.name), file: declared.File,
			})
		}
		return out, nil
	}
	for _, name := range slices.Sorted(maps.Keys(a.Inputs)) {
		in := a.Inputs[name]
		s, err := b.inputSchema(in)
		if err != nil {
			return nil, fmt.Errorf("openapi: action %q, input %q: %w", a.Name, name, err)
		}
		out = append(out, field{name: name, description: in.Description, schema: s, required: isRequired(in), file: in.File})
	}
	return out, nil
}

// isRequired tells whether a request must have the input: one with a default
// is there without.
func isRequired(in dispatch.Input) bool {
	return in.Required && in.Default == nil && in.DefaultFunc == nil
}

// inputSchema describes a plain input, all but its description.
func (b *builder) inputSchema(in dispatch.Input) (*schema, error) {
	s := &schema{}
	switch {
	case in.File:
		s.types, s.format = []string{"string"}, "binary"
		if b.opts.Multiples {
			return &schema{types: []string{"array"}, items: s}, nil
		}
		return s, nil
	case len(in.Schema) > 0:
		s.types = []string{"object"}
		for _, name := range slices.Sorted(maps.Keys(in.Schema)) {
			p, err := b.inputSchema(in.Schema[name])
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			s.describe(name, in.Schema[name].Description, p, isRequired(in.Schema[name]))
		}
	}
	if in.Default != nil {
		def, err := json.Marshal(in.Default)
		if err != nil {
			return nil, fmt.Errorf("its default: %w", err)
		}
		s.def = def
		switch {
		case s.types != nil:
		case def[0] == '{':
			s.types = []string{"object"}
		case def[0] == '[':
			s.types = []string{"array"}
		}
	}
	return s, nil
}

// portable makes the schema of a typed action's inputs one of documents: its
// patterns are those of ECMA-262, and what has a default is not required.
func portable(s *schema) {
	if s.pattern != "" && notECMA.MatchString(s.pattern) {
		s.description = join(s.description, "It matches the RE2 expression "+s.pattern+".")
		s.pattern = ""
	}
	for i := range s.properties {
		p := &s.properties[i]
		portable(p.schema)
		p.description = p.schema.description
		if p.schema.def != nil {
			s.required = slices.DeleteFunc(slices.Clone(s.required), func(name string) bool { return name == p.name })
		}
	}
	for _, below := range []*schema{s.items, s.additional} {
		if below != nil {
			portable(below)
		}
	}
}

// join adds a sentence to a description.
func join(description, sentence string) string {
	if description != "" && !strings.ContainsAny(description[len(description)-1:], ".!?") {
		description += "."
	}
	return strings.TrimSpace(description + " " + sentence)
}

// inText returns a schema for what is written as one text: an input of any
// kind is a string there, and so is its default. A list of types would say
// more, but there are validators that want a value to be of each.
func inText(s *schema) *schema {
	if !s.isAnything() {
		return s
	}
	c := *s
	c.types = []string{"string"}
	if c.def != nil && c.def[0] != '"' {
		c.def = appendText(nil, string(c.def))
	}
	return &c
}

// parameters returns the path and query parameters of an endpoint: all inputs
// that its variables do not take, unless there is a body for them.
func (b *builder) parameters(e *endpoint, all [][]field) []parameter {
	var out []parameter
	taken := map[string]bool{}
	names := templateNames(e.path)
	for i, v := range e.variables() {
		taken[v.name] = true
		p := parameter{Name: names[i], In: "path", Required: true, Schema: typed("string")}
		if f := merged(all, v.name); f != nil {
			p.Description, p.Schema = f.description, inText(f.schema)
		} else if v.name == "apiVersion" && len(e.versions) > 0 {
			p.Description = "The version of the action."
			p.Schema = &schema{types: []string{"string"}, enum: versionsOf(e.versions)}
		}
		p.Schema = withoutDefault(p.Schema)
		p.Description = b.constrain(&p, v)
		if v.trailing {
			p.Description = join(p.Description, "It takes the rest of the path: slashes in it may be sent as they are.")
		}
		out = append(out, p)
	}
	hasBody := takesBody(e.method) && slices.ContainsFunc(all, func(fields []field) bool { return len(fields) > 0 })
	if len(e.versions) > 1 && !taken["apiVersion"] && !hasBody {
		s := &schema{types: []string{"string"}, enum: versionsOf(e.versions)}
		s.def = s.enum[0]
		out = append(out, parameter{Name: "apiVersion", In: "query", Description: "The version of the action; the newest by default.", Schema: s})
	}
	if hasBody {
		return out
	}
	seen := map[string]bool{}
	for _, version := range all {
		for _, f := range version {
			if taken[f.name] || seen[f.name] || f.file {
				continue
			}
			seen[f.name] = true
			m := merged(all, f.name)
			p := parameter{Name: f.name, In: "query", Description: m.description, Required: m.required, Schema: inText(m.schema)}
			if m.schema.is("object") {
				p.DeepObject = true
			}
			out = append(out, p)
		}
	}
	return out
}

// constrain gives a path parameter the expression of its variable.
func (b *builder) constrain(p *parameter, v *variable) string {
	if v.expr == "" {
		return p.Description
	}
	pattern, ok := ecmaPattern(v.expr)
	if !ok || !p.Schema.is("string") || p.Schema.pattern != "" {
		return join(p.Description, "It matches the RE2 expression "+v.expr+".")
	}
	s := *p.Schema
	s.pattern = pattern
	p.Schema = &s
	return p.Description
}

// withoutDefault is for path parameters: they are always there.
func withoutDefault(s *schema) *schema {
	c := *s
	c.def = nil
	return &c
}

func versionsOf(versions []dispatch.Action) []json.RawMessage {
	out := make([]json.RawMessage, len(versions))
	for i := range versions {
		out[i] = appendText(nil, versions[i].Version)
	}
	return out
}

// merged returns what the versions make of one input: it is required where
// all require it. It is nil where none has it.
func merged(all [][]field, name string) *field {
	if len(all) == 1 {
		if i := slices.IndexFunc(all[0], func(f field) bool { return f.name == name }); i >= 0 {
			return &all[0][i]
		}
		return nil
	}
	var out *field
	required := true
	var schemas []*schema
	for _, version := range all {
		i := slices.IndexFunc(version, func(f field) bool { return f.name == name })
		if i < 0 {
			required = false
			continue
		}
		f := version[i]
		if out == nil {
			out = &f
		}
		required = required && f.required
		if !slices.ContainsFunc(schemas, func(s *schema) bool { return sameSchema(s, f.schema) }) {
			schemas = append(schemas, f.schema)
		}
	}
	if out == nil {
		return nil
	}
	out.required = required
	switch {
	case slices.ContainsFunc(schemas, (*schema).isAnything) && len(schemas) > 1:
		out.schema = &schema{}
	case len(schemas) > 1:
		out.schema = &schema{anyOf: schemas}
	}
	return out
}

func sameSchema(a, b *schema) bool {
	var x, y writer
	x.schema(a, a.description)
	y.schema(b, b.description)
	return string(x.b) == string(y.b)
}

// templateNames returns the names of a template's variables, in order.
func templateNames(path string) []string {
	var out []string
	for _, part := range strings.Split(path, "{")[1:] {
		name, _, _ := strings.Cut(part, "}")
		out = append(out, name)
	}
	return out
}

// body returns the request body of an endpoint, nil where there are no inputs
// for one.
func (b *builder) body(e *endpoint, all [][]field) *requestBody {
	taken := map[string]bool{}
	for _, v := range e.variables() {
		taken[v.name] = true
	}
	byParam := len(e.versions) > 1 && !taken["apiVersion"]
	body := &requestBody{Required: true, Content: map[string]mediaType{}}
	var deep []string
	var plain, form []*schema // with and without files
	some := false
	for i, fields := range all {
		fields = slices.DeleteFunc(slices.Clone(fields), func(f field) bool { return taken[f.name] })
		required, needsFile := false, false
		for _, f := range fields {
			required = required || f.required
			needsFile = needsFile || f.file && f.required
			if f.schema.is("object") && !slices.Contains(deep, f.name) {
				deep = append(deep, f.name)
			}
		}
		some = some || len(fields) > 0
		body.Required = body.Required && required
		alternative := func(files bool) *schema {
			s := b.inputComponent(e, i, fields, taken, files)
			if byParam && i > 0 {
				s = &schema{allOf: []*schema{s, asksFor(e.versions[i].Version)}}
			}
			return s
		}
		if !needsFile {
			plain = append(plain, alternative(false))
		}
		form = append(form, alternative(true))
	}
	if !some {
		return nil
	}
	if len(plain) > 0 {
		body.Content[typeJSON] = mediaType{Schema: anyOf(plain)}
		body.Content[typeURLEncoded] = mediaType{Schema: anyOf(plain), DeepObjects: deep}
	}
	body.Content[typeMultipart] = mediaType{Schema: anyOf(form), DeepObjects: deep}
	return body
}

// asksFor describes a body that names a version.
func asksFor(version string) *schema {
	enum := []json.RawMessage{appendText(nil, version)}
	if _, ok := plainNumber(version); ok && json.Valid([]byte(version)) {
		enum = append(enum, json.RawMessage(version))
	}
	s := typed("object")
	s.add("apiVersion", &schema{enum: enum}, true)
	return s
}

func anyOf(schemas []*schema) *schema {
	if len(schemas) == 1 {
		return schemas[0]
	}
	return &schema{anyOf: schemas}
}

// inputComponent returns the schema of the inputs of one version as a
// component: those that the path does not take, files among them or not.
func (b *builder) inputComponent(e *endpoint, version int, fields []field, taken map[string]bool, files bool) *schema {
	a := &e.versions[version]
	name := b.versionName(a) + "Input"
	if files && slices.ContainsFunc(fields, func(f field) bool { return f.file }) {
		name = b.versionName(a) + "Upload"
	}
	var without []string
	for input := range a.Inputs {
		if taken[input] {
			without = append(without, input)
		}
	}
	if len(without) > 0 {
		slices.Sort(without)
		name += "Without"
		for _, input := range without {
			name += camel(input)
		}
	}
	return b.component(name, a, func() *schema {
		s := typed("object")
		for _, f := range fields {
			if files || !f.file {
				s.describe(f.name, f.description, f.schema, f.required)
			}
		}
		return s
	})
}
