package config

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// Schema describes the options in a struct.
type Schema struct {
	pkg, prefix string
	options     []Option // that can be set
	unsettable  []Option // that take their values from others, or can only be set in Go
	names
	lists map[reflect.Type]List
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

	field
	index []int // through the pointers of parts
}

// New returns the schema of a struct. pkg appears in problems, prefix begins every variable, and
// absent says for unsupported keys what replaces them.
func New(t reflect.Type, pkg, prefix string, aliases []Alias, absent map[string]string) *Schema {
	s := &Schema{pkg: pkg, prefix: prefix, lists: map[reflect.Type]List{}}
	s.walk(t, "", "", nil)
	s.names = namesOf(s, aliases, absent)
	return s
}

// Name lets strings that list knows stand for several elements, in every list of that element
// type. It must be called before the schema is used.
func (s *Schema) Name(element reflect.Type, list List) { s.lists[element] = list }

func (s *Schema) walk(t reflect.Type, path, goPath string, index []int) {
	for _, f := range fieldsOf(t) {
		o := Option{
			Path:  notation.Join(path, f.name),
			Field: strings.TrimPrefix(goPath+"."+t.Field(f.at).Name, "."),
			Owner: t,
			field: f,
			index: append(slices.Clone(index), f.at),
		}
		o.Variable = notation.Variable(s.prefix, o.Path)
		switch {
		case f.GoOnly || f.From != "":
			s.unsettable = append(s.unsettable, o)
		case f.group:
			s.walk(f.Type, o.Path, o.Field, o.index)
		case f.Part:
			s.options = append(s.options, o)
			s.walk(f.Type.Elem(), o.Path, o.Field, o.index)
		default:
			s.options = append(s.options, o)
		}
	}
}

// Options returns the options that can be set, in the order of the struct's fields.
func (s *Schema) Options() []Option { return slices.Clone(s.options) }

// Unsettable returns the options that cannot be set as text: they are GoOnly, or take their values
// From others.
func (s *Schema) Unsettable() []Option { return slices.Clone(s.unsettable) }

// IsSet reports whether the option has a value in the struct v, of the schema's type.
func (o Option) IsSet(v reflect.Value) bool {
	f, err := v.FieldByIndexErr(o.index) // an error means that it is in a part that is off
	return err == nil && !f.IsZero()
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

// Locate adds to each problem of the schema's package the variable of its option, and where the
// option was set. Other problems stay as they are.
func (s *Schema) Locate(err error, origins Origins) error {
	return cfgerr.Map(err, func(problem cfgerr.Error) error {
		opt := s.within(problem.Field)
		if opt == nil || problem.Package != s.pkg || problem.Where != "" {
			return &problem
		}
		problem.Where, problem.Also = origins[opt.Path], cmp.Or(problem.Also, opt.Variable)
		if strings.HasPrefix(problem.Where, fromEnvironment) {
			problem.Also = ""
		}
		return &problem
	})
}

// field is a field of a struct. It holds a value, unless it is a group, GoOnly, or takes the
// value of another option.
type field struct {
	name string // in JSON
	at   int
	Type reflect.Type

	group  bool   // a struct of options
	Part   bool   // a pointer to one, which is off if it is nil: true, false or an object
	GoOnly bool   // it cannot be written as text
	From   string // the path of the option that it takes its value from

	Secret             bool // not shown, and not read from files
	password, fold, by bool // see the package comment
}

// isWritten reports whether JSON has the field.
func (f field) isWritten() bool { return !f.GoOnly && f.From == "" }

// fieldsOf returns the exported fields of a struct that are not embedded. Other types have none.
func fieldsOf(t reflect.Type) []field {
	if !notation.IsStruct(t) {
		return nil
	}
	var out []field
	for i := range t.NumField() {
		sf := t.Field(i)
		if !sf.IsExported() || sf.Anonymous {
			continue
		}
		tag := sf.Tag.Get("config")
		f := field{
			name: notation.Name(sf.Name), at: i, Type: sf.Type,
			group: hasOptions(sf.Type), Part: isPart(sf.Type),
			Secret: tag == "secret", password: tag == "password", fold: tag == "fold", by: tag == "by",
		}
		f.GoOnly = !f.group && !f.Part && !notation.IsPlain(sf.Type)
		if from, derived := strings.CutPrefix(tag, "from="); derived {
			f.From = from
		}
		out = append(out, f)
	}
	return out
}

// isPart reports whether a type is a pointer to a struct of options that begins with a blank field.
func isPart(t reflect.Type) bool {
	if t.Kind() != reflect.Pointer || !notation.IsStruct(t.Elem()) || t.Elem().NumField() == 0 {
		return false
	}
	first := t.Elem().Field(0)
	return first.Name == "_" && first.Type == reflect.TypeFor[struct{}]() && hasOptions(t.Elem())
}

// hasOptions reports whether any field of a struct can be configured.
func hasOptions(t reflect.Type) bool { return slices.ContainsFunc(fieldsOf(t), field.isWritten) }
