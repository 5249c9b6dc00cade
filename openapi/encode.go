package openapi

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// writer appends JSON. encoding/json would check the result of MarshalJSON again at each level,
// which is most of the work for a large document.
type writer struct {
	b   []byte
	err error // the first
}

// next writes a comma unless the member or element is the first.
func (w *writer) next() {
	switch n := len(w.b); {
	case n == 0, w.b[n-1] == '{', w.b[n-1] == '[', w.b[n-1] == ':':
	default:
		w.b = append(w.b, ',')
	}
}

func (w *writer) open(bracket byte) {
	w.next()
	w.b = append(w.b, bracket)
}

func (w *writer) close(bracket byte) { w.b = append(w.b, bracket) }

func (w *writer) key(name string) {
	w.text(name)
	w.b = append(w.b, ':')
}

func (w *writer) text(s string) {
	w.next()
	w.b = appendText(w.b, s)
}

func (w *writer) raw(v string) {
	w.next()
	w.b = append(w.b, v...)
}

// value writes a rare kind of value.
func (w *writer) value(v any) {
	text, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.raw(string(text))
}

// textOf writes a member unless it is "".
func (w *writer) textOf(name, v string) {
	if v != "" {
		w.key(name)
		w.text(v)
	}
}

func (w *writer) textsOf(name string, list []string) {
	w.key(name)
	w.open('[')
	for _, v := range list {
		w.text(v)
	}
	w.close(']')
}

// valuesOf writes a list of encoded values unless it is nil.
func (w *writer) valuesOf(name string, list []json.RawMessage) {
	if list == nil {
		return
	}
	w.key(name)
	w.open('[')
	for _, v := range list {
		w.raw(string(v))
	}
	w.close(']')
}

// trueOf writes a member unless it is false.
func (w *writer) trueOf(name string, v bool) {
	if v {
		w.key(name)
		w.raw("true")
	}
}

func (w *writer) wholeOf(name string, v *int) {
	if v != nil {
		w.key(name)
		w.raw(strconv.Itoa(*v))
	}
}

func (w *writer) numberOf(name string, v *float64) {
	if v != nil {
		w.key(name)
		w.raw(strconv.FormatFloat(*v, 'f', -1, 64))
	}
}

func (w *writer) schemaOf(name string, s *schema) {
	if s != nil {
		w.key(name)
		w.schema(s, s.description)
	}
}

func (w *writer) schemasOf(name string, list []*schema) {
	if list == nil {
		return
	}
	w.key(name)
	w.open('[')
	for _, s := range list {
		w.schema(s, s.description)
	}
	w.close(']')
}

// mapOf writes an object with sorted keys as a member, unless the map is empty.
func mapOf[V any](w *writer, name string, m map[string]V, write func(V)) {
	if len(m) == 0 {
		return
	}
	w.key(name)
	w.open('{')
	for _, k := range slices.Sorted(maps.Keys(m)) {
		w.key(k)
		write(m[k])
	}
	w.close('}')
}

func (w *writer) schema(s *schema, description string) {
	if s.raw != nil {
		w.raw(string(s.raw))
		return
	}
	w.open('{')
	if s.ref != nil {
		w.textOf("$ref", "#/components/schemas/"+s.ref.name)
	}
	switch len(s.types) {
	case 0:
	case 1:
		w.textOf("type", s.types[0])
	default:
		w.textsOf("type", s.types)
	}
	w.textOf("format", s.format)
	w.textOf("contentEncoding", s.contentEncoding)
	w.textOf("contentMediaType", s.contentMediaType)
	w.schemaOf("contentSchema", s.contentSchema)
	w.textOf("description", description)
	w.trueOf("deprecated", s.deprecated)
	if s.def != nil {
		w.key("default")
		w.raw(string(s.def))
	}
	w.valuesOf("enum", s.enum)
	w.valuesOf("examples", s.examples)
	w.numberOf("minimum", s.minimum)
	w.numberOf("maximum", s.maximum)
	w.wholeOf("minLength", s.minLength)
	w.wholeOf("maxLength", s.maxLength)
	w.textOf("pattern", s.pattern)
	w.schemaOf("items", s.items)
	w.wholeOf("minItems", s.minItems)
	w.wholeOf("maxItems", s.maxItems)
	if len(s.properties) > 0 {
		w.key("properties")
		w.open('{')
		for _, p := range s.properties {
			w.key(p.name)
			w.schema(p.schema, p.description)
		}
		w.close('}')
	}
	if len(s.required) > 0 {
		w.textsOf("required", s.required)
	}
	w.schemaOf("additionalProperties", s.additional)
	w.schemaOf("propertyNames", s.propertyNames)
	w.schemasOf("oneOf", s.oneOf)
	w.schemasOf("anyOf", s.anyOf)
	w.close('}')
}

