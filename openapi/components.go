package openapi

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"sort"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/sidekick-http/sidekick/internal/typename"
)

// component is a schema with a name in the document. Its name is chosen once all components are
// known; until then it has a temporary unique one.
type component struct {
	name   string
	wanted string     // the preferred name
	pkg    string     // of a Go type; precedes the name if several types want the same
	parent *component // the component whose name precedes the preferred one
	schema *schema    // nil while it is being made
	used   bool       // something refers to it

	defs map[string]*jsonschema.Schema // for a Go type, the definitions that it was made from
}

// refTo refers to a component.
func refTo(c *component) *schema {
	c.used = true
	return &schema{ref: c}
}

// newComponent adds a component.
func (b *builder) newComponent(wanted string) *component {
	c := &component{wanted: wanted, name: fmt.Sprint("#", len(b.components))}
	b.components = append(b.components, c)
	return c
}

// named returns the document's own component of a name. If it does not exist, made makes it.
func (b *builder) named(name string, made func() *schema) *component {
	c := b.fixed[name]
	if c == nil {
		c = b.newComponent(name)
		b.fixed[name] = c
		c.schema = made()
	}
	return c
}

// ofAction refers to a component of an action, which is made once. wanted is its preferred name;
// owner distinguishes actions and versions.
func (b *builder) ofAction(wanted string, owner string, made func() *schema) *schema {
	key := [2]string{wanted, owner}
	c := b.ofActions[key]
	if c == nil {
		c = b.newComponent(wanted)
		b.ofActions[key] = c
		c.schema = made()
	}
	return refTo(c)
}

// typeKey is a Go type, used for inputs or for results.
type typeKey struct {
	name   string
	inputs bool
}

// converter converts the schemas that dispatch makes of types to those of the document.
type converter struct {
	b      *builder
	defs   map[string]*jsonschema.Schema
	inputs bool
}

// place is the position of a schema without a name. Its component is named after it.
type place struct {
	parent *component
	name   string
}

func (p place) at(name string) place { return place{p.parent, p.name + camel(name)} }

// convert converts a schema. An object without a name gets a component named after its place,
// unless it is the top level.
func (c *converter) convert(s *jsonschema.Schema, at place, whole bool) (*schema, error) {
	if s.Ref != "" {
		return c.reference(s)
	}
	out, more, err := plainly(s)
	switch {
	case err != nil:
		return nil, err
	case more:
		out.raw, err = json.Marshal(s)
		return out, err
	}
	portablePattern(out)
	if s.Properties != nil && !whole {
		// It becomes a component, so that code generators make a type of it.
		own := c.b.newComponent(at.name)
		own.parent = at.parent
		if own.schema, err = c.convert(s, place{parent: own}, true); err != nil {
			return nil, err
		}
		description := own.schema.description
		own.schema.description = ""
		return refTo(own).with(description), nil
	}
	if err := c.convertParts(s, out, at); err != nil {
		return nil, err
	}
	return out, nil
}

// convertParts converts the subschemas of a schema.
func (c *converter) convertParts(s *jsonschema.Schema, out *schema, at place) (err error) {
	for _, name := range propertyNames(s) {
		if c.inputs && isBinary(s.Properties[name]) {
			out.without([]string{name}) // JSON cannot contain files
			continue
		}
		p, err := c.convert(s.Properties[name], at.at(name), false)
		if err != nil {
			return err
		}
		out.properties = append(out.properties, property{name, p.description, p})
	}
	for _, part := range []struct {
		from *jsonschema.Schema
		to   **schema
		name string
	}{{s.Items, &out.items, "Item"}, {s.AdditionalProperties, &out.additional, "Value"}, {s.PropertyNames, &out.propertyNames, "Key"}} {
		if part.from != nil {
			if *part.to, err = c.convert(part.from, at.at(part.name), false); err != nil {
				return err
			}
		}
	}
	if out.oneOf, err = c.convertAll(s.OneOf, at); err != nil {
		return err
	}
	if out.anyOf, err = c.convertAll(s.AnyOf, at); err != nil {
		return err
	}
	out.simplifyNull()
	return nil
}

