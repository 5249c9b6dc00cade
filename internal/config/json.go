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
	switch elsewhere := l.elsewhere(m.Key); {
	case l.absent[n.field] != "":
		l.add(n, m.At, nil, "not offered: %s", l.absent[n.field])
	case l.goOnly[n.field] != "":
		l.add(n, m.At, nil, "this can only be set in Go: %s", l.goOnly[n.field])
	case elsewhere != "" && suggest.Nearest(m.Key, all) == "":
		l.add(n, m.At, nil, "unknown key; did you mean %s?", elsewhere).Option = l.optionOf(elsewhere)
	default:
		l.unknown(group, m, all, listed)
	}
}

// isAbsentGroup reports whether replacements are known for keys below a path.
func (l *layer) isAbsentGroup(path string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(l.absent)), func(key string) bool { return strings.HasPrefix(key, path+".") })
}

// elsewhere returns an option or alias with that name in another group.
func (l *layer) elsewhere(key string) string {
	for _, o := range l.options {
		if strings.HasSuffix(o.Path, "."+key) {
			return o.Path
		}
	}
	for _, a := range l.aliases {
		if strings.HasSuffix(a.Key, "."+key) {
			return a.Key
		}
	}
	return ""
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
