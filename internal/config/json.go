package config

import (
	"bytes"
	"reflect"

	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
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
		l.add(n, at, nil, err.Error())
	case !whole.IsObject():
		l.refuse(n, whole, "want an object")
	default:
		l.object(name{}, whole)
	}
	return l.apply(reflect.ValueOf(dst).Elem(), origins, check)
}

// object notes the values of a group's members.
func (l *layer) object(group name, x jsontree.Node) {
	for _, m := range l.unique(group, x.Members, false) {
		n, k := group.below(m.Key), l.byPath[notation.Join(group.field, m.Key)]
		switch {
		case k == nil, k.rank == ofNothing && k.refused == "" && !m.Value.IsObject():
			l.unknownKey(group, m)
		case k.refused != "":
			l.add(n, m.At, nil, k.refused)
		case k.option != nil && k.option.Secret:
			l.add(n, m.At, nil, "a secret must not be in a file: set "+k.option.Variable)
		case k.option != nil:
			l.key(n, k, m.Value)
		case !m.Value.IsObject():
			l.refuse(n, m.Value, "want an object of its options")
		default:
			l.object(n, m.Value)
		}
	}
}

// key notes the value of a key that sets options. The object of a part switches it on.
func (l *layer) key(n name, k *known, x jsontree.Node) {
	if k.aliases == nil && k.option.Part && x.IsObject() {
		l.object(n, x)
		x = jsontree.Node{Raw: []byte("true"), Scalar: true, At: x.At}
	}
	if reason := l.give(n, k, x); reason != "" {
		n.option = k.option.Path
		l.refuse(n, x, reason)
	}
}