// convertAll converts alternatives. The first gets the name of the place, the others a number
// after it.
func (c *converter) convertAll(list []*jsonschema.Schema, at place) ([]*schema, error) {
	var out []*schema
	for i, one := range list {
		where := at
		if i > 0 {
			where = at.at(fmt.Sprint("Or", i+1))
		}
		converted, err := c.convert(one, where, false)
		if err != nil {
			return nil, err
		}
		out = append(out, converted)
	}
	return out, nil
}

// simplifyNull merges "a type or null" into a list of types if the type is a simple one.
func (s *schema) simplifyNull() {
	if len(s.anyOf) != 2 || !s.anyOf[1].is(typeNull) || s.anyOf[0].types == nil && !s.anyOf[0].isAnything() {
		return
	}
	description := s.description
	*s = *s.anyOf[0].clone()
	if s.description == "" {
		s.description = description
	}
	if len(s.types) == 1 {
		s.types = []string{s.types[0], typeNull}
	}
}

// isBinary reports whether a schema describes a file or a list of files.
func isBinary(s *jsonschema.Schema) bool {
	if s.Items != nil {
		s = s.Items
	}
	return s.Type == "string" && s.Format == "binary"
}

// reference converts a reference to a definition, and the keywords beside it.
func (c *converter) reference(s *jsonschema.Schema) (*schema, error) {
	name := definitionOf(s.Ref)
	out, err := c.typeOf(name)
	if err != nil {
		return nil, err
	}
	beside, _, err := plainly(s)
	if err != nil {
		return nil, err
	}
	if beside.description != "" {
		out.description = beside.description
	}
	out.deprecated = out.deprecated || beside.deprecated
	if beside.def != nil {
		out.def = beside.def
	}
	if beside.examples != nil {
		out.examples = beside.examples
	}
	if out.ref == nil && beside.minLength != nil && out.minLength == nil && out.is("string") {
		out.minLength = beside.minLength
	}
	return out, nil
}

// definitionOf returns the name of the definition that a reference leads to.
func definitionOf(ref string) string {
	_, name, _ := strings.Cut(ref, "#/$defs/")
	return strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
}

// typeOf returns the schema of a Go type: a reference to its component, or a copy if it is
// simple.
func (c *converter) typeOf(name string) (*schema, error) {
	b := c.b
	key := typeKey{name, c.inputs}
	for _, known := range b.types[key] {
		if known.isMadeOf(c.defs, name) {
			return known.inPlace(), nil
		}
	}
	pkg, short := typename.Split(name)
	own := b.newComponent(camel(short))
	own.pkg, own.defs = pkg, c.defs
	b.types[key] = append(b.types[key], own)
	def := c.defs[name]
	if given, ok := b.given[name]; ok {
		def = given
	}
	inner := converter{b: b, defs: c.defs, inputs: c.inputs}
	s, err := inner.convert(def, place{parent: own}, true)
	if err != nil {
		return nil, fmt.Errorf("type %s: %w", name, err)
	}
	own.schema = s
	if c.inputs && s.properties != nil && !strings.HasSuffix(own.wanted, "Input") {
		own.wanted += "Input" // results get the name without it
	}
	if s.properties == nil && !own.isSimple() {
		// Inputs and results may have the same schema, such as a string with an enum.
		for _, other := range b.types[typeKey{name, !c.inputs}] {
			if !own.used && other.schema != nil && sameSchema(other.schema, s) {
				b.types[key][len(b.types[key])-1] = other
				return other.inPlace(), nil
			}
		}
	}
	return own.inPlace(), nil
}

// isMadeOf reports whether the type with that name among defs is the one the component was made
// from. Functions may declare different types with the same name.
func (c *component) isMadeOf(defs map[string]*jsonschema.Schema, name string) bool {
	// A shared map means the same definitions.
	if reflect.ValueOf(c.defs).UnsafePointer() == reflect.ValueOf(defs).UnsafePointer() {
		return true
	}
	seen := map[string]bool{}
	var same func(name string) bool
	same = func(name string) bool {
		if seen[name] {
			return true
		}
		seen[name] = true
		if !reflect.DeepEqual(c.defs[name], defs[name]) {
			return false
		}
		return !slices.ContainsFunc(referencesOf(defs[name], nil), func(other string) bool { return !same(other) })
	}
	return same(name)
}

