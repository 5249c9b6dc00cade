package config

import (
	"cmp"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
)

// names is the table of all names: of options, of their aliases, and of what cannot be set.
type names struct {
	all        []*known          // options first, in the order of the struct
	byPath     map[string]*known // with "" for the group of all
	byVariable map[string]*known // what the struct has, and aliases
}

// known is what a name stands for: options that it sets, nothing, or a group of names.
type known struct {
	path        string
	group, last string // params.query and depth, if the path is params.query.depth
	rank        rank

	option   *Option // that it sets, or the first of several; nil for others
	variable string  // that sets the same
	aliases  []Alias // if it is another name
	refused  string  // why it cannot be set
}

// rank says which names are suggested first.
type rank int

const (
	ofOptions rank = iota // options, and groups that have some
	ofAliases             // aliases, and groups that have no options
	ofNothing             // what cannot be set, and groups of that; they are not suggested
)

// namesOf returns the table of a schema's options, and of other names.
func namesOf(s *Schema, aliases []Alias, absent map[string]string) names {
	t := names{byPath: map[string]*known{"": {}}, byVariable: map[string]*known{}}
	for i, o := range s.options {
		k := t.add(o.Path, ofOptions)
		k.option, k.variable = &s.options[i], o.Variable
		t.byVariable[k.variable] = k
	}
	for _, a := range aliases {
		to := t.option(a.To)
		if to == nil {
			panic("config: " + a.Key + " is an alias of " + a.To + ", which is no option")
		}
		k := t.add(a.Key, ofAliases)
		k.option, k.aliases = cmp.Or(k.option, to), append(k.aliases, a)
		k.variable = notation.Variable(s.prefix, a.Key)
		for _, v := range append(a.Variables, k.variable) {
			t.byVariable[v] = k
		}
	}
	for _, o := range s.unsettable {
		k := t.add(o.Path, ofNothing)
		if k.refused = "this can only be set in Go: " + o.Field; o.From != "" {
			k.refused = "the server takes it from " + o.From + ": set that"
		}
		t.byVariable[o.Variable] = k
	}
	for path, instead := range absent {
		t.add(path, ofNothing).refused = "not offered: " + instead
	}
	return t
}

// add returns what the table has for a path, which is added together with its groups.
func (t *names) add(path string, r rank) *known {
	if k := t.byPath[path]; k != nil {
		return k
	}
	k := &known{path: path, last: path, rank: r}
	if dot := strings.LastIndexByte(path, '.'); dot >= 0 {
		k.group, k.last = path[:dot], path[dot+1:]
		t.add(k.group, r)
	}
	t.byPath[path], t.all = k, append(t.all, k)
	return k
}

// option returns the option with that path, or nil.
func (t *names) option(path string) *Option {
	if k := t.byPath[path]; k != nil && k.aliases == nil {
		return k.option
	}
	return nil
}

// optionOf returns the path of the option that a path, an alias or a variable stands for, or "".
func (t *names) optionOf(name string) string {
	if k := cmp.Or(t.byPath[name], t.byVariable[name]); k != nil && k.option != nil {
		return k.option.Path
	}
	return ""
}

// in returns the names in a group that have a rank up to most, without the group.
func (t *names) in(group string, most rank) (names []string) {
	for _, k := range t.all {
		if k.group == group && k.rank <= most {
			names = append(names, k.last)
		}
	}
	return names
}

// endingIn returns the names of the first rank that has some which end in a name, whatever its
// case: static.maxAge ends in maxAge, MAX_AGE, and STATIC_MAX_AGE.
func (t *names) endingIn(end string) (found []*known) {
	for r := ofOptions; r < ofNothing && found == nil; r++ {
		for _, k := range t.all {
			if k.rank == r && endsIn(k.path, end) {
				found = append(found, k)
			}
		}
	}
	return found
}

func endsIn(path, end string) bool {
	for more := true; more; _, path, more = strings.Cut(path, ".") {
		if isCalled(path, end) {
			return true
		}
	}
	return false
}

// isCalled reports whether a name, as it is written in a file or a variable, means a path.
func isCalled(path, name string) bool {
	return strings.EqualFold(path, name) || strings.EqualFold(strings.ReplaceAll(path, ".", ""), strings.ReplaceAll(name, "_", ""))
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

// value returns the value of an option of type t that the alias is given x for. Without Raw, the
// option is not set. reason says why x is refused; "" means that it is accepted.
func (a Alias) value(x jsontree.Node, t reflect.Type) (value jsontree.Node, reason string) {
	if a.Convert != nil {
		raw, reason := a.Convert(x.Raw)
		value, _, _ = jsontree.Parse(raw)
		value.At = x.At
		return value, reason
	}
	if _, isText := x.Scalar.(string); isText && notation.IsList(t) {
		list := slices.Concat([]byte("["), x.Raw, []byte("]"))
		x = jsontree.Node{Raw: list, At: x.At, List: []jsontree.Node{x}}
	}
	return x, ""
}
