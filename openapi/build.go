package openapi

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// builder makes one document.
type builder struct {
	opts      *Options
	dispatch  dispatch.Options
	families  map[string][]dispatch.Action
	spec      *spec
	fields    map[owner][]field
	outputs   map[owner]*schema
	failures  map[[12]int][]failure   // by statuses
	names     map[componentKey]string // of components
	operation map[string]bool         // ids that are taken
}

// owner is one version of an action; the zero owner is the document itself.
type owner struct{ action, version string }

type componentKey struct {
	owner owner
	name  string
}

func ownerOf(a *dispatch.Action) owner { return owner{a.Name, a.Version} }

// build makes the document.
func build(opts *Options) (*spec, error) {
	b := &builder{
		opts: opts, dispatch: opts.Dispatcher.Options(), families: familiesOf(opts.Dispatcher),
		fields: map[owner][]field{}, outputs: map[owner]*schema{}, failures: map[[12]int][]failure{},
		names: map[componentKey]string{}, operation: map[string]bool{},
		spec: &spec{
			OpenAPI: "3.1.1",
			Info:    info{Title: opts.Title, Version: opts.Version, Description: opts.Description},
			Tags:    []tag{},
			Paths:   map[string]map[string]*operation{},
			Schemas: map[string]*schema{}, Responses: map[string]*response{},
		},
	}
	for _, s := range opts.Servers {
		for _, prefix := range b.dispatch.Prefixes {
			url := s + prefix
			if url == "" {
				url = "/"
			}
			b.spec.Servers = append(b.spec.Servers, server{URL: url})
		}
	}
	b.addEnvelope()
	tags := map[string]bool{}
	for _, e := range endpointsOf(opts.Dispatcher) {
		op, err := b.operationOf(e)
		if err != nil {
			return nil, err
		}
		tags[op.Tags[0]] = true
		item := b.spec.Paths[e.path]
		if item == nil {
			item = map[string]*operation{}
			b.spec.Paths[e.path] = item
		}
		item[e.method] = op
	}
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		b.spec.Tags = append(b.spec.Tags, tag{Name: name})
	}
	return b.spec, nil
}

func (b *builder) operationOf(e *endpoint) (*operation, error) {
	op := &operation{ID: b.operationID(e)}
	if e.files {
		op.Tags = []string{"files"}
		op.Summary = "Sends a file."
		op.Parameters = b.parameters(e, nil)
		if !strings.Contains(e.path, "{") && e.action != "" {
			op.Parameters = []parameter{{Name: "file", In: "query", Required: true, Description: "The name of the file.", Schema: typed("string")}}
		}
		op.Success = &response{Description: "The file.", Content: map[string]mediaType{typeAny: {Schema: &schema{types: []string{"string"}, format: "binary"}}}}
		op.Missing = &response{Description: "There is no such file."}
		return op, nil
	}
	a := &e.versions[0]
	op.Tags = []string{a.Name}
	op.Summary, op.Description = describe(a)
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
	op.Parameters = b.parameters(e, all)
	if takesBody(e.method) && slices.ContainsFunc(all, func(fields []field) bool { return len(fields) > 0 }) {
		op.Body = b.body(e, all)
	}
	return op, b.respond(op, e, all)
}

// allFields is fieldsOf, once for each action.
func (b *builder) allFields(a *dispatch.Action) ([]field, error) {
	if fields, ok := b.fields[ownerOf(a)]; ok {
		return fields, nil
	}
	fields, err := b.fieldsOf(a)
	b.fields[ownerOf(a)] = fields
	return fields, err
}

// describe returns the first sentence of an action's description, and all of
// it where there is more.
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

// operationID names an operation by its method and its path: GET
// /users/{userID} is getUsersByUserID.
func (b *builder) operationID(e *endpoint) string {
	id := e.method
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
	id = free(id, b.operation)
	b.operation[id] = true
	return id
}

// free returns name, with a number behind it where it is taken.
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

// camel joins the words of a name, each with a capital letter; what is not a
// letter of ASCII or a digit parts words.
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

// versionName is how the components of an action are named: with the version
// where there are several.
func (b *builder) versionName(a *dispatch.Action) string {
	name := camel(a.Name)
	if name == "" {
		name = "Action"
	}
	if len(b.families[lower(a.Name)]) > 1 {
		name += "V" + strings.Map(func(r rune) rune {
			if strings.ContainsRune("0123456789.-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", r) {
				return r
			}
			return '_'
		}, a.Version)
	}
	return name
}

// component refers to a component of an action, which is made once.
func (b *builder) component(name string, a *dispatch.Action, make func() *schema) *schema {
	key := componentKey{ownerOf(a), name}
	actual, ok := b.names[key]
	if !ok {
		actual = name
		for n := 2; b.spec.Schemas[actual] != nil; n++ {
			actual = fmt.Sprintf("%s%d", name, n)
		}
		b.names[key] = actual
		b.spec.Schemas[actual] = make()
	}
	return refTo(actual)
}