// document writes the whole document.
func (w *writer) document(s *spec) {
	w.open('{')
	w.textOf("openapi", s.OpenAPI)
	w.key("info")
	w.value(s.Info)
	w.key("servers")
	w.value(s.Servers)
	w.key("tags")
	w.value(s.Tags)
	w.key("paths")
	w.open('{')
	for _, path := range slices.Sorted(maps.Keys(s.Paths)) {
		mapOf(w, path, s.Paths[path], w.operation)
	}
	w.close('}')
	w.key("components")
	w.open('{')
	mapOf(w, "schemas", s.Schemas, func(s *schema) { w.schema(s, s.description) })
	mapOf(w, "responses", s.Responses, w.response)
	mapOf(w, "securitySchemes", s.Security, func(s SecurityScheme) { w.value(s.encoded()) })
	w.close('}')
	w.close('}')
}

func (w *writer) operation(o *operation) {
	w.open('{')
	w.textOf("operationId", o.ID)
	w.textsOf("tags", o.Tags)
	w.textOf("summary", o.Summary)
	w.textOf("description", o.Description)
	w.trueOf("deprecated", o.Deprecated)
	w.security(o.Security)
	if len(o.Parameters) > 0 {
		w.key("parameters")
		w.open('[')
		for i := range o.Parameters {
			w.parameter(&o.Parameters[i])
		}
		w.close(']')
	}
	if o.Body != nil {
		w.key("requestBody")
		w.open('{')
		w.trueOf("required", o.Body.Required)
		mapOf(w, "content", o.Body.Content, w.mediaType)
		w.close('}')
	}
	w.key("responses")
	w.open('{')
	for _, a := range o.Responses {
		w.key(a.Status)
		if a.Own != nil {
			w.response(a.Own)
			continue
		}
		w.open('{')
		w.textOf("$ref", "#/components/responses/"+a.Name)
		w.close('}')
	}
	w.close('}')
	for _, name := range slices.Sorted(maps.Keys(o.Extensions)) {
		w.key(name)
		w.raw(string(o.Extensions[name]))
	}
	w.close('}')
}

// security writes a list of requirements.
func (w *writer) security(list []Requirement) {
	if len(list) == 0 {
		return
	}
	w.key("security")
	w.open('[')
	for _, one := range list {
		w.open('{')
		for _, name := range slices.Sorted(maps.Keys(one)) {
			w.textsOf(name, one[name])
		}
		w.close('}')
	}
	w.close(']')
}

func (w *writer) parameter(p *parameter) {
	w.open('{')
	w.textOf("name", p.Name)
	w.textOf("in", p.In)
	w.textOf("description", p.Description)
	w.trueOf("required", p.Required)
	w.trueOf("deprecated", p.Deprecated)
	w.style(p.Style)
	w.schemaOf("schema", p.Schema)
	w.close('}')
}

// style writes the notation of lists and objects.
func (w *writer) style(style string) {
	w.textOf("style", style)
	w.trueOf("explode", style != "")
}

func (w *writer) mediaType(m mediaType) {
	w.open('{')
	w.schemaOf("schema", m.Schema)
	if m.Example != nil {
		w.key("example")
		w.value(m.Example)
	}
	if len(m.Encoding) > 0 {
		w.key("encoding")
		w.open('{')
		for _, e := range m.Encoding {
			w.key(e.Property)
			w.open('{')
			w.textOf("contentType", e.ContentType)
			w.style(e.Style)
			w.close('}')
		}
		w.close('}')
	}
	w.close('}')
}

func (w *writer) response(r *response) {
	w.open('{')
	w.textOf("description", r.Description)
	if r.RetryAfter {
		w.key("headers")
		w.value(retryAfter)
	}
	mapOf(w, "content", r.Content, w.mediaType)
	w.close('}')
}

// appendText appends a JSON string.
func appendText(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			text, _ := json.Marshal(s) // encoding a string cannot fail
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}
