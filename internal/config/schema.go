package config

import (
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// Schema describes the options in a struct.
type Schema struct {
	pkg, prefix string
	options     []Option
	aliases     []Alias
	absent      map[string]string
	goOnly      map[string]string // fields, by path
	derived     []Derived
	lists       map[reflect.Type]List
}

// List returns the slice of elements that one string in a list stands for, or nil if the
// string is not the name of a list. The error is shown to whoever wrote the name.
type List func(name string) (elements any, err error)

// Option is one option.
type Option struct {
	Path     string       // such as static.maxAge
	Variable string       // such as SIDEKICK_STATIC_MAX_AGE
	Field    string       // in Go, such as Static.MaxAge
	Owner    reflect.Type // the struct that declares it
	Type     reflect.Type
	Secret   bool // not shown, and not read from files
	Part     bool // a group of options that can be off: true, false or an object

	password, fold bool

	index []int // through the pointers of parts
}

// Alias is another name of an option, in JSON and in the environment. A key that sets several
// options has several aliases.
type Alias struct {
	Key, To string // such as flatFileCacheDuration and static.maxAge

	// Convert converts a JSON value to that of the option; nil means that the option is not set.
	// A reason other than "" refuses the value. Without Convert the value is the option's; if
	// that is a list, a single element is enough.
	Convert func(value []byte) (converted []byte, reason string)

	Variables []string // in the environment, beside the one derived from Key
}

// New returns the schema of a struct. pkg appears in problems, prefix begins every variable, and
// absent says for unsupported keys what replaces them.
func New(t reflect.Type, pkg, prefix string, aliases []Alias, absent map[string]string) *Schema {
	s := &Schema{pkg: pkg, prefix: prefix, aliases: aliases, absent: absent, goOnly: map[string]string{}}
	s.walk(t, "", "", nil)
	for _, a := range aliases {
		if s.option(a.To) == nil {
			panic("config: " + a.Key + " is an alias of " + a.To + ", which is no option")
		}
	}
	return s
}

// Name lets strings that list knows stand for several elements, in every list of that element
// type. It must be called before the schema is used.
func (s *Schema) Name(element reflect.Type, list List) {
	if s.lists == nil {
		s.lists = map[reflect.Type]List{}
	}
	s.lists[element] = list
}

func (s *Schema) walk(t reflect.Type, path, goPath string, index []int) {
	for _, f := range fieldsOf(t) {
		o := Option{
			Path: join(path, f.name), Field: strings.TrimPrefix(goPath+"."+t.Field(f.at).Name, "."), Owner: t, Type: f.typ,
			Secret: f.secret, Part: f.kind == part, password: f.password, fold: f.fold, index: append(slices.Clone(index), f.at),
		}
		switch o.Variable = notation.Variable(s.prefix, o.Path); f.kind {
		case goOnly:
			s.goOnly[o.Path] = o.Field
		case derived:
			s.derived = append(s.derived, Derived{o.Path, o.Variable, o.Field, f.from, o.index})
		case group:
			s.walk(f.typ, o.Path, o.Field, o.index)
		case part:
			s.options = append(s.options, o)
			s.walk(f.typ.Elem(), o.Path, o.Field, o.index)
		default:
			s.options = append(s.options, o)
		}
	}
}

// Options returns all options in the order of the struct's fields.
func (s *Schema) Options() []Option { return slices.Clone(s.options) }

// GoOnly returns the fields that cannot be written as text, by path: upload.store has
// Upload.Store.
func (s *Schema) GoOnly() map[string]string { return s.goOnly }

// Derived is an option that takes its value from another one.
type Derived struct {
	Path     string // such as openAPI.alwaysOK
	Variable string // such as SIDEKICK_OPENAPI_ALWAYS_OK
	Field    string // in Go, such as OpenAPI.AlwaysOK
	From     string // the path of the other one

	index []int
}

// Derived returns the options that take their values from others.
func (s *Schema) Derived() []Derived { return s.derived }

// IsSet reports whether the struct v, of the schema's type, has a value of its own for d.
func (d Derived) IsSet(v reflect.Value) bool {
	f, err := v.FieldByIndexErr(d.index) // an error means that d is in a part that is off
	return err == nil && !f.IsZero()
}

// derivedFrom returns from which option that at path takes its value; "" means that it does not.
func (s *Schema) derivedFrom(path string) string {
	for _, d := range s.derived {
		if d.Path == path {
			return d.From
		}
	}
	return ""
}

// option returns the option with that path, or nil.
func (s *Schema) option(path string) *Option {
	if i := slices.IndexFunc(s.options, func(o Option) bool { return o.Path == path }); i >= 0 {
		return &s.options[i]
	}
	return nil
}

// Has reports whether a path is that of an option, or of something in its value.
func (s *Schema) Has(path string) bool { return s.within(path) != nil }

// within returns the option with that path, or the one whose value contains it.
func (s *Schema) within(path string) *Option {
	for s.option(path) == nil && path != "" {
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return s.option(path)
}

// names returns the names directly below a path, of options and, if aliases is set, of aliases.
func (s *Schema) names(path string, aliases bool) []string {
	var out []string
	add := func(p string) {
		rest, below := strings.CutPrefix(p, strings.TrimPrefix(path+".", "."))
		name, _, _ := strings.Cut(rest, ".")
		if below && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	for _, o := range s.options {
		add(o.Path)
	}
	for _, a := range s.aliases {
		if aliases {
			add(a.Key)
		}
	}
	return out
}

type kind int

const (
	leaf    kind = iota // holds a value
	group               // a struct of options
	part                // a pointer to one; nil if it is off
	goOnly              // cannot be written as text
	derived             // takes its value from another option
)

// field is a configurable field of a struct.
type field struct {
	name string // in JSON
	at   int
	typ  reflect.Type
	kind kind
	from string // of a derived option

	secret, password, fold, by bool
}

// fieldsOf returns the exported fields of a struct that are not embedded.
func fieldsOf(t reflect.Type) []field {
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() || sf.Anonymous {
			continue
		}
		f := field{name: notation.Name(sf.Name), at: i, typ: sf.Type, kind: goOnly}
		switch {
		case isStruct(sf.Type) && hasOptions(sf.Type):
			f.kind = group
		case isPlain(sf.Type, 0):
			f.kind = leaf
		case sf.Type.Kind() == reflect.Pointer && isStruct(sf.Type.Elem()) && beginsBlank(sf.Type.Elem()) && hasOptions(sf.Type.Elem()):
			f.kind = part
		}
		for word := range strings.SplitSeq(sf.Tag.Get("config"), ",") {
			if name, named := strings.CutPrefix(word, "name="); named {
				f.name = name
			} else if from, ok := strings.CutPrefix(word, "from="); ok {
				f.kind, f.from = derived, from
			}
			f.secret, f.password = f.secret || word == "secret", f.password || word == "password"
			f.fold, f.by = f.fold || word == "fold", f.by || word == "by"
		}
		out = append(out, f)
	}
	return out
}

// isStruct reports whether a type is a struct that does not read itself from a string.
func isStruct(t reflect.Type) bool { return t.Kind() == reflect.Struct && !readsItself(t) }

func beginsBlank(t reflect.Type) bool {
	return t.NumField() > 0 && t.Field(0).Name == "_" && t.Field(0).Type == reflect.TypeFor[struct{}]()
}

// hasOptions reports whether any field of a struct can be configured.
func hasOptions(t reflect.Type) bool {
	return slices.ContainsFunc(fieldsOf(t), func(f field) bool { return f.kind != goOnly && f.kind != derived })
}

var plain = regexp.MustCompile(`^[-\w$]{1,100}$`)

// join returns the path of a member. It quotes a key that is not a plain name.
func join(path, key string) string {
	if !plain.MatchString(key) {
		key = strconv.Quote(clip.Text(key, 100))
	}
	return strings.TrimPrefix(path+"."+key, ".")
}