// referencesOf returns the definitions that a schema refers to.
func referencesOf(s *jsonschema.Schema, all []string) []string {
	if s == nil {
		return all
	}
	if s.Ref != "" {
		all = append(all, definitionOf(s.Ref))
	}
	for _, p := range s.Properties {
		all = referencesOf(p, all)
	}
	for _, one := range slices.Concat(s.OneOf, s.AnyOf, []*jsonschema.Schema{s.Items, s.AdditionalProperties}) {
		all = referencesOf(one, all)
	}
	return all
}

// inPlace returns the schema to write where a type is used.
func (c *component) inPlace() *schema {
	if c.isSimple() && !c.used {
		return c.schema.clone()
	}
	return refTo(c)
}

// isSimple reports whether a type is only a string, number, bool, list or map, whose name no
// client needs.
func (c *component) isSimple() bool {
	return c.schema != nil && c.schema.properties == nil && c.schema.enum == nil && c.schema.raw == nil &&
		c.schema.oneOf == nil && c.schema.anyOf == nil && c.schema.description == ""
}

// keepUsed drops components that the document does not use, such as those of versions that were
// merged.
func (b *builder) keepUsed() {
	for _, c := range b.components {
		c.used = false
	}
	for _, item := range b.spec.Paths {
		for _, op := range item {
			for i := range op.Parameters {
				op.Parameters[i].Schema.use()
			}
			if op.Body != nil {
				useContent(op.Body.Content)
			}
			for _, a := range op.Responses {
				if a.Own != nil {
					useContent(a.Own.Content)
				}
			}
		}
	}
	for _, r := range b.spec.Responses {
		useContent(r.Content)
	}
}

func useContent(content map[string]mediaType) {
	for _, m := range content {
		m.Schema.use()
	}
}

// use marks the components that a schema refers to.
func (s *schema) use() {
	if s == nil {
		return
	}
	if s.ref != nil && !s.ref.used {
		s.ref.used = true
		s.ref.schema.use()
	}
	for _, part := range []*schema{s.items, s.additional, s.propertyNames, s.contentSchema} {
		part.use()
	}
	for _, p := range s.properties {
		p.schema.use()
	}
	for _, one := range slices.Concat(s.oneOf, s.anyOf) {
		one.use()
	}
}

// nameComponents names all components: first those of the document and of actions, then those of
// Go types, and then those named after others. If several types want the same name, each gets its
// package in front, so that the order of actions does not matter.
func (b *builder) nameComponents() {
	taken := map[string]bool{}
	give := func(c *component, name string) {
		if c.name = cmp.Or(name, "Object"); c.used { // an unused one only lends its name to others
			c.name = free(c.name, taken)
			taken[c.name] = true
		}
	}
	wanting := map[string][]*component{} // types, by name
	for _, c := range b.components {
		switch {
		case c.parent != nil:
		case c.defs != nil:
			wanting[c.wanted] = append(wanting[c.wanted], c)
		default:
			give(c, c.wanted)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanting)) {
		var group []*component
		for _, c := range wanting[name] {
			if c.used {
				group = append(group, c)
			} else {
				give(c, name)
			}
		}
		if len(group) == 1 && !taken[name] {
			give(group[0], name)
			continue
		}
		sort.SliceStable(group, func(i, j int) bool { return group[i].pkg < group[j].pkg })
		for _, c := range group {
			give(c, qualified(c, group))
		}
	}
	for _, c := range b.components { // parents come before the components named after them
		if c.parent != nil {
			give(c, c.parent.name+c.wanted)
		}
	}
}

// qualified puts the shortest unambiguous part of a type's package path in front of its name.
func qualified(c *component, group []*component) string {
	parts := strings.Split(c.pkg, "/")
	last := func(pkg string, n int) string {
		parts := strings.Split(pkg, "/")
		return strings.Join(parts[max(0, len(parts)-n):], "/")
	}
	n := 1
	for ; n < len(parts); n++ {
		if !slices.ContainsFunc(group, func(other *component) bool { return other.pkg != c.pkg && last(other.pkg, n) == last(c.pkg, n) }) {
			break
		}
	}
	return camel(last(c.pkg, n)) + c.wanted
}
