package openapi

import (
	"encoding/json"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// parameters returns the path and query parameters of an endpoint: its variables and, if there is
// no body, all other inputs.
func (b *builder) parameters(e *endpoint, all [][]field, hasBody bool) []parameter {
	out := append(b.pathParameters(e, all), keyParameter(e)...)
	taken := e.taken()
	if len(e.versions) > 1 && !taken["apiVersion"] && !hasBody {
		out = append(out, parameter{Name: "apiVersion", In: "query", Description: versionDescription, Schema: versionSchema(e.versions)})
	}
	if hasBody {
		return out
	}
	for _, f := range mergedFields(all) {
		if !taken[f.name] && !f.file {
			out = append(out, b.queryParameter(&f))
		}
	}
	return out
}

// keyParameter describes the idempotency key's header field, if an action has one. It is required
// if it is for all versions.
func keyParameter(e *endpoint) (out []parameter) {
	required := true
	for i := range e.versions {
		var name string
		var needed bool
		if once := e.versions[i].Idempotency; once != nil {
			name, needed = once.Field(strings.ToUpper(e.method))
		}
		required = required && needed
		if name != "" && len(out) == 0 {
			out = []parameter{{Name: name, In: "header", Description: keyDescription, Schema: typed("string")}}
		}
	}
	if len(out) > 0 {
		out[0].Required = required
	}
	return out
}

const keyDescription = "A key that is unique to the request, such as a UUID. A request that is repeated with its key gets the response to the first one."

const versionDescription = "The version of the action; the newest by default."

// versionSchema describes the parameter apiVersion.
func versionSchema(versions []dispatch.Action) *schema {
	s := &schema{types: []string{"string"}, enum: versionsOf(versions)}
	s.def = s.enum[0]
	return s
}

func versionsOf(versions []dispatch.Action) []json.RawMessage {
	out := make([]json.RawMessage, len(versions))
	for i := range versions {
		out[i] = appendText(nil, versions[i].Version)
	}
	return out
}

// queryParameter describes an input in a query: see [builder.inForm].
func (b *builder) queryParameter(f *field) parameter {
	s, style := b.inForm(f.schema)
	p := parameter{Name: f.name, In: "query", Description: f.description, Required: f.required, Deprecated: f.schema.deprecated, Style: style}
	if s != f.schema && s.description != "" {
		s = s.clone()
		p.Description, s.description = join(p.Description, s.description), ""
	}
	p.Schema, p.Description = inJSON(s, p.Description)
	return p
}

// pathParameters describes the variables of the path.
func (b *builder) pathParameters(e *endpoint, all [][]field) []parameter {
	var out []parameter
	names := templateNames(e.path)
	for i, v := range e.variables() {
		p := parameter{Name: names[i], In: "path", Required: true, Schema: typed("string")}
		if f := merged(all, v.name); f != nil {
			p.Description, p.Schema, p.Deprecated = f.description, inPath(f.schema), f.schema.deprecated
		} else if v.name == "apiVersion" && len(e.versions) > 0 {
			p.Description = "The version of the action."
			p.Schema = versionSchema(e.versions)
		}
		p.Schema = withoutDefault(p.Schema)
		p.Description = constrain(&p, v)
		if v.trailing {
			p.Description = join(p.Description, "It takes the rest of the path: slashes in it may be sent as they are.")
		}
		out = append(out, p)
	}
	return out
}

// inPath returns the schema for a part of a path: for a list, the schema of one element.
func inPath(s *schema) *schema {
	if items, ok := s.isList(); ok {
		s = items
	}
	if s.isScalar() || s.isAnyText() {
		return inText(s)
	}
	return typed("string")
}

// constrain adds the expression of its variable to a path parameter.
func constrain(p *parameter, v *variable) string {
	if v.expr == "" {
		return p.Description
	}
	pattern, ok := ecmaPattern(v.expr)
	if !ok || !p.Schema.is("string") || p.Schema.pattern != "" {
		return join(p.Description, "It matches the RE2 expression "+v.expr+".")
	}
	p.Schema.pattern = pattern
	return p.Description
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
