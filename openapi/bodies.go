package openapi

import (
	"slices"
	"strings"
)

// bodyFields returns the inputs of a body: all that are not in the path.
func bodyFields(e *endpoint, all [][]field) []field {
	taken := e.taken()
	return slices.DeleteFunc(slices.Clone(mergedFields(all)), func(f field) bool { return taken[f.name] })
}

// body returns the request body of an endpoint, or nil if it has no inputs.
func (b *builder) body(e *endpoint, fields []field) *requestBody {
	if !takesBody(e.method) || len(fields) == 0 {
		return nil
	}
	var needsFile, hasFiles bool
	body := &requestBody{Content: map[string]mediaType{}}
	for _, f := range fields {
		hasFiles = hasFiles || f.file || len(f.files) > 0
		needsFile = needsFile || f.file && f.required || slices.ContainsFunc(f.files, func(n nestedFile) bool { return n.required })
		body.Required = body.Required || f.required
	}
	json, form, parts := typed("object"), typed("object"), typed("object")
	var formEncoding, partsEncoding []encoding
	if len(e.versions) > 1 && !e.taken()["apiVersion"] {
		for _, s := range []*schema{json, form, parts} {
			s.describe("apiVersion", versionDescription, versionSchema(e.versions), false)
		}
	}
	for i := range fields {
		f := &fields[i]
		if !f.file {
			s, description := inJSON(f.schema, f.description)
			json.describe(f.name, description, s, f.required)
			formEncoding = b.addFormField(form, formEncoding, f)
		}
		partsEncoding = b.addPart(parts, partsEncoding, f)
	}
	name, owner := b.bodyName(e), ownersOf(e)
	if !needsFile {
		content := b.ofAction(name("Input"), owner, func() *schema { return json })
		body.Content[typeJSON] = mediaType{Schema: content}
		if !sameSchema(form, json) {
			content = b.ofAction(name("Form"), owner, func() *schema { return form })
		}
		body.Content[typeURLEncoded] = mediaType{Schema: content, Encoding: formEncoding}
	}
	var content *schema
	switch {
	case hasFiles:
		content = b.ofAction(name("Upload"), owner, func() *schema { return parts })
	case sameSchema(parts, json):
		content = body.Content[typeJSON].Schema
	case sameSchema(parts, form):
		content = body.Content[typeURLEncoded].Schema
	default:
		content = b.ofAction(name("Multipart"), owner, func() *schema { return parts })
	}
	body.Content[typeMultipart] = mediaType{Schema: content, Encoding: partsEncoding}
	return body
}

// inForm describes an input in a query or an urlencoded form, and its notation: a list repeats
// its name for each element, an object has a name for each member if they are plain, and
// everything else is a JSON string. OpenAPI also allows JSON that is not a string there, but few
// client generators support it.
func (b *builder) inForm(s *schema) (as *schema, style string) {
	if list, ok := b.textList(s); ok {
		return list, styleForm
	}
	_, list := s.isList()
	switch {
	case s.isFlat():
		return s, styleDeepObject
	case s.isScalar(), s.isAnyText():
		return inText(s), ""
	case list:
		return b.jsonTexts(s), styleForm
	}
	return jsonText(s), ""
}

// addFormField adds an input to an urlencoded form.
func (b *builder) addFormField(s *schema, all []encoding, f *field) []encoding {
	as, style := b.inForm(f.schema)
	addInWords(s, f, as)
	if style == "" {
		return all
	}
	return append(all, encoding{Property: f.name, Style: style})
}

// addPart adds an input to a multipart form: a file is a part, and anything but a string or a
// list of strings is a JSON part.
func (b *builder) addPart(s *schema, all []encoding, f *field) []encoding {
	part := f.schema
	if f.file {
		s.describe(f.name, f.description, part, f.required)
		return all
	}
	if list, ok := b.textList(part); ok {
		part = list
		all = append(all, encoding{Property: f.name, Style: styleForm})
	} else if part.isScalar() || part.isAnyText() {
		part = inText(part)
	} else if part.isAnything() {
		part = jsonText(part)
	} else if items, ok := part.isList(); ok && items.isAnything() {
		part = b.jsonTexts(part) // a JSON part could be taken for the whole list
		all = append(all, encoding{Property: f.name, Style: styleForm})
	} else {
		if _, ok := part.isList(); ok {
			part = b.limited(part)
		}
		all = append(all, encoding{Property: f.name, ContentType: typeJSON})
	}
	addInWords(s, f, part)
	for _, n := range f.files {
		s.add(n.name, n.schema, n.required)
	}
	return all
}

func addInWords(s *schema, f *field, as *schema) {
	description := f.description
	if as != f.schema && as.description != "" {
		as = as.clone()
		description, as.description = join(description, as.description), ""
	}
	as, description = inJSON(as, description)
	s.describe(f.name, description, as, f.required)
}

// jsonText describes a string that holds JSON.
func jsonText(s *schema) *schema {
	out := &schema{types: []string{"string"}, contentMediaType: typeJSON, contentSchema: s}
	out.examples = append(out.examples, appendText(nil, string(sampleOf(nil, s, 0))))
	return out
}

// jsonTexts describes a list of JSON strings.
func (b *builder) jsonTexts(list *schema) *schema {
	items, _ := list.isList()
	c := b.limited(list)
	c.items = jsonText(items)
	return c
}

// bodyName returns a function that names the components of a body by their kind: after the
// action, its version if it has several, and the inputs in the path.
func (b *builder) bodyName(e *endpoint) func(kind string) string {
	a := &e.versions[0]
	name := b.versionName(a)
	if len(e.versions) > 1 {
		name = actionName(a)
	}
	var without []string
	taken := e.taken()
	for i := range e.versions {
		for input := range e.versions[i].Inputs {
			if taken[input] && !slices.Contains(without, input) {
				without = append(without, input)
			}
		}
	}
	slices.Sort(without)
	suffix := ""
	for i, input := range without {
		if i == 0 {
			suffix = "Without"
		}
		suffix += camel(input)
	}
	return func(kind string) string { return name + kind + suffix }
}

// ownersOf identifies the versions of an endpoint.
func ownersOf(e *endpoint) string {
	var parts []string
	for i := range e.versions {
		parts = append(parts, e.versions[i].Name, e.versions[i].Version)
	}
	return strings.Join(parts, "\x00")
}
