package openapi

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/dispatch"
	"github.com/sidekick-http/sidekick/internal/typename"
)

// builder makes one document.
type builder struct {
	opts     *Options
	dispatch dispatch.Options
	families map[string][]dispatch.Action
	spec     *spec
	fields   map[[2]string][]field // by name and version of the action
	outputs  map[[2]string]*schema

	components []*component
	fixed      map[string]*component // by the names that they will certainly have
	ofActions  map[[2]string]*component
	types      map[typeKey][]*component
	given      map[string]*jsonschema.Schema // Options.Schemas

	operations map[string]bool // ids already used
	described  map[string]bool // actions' own ids already used
}

// build makes the document.
func build(opts *Options) (*spec, error) {
	b := &builder{
		opts: opts, dispatch: opts.Dispatcher.Options(), families: familiesOf(opts.Dispatcher),
		fields: map[[2]string][]field{}, outputs: map[[2]string]*schema{},
		fixed: map[string]*component{}, ofActions: map[[2]string]*component{}, types: map[typeKey][]*component{}, given: map[string]*jsonschema.Schema{},
		operations: map[string]bool{}, described: map[string]bool{},
		spec: &spec{
			OpenAPI: "3.1.1",
			Info:    info{Title: opts.Title, Version: opts.Version, Description: opts.Description},
			Tags:    slices.Clone(opts.Tags),
			Paths:   map[string]map[string]*operation{},
			Schemas: map[string]*schema{}, Responses: map[string]*response{}, Security: opts.SecuritySchemes,
		},
	}
	for t, s := range opts.Schemas {
		b.given[typename.Of(t)] = s
	}
	for _, s := range opts.Servers {
		for _, prefix := range b.dispatch.Prefixes {
			b.spec.Servers = append(b.spec.Servers, server{URL: cmp.Or(s+prefix, "/")})
		}
	}
	if err := b.addEnvelope(); err != nil {
		return nil, err
	}
	for _, e := range endpointsOf(opts.Dispatcher) {
		op, err := b.operationOf(e)
		if err != nil {
			return nil, err
		}
		item := b.spec.Paths[e.path]
		if item == nil {
			item = map[string]*operation{}
			b.spec.Paths[e.path] = item
		}
		item[e.method] = op
	}
	b.addTags()
	b.keepUsed()
	b.nameComponents()
	for _, c := range b.components {
		if c.used {
			b.spec.Schemas[c.name] = c.schema
		}
	}
	return b.spec, nil
}

// addTags adds the groups of operations after those that Options.Tags describes.
func (b *builder) addTags() {
	known := map[string]bool{}
	for _, t := range b.opts.Tags {
		known[t.Name] = true
	}
	var more []string
	for _, item := range b.spec.Paths {
		for _, op := range item {
			for _, t := range op.Tags {
				if !known[t] {
					known[t] = true
					more = append(more, t)
				}
			}
		}
	}
	slices.Sort(more)
	for _, name := range more {
		b.spec.Tags = append(b.spec.Tags, Tag{Name: name})
	}
}

func (b *builder) operationOf(e *endpoint) (*operation, error) {
	if e.files {
		return b.filesOperation(e), nil
	}
	a := &e.versions[0]
	own := operationFor(a)
	op := &operation{ID: b.operationID(e, a, own.ID), Tags: tagsOf(a), Deprecated: own.Deprecated, Security: b.securityOf(e, own.Security)}
	op.Summary, op.Description = describe(a)
	var err error
	if op.Extensions, err = b.opts.extensionsOf(a); err != nil {
		return nil, err
	}
	if e.trailing {
		op.Description = join(op.Description, "Every path below this one leads here, too.")
	}
	var all [][]field
	for i := range e.versions {
		fields, err := b.allFields(&e.versions[i])
		if err != nil {
			return nil, err
		}
		all = append(all, fields)
	}
	op.Body = b.body(e, bodyFields(e, all))
	op.Parameters = b.parameters(e, all, op.Body != nil)
	return op, b.respond(op, e, all)
}

// filesOperation describes an operation that serves files.
func (b *builder) filesOperation(e *endpoint) *operation {
	op := &operation{ID: b.operationID(e, nil, ""), Tags: []string{"files"}, Summary: "Sends a file.", Security: b.securityOf(e, nil)}
	op.Parameters = b.pathParameters(e, nil)
	if e.byParam {
		op.Parameters = []parameter{{Name: "file", In: "query", Required: true, Description: "The name of the file.", Schema: typed("string")}}
	}
	op.Responses = []answer{
		{Status: "200", Own: &response{Description: "The file.", Content: map[string]mediaType{typeAny: {Schema: binary(false)}}}},
		{Status: "404", Own: &response{Description: "There is no such file."}},
	}
	return op
}

// allFields returns the fieldsOf an action, made once.
func (b *builder) allFields(a *dispatch.Action) ([]field, error) {
	key := [2]string{a.Name, a.Version}
	if fields, ok := b.fields[key]; ok {
		return fields, nil
	}
	fields, err := b.fieldsOf(a)
	b.fields[key] = fields
	return fields, err
}

// describe returns the first sentence of an action's description, and the whole description if it
// is longer.
func describe(a *dispatch.Action) (summary, description string) {
	text := strings.TrimSpace(a.Description)
	first, rest, _ := strings.Cut(text, "\n")
	if head, tail, ok := strings.Cut(first, ". "); ok {
		first, rest = head+".", tail
	}
	switch {
	case text == "":
		return a.Name, ""
	case rest == "":
		return text, ""
	}
	return first, text
}

// operationID returns the id from Options.OperationID or the action's own Operation, or else one
// made of the method and path: GET /users/{userID} is getUsersByUserID.
func (b *builder) operationID(e *endpoint, a *dispatch.Action, own string) string {
	id := ""
	if b.opts.OperationID != nil && a != nil {
		id = b.opts.OperationID(e.method, e.path, a)
	}
	if id == "" && own != "" {
		if id = own; b.described[own] {
			id = e.method + camel(own)
		}
		b.described[own] = true
	}
	if id == "" {
		id = e.method
		names := templateNames(e.path)
		for _, s := range e.segments {
			id += camel(s.literal)
			if s.variable != nil {
				id += "By" + camel(names[0])
				names = names[1:]
			}
		}
		if id == e.method {
			id += "Root"
		}
	}
	id = free(id, b.operations)
	b.operations[id] = true
	return id
}

// free returns name, followed by a number if it is taken.
func free(name string, taken map[string]bool) string {
	if !taken[name] {
		return name
	}
	for n := 2; ; n++ {
		if numbered := name + strconv.Itoa(n); !taken[numbered] {
			return numbered
		}
	}
}

// camel joins the words of a name, each with a capital letter. Every character other than an
// ASCII letter or digit separates words.
func camel(name string) string {
	var b strings.Builder
	capital := true
	for _, c := range []byte(name) {
		switch {
		case c >= 'a' && c <= 'z' && capital:
			c -= 'a' - 'A'
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		default:
			capital = true
			continue
		}
		b.WriteByte(c)
		capital = false
	}
	return b.String()
}

// actionName names the components of an action.
func actionName(a *dispatch.Action) string { return cmp.Or(camel(a.Name), "Action") }

// versionName is actionName, with the version if there are several.
func (b *builder) versionName(a *dispatch.Action) string {
	name := actionName(a)
	if len(b.families[lower(a.Name)]) > 1 {
		name += "V" + strings.Map(func(r rune) rune {
			if r < 0x80 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z') {
				return r
			}
			return '_'
		}, a.Version)
	}
	return name
}
