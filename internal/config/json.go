package config

import (
	"bytes"
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/suggest"
)

// ReadJSON reads options over those in dst, a pointer to the struct. It is strict: unknown and
// repeated keys, values of another type and numbers that do not fit are problems. It reports all
// of them at once, each as a cfgerr.Error, and still reads what is valid. A byte order mark, which
// editors on Windows write, is skipped. from names the document, such as "file x.json"; "" omits
// positions.
func (s *Schema) ReadJSON(dst any, from string, text []byte, origins Origins, check Check) error {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	l := &layer{Schema: s, from: from, text: text, given: map[string]setting{}}
	whole, at, err := jsontree.Parse(text)
	switch n := (name{field: "configuration"}); {
	case err != nil:
		l.add(n, at, nil, "%v", err)
	case !whole.IsObject():
		l.refuse(n, whole, "want an object")
	default:
		l.object(name{}, whole)
	}
	return l.apply(reflect.ValueOf(dst).Elem(), origins, check)
}

// object notes the values of a group's members.
func (l *layer) object(group name, x jsontree.Node) {
	for _, m := range l.unique(group, x.Members) {
		n := group.below(m.Key)
		opt := l.option(n.field)
		switch {
		case opt != nil && opt.Secret:
			l.add(n, m.At, nil, "a secret must not be in a file: set %s", opt.Variable)
		case opt != nil && opt.Part && m.Value.IsObject():
			on, _, _ := jsontree.Parse([]byte("true"))
			on.At = m.Value.At
			l.give(opt.Path, setting{name: n, value: on})
			l.object(n, m.Value)
		case opt != nil:
			l.give(opt.Path, setting{name: name{field: opt.Path, also: opt.Variable}, value: m.Value})
		case len(l.aliasesOf(n.field)) > 0:
			if reason := l.giveAlias(n, m.Value); reason != "" {
				n.also = l.aliasesOf(n.field)[0].To
				n.option = n.also
				l.refuse(n, m.Value, reason)
			}
		case len(l.names(n.field, true)) == 0 && !(l.isAbsentGroup(n.field) && m.Value.IsObject()):
			l.unknownOption(group, m)
		case !m.Value.IsObject():
			l.refuse(n, m.Value, "want an object of its options")
		default:
			l.object(n, m.Value)
		}
	}
}

// unknownOption reports an unknown key in a group.
func (l *layer) unknownOption(group name, m jsontree.Member) {
	n := group.below(m.Key)
	all, listed := l.names(group.field, true), l.names(group.field, false)
	if len(listed) == 0 {
		listed = all
	}
	switch elsewhere := l.elsewhere(m.Key, group, all); {
	case l.absent[n.field] != "":
		l.add(n, m.At, nil, "not offered: %s", l.absent[n.field])
	case l.derivedFrom(n.field) != "":
		l.add(n, m.At, nil, "the server takes it from %s: set that", l.derivedFrom(n.field))
	case l.goOnly[n.field] != "":
		l.add(n, m.At, nil, "this can only be set in Go: %s", l.goOnly[n.field])
	case len(elsewhere) > 0:
		l.misplaced(n, m.At, "key", elsewhere, elsewhere)
	default:
		l.unknown(group, m, all, listed)
	}
}

// isAbsentGroup reports whether replacements are known for keys below a path.
func (l *layer) isAbsentGroup(path string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(l.absent)), func(key string) bool { return strings.HasPrefix(key, path+".") })
}

// elsewhere returns the paths whose last name is key, in whatever case, if it was written in another
// group: those of options, or else of groups, or else of aliases. A similar name in the group itself,
// one of all, comes first.
func (l *layer) elsewhere(key string, group name, all []string) []string {
	var options, groups, aliases []string
	add := func(list *[]string, path string) {
		if endsIn(path, key) && !slices.Contains(*list, path) {
			*list = append(*list, path)
		}
	}
	for _, o := range l.options {
		add(&options, o.Path)
		for at, c := range o.Path {
			if c == '.' {
				add(&groups, o.Path[:at])
			}
		}
	}
	for _, a := range l.aliases {
		add(&aliases, a.Key)
	}
	for _, found := range [][]string{options, groups, aliases} {
		if len(found) == 0 {
			continue
		}
		if near := suggest.Nearest(key, all); near != "" && !slices.Contains(found, join(group.field, near)) {
			found = append([]string{join(group.field, near)}, found...)
		}
		return found
	}
	return nil
}

// endsIn reports whether name, in whatever case, is the last name of a path, or its last names.
func endsIn(path, name string) bool {
	at := len(path) - len(name)
	return at >= 0 && strings.EqualFold(path[at:], name) && (at == 0 || path[at-1] == '.')
}

// misplaced reports a key or variable that belongs elsewhere: one of the options with these paths is
// meant, whose names are shown.
func (l *layer) misplaced(n name, at int, kind string, paths, names []string) {
	last := len(names) - 1
	list := names[last]
	if last > 0 {
		list = strings.Join(names[:last], ", ") + " or " + list
	}
	e := l.add(n, at, nil, "unknown %s; did you mean %s?", kind, list)
	if last == 0 {
		e.Option = l.optionOf(paths[0])
	}
}

// Locate adds to each problem of the schema's package the variable of its option, and where the
// option was set. Other problems stay as they are.
func (s *Schema) Locate(err error, origins Origins) error {
	return cfgerr.Map(err, func(problem cfgerr.Error) error {
		if problem.Package != s.pkg || problem.Where != "" {
			return &problem
		}
		if opt := s.within(problem.Field); opt != nil {
			problem.Where, problem.Also = origins[opt.Path], cmp.Or(problem.Also, opt.Variable)
		}
		if strings.HasPrefix(problem.Where, fromEnvironment) {
			problem.Also = ""
		}
		return &problem
	})
}
