package qs

import (
	"slices"
	"strings"
)

// A builder puts the collected values into their places. During construction a value is a string,
// a *list, a map[string]any or an *object; finish converts its own types to plain ones.
//
// Every name is a single path, so merging it into the existing values needs no recursion. If two
// names conflict, the rules of qs 6.15 and later (strictMerge) apply.
type builder struct {
	limit int
	root  map[string]any
	own   bool // a *list or *object was made
}

// nest builds the result.
func nest(pairs []pair, o *Options) map[string]any {
	b := builder{limit: o.ArrayLimit, root: make(map[string]any, roots(pairs))}
	for i := range pairs {
		name, open, leaf := pairs[i].name, pairs[i].open, pairs[i].leaf
		if o.AllowDots && strings.IndexByte(name, '.') >= 0 {
			name = bracketDots(name)
			open = strings.IndexByte(name, '[')
		}
		if isContainer(leaf) {
			b.own = true
		} else if open < 0 && o.Lists {
			leaf = (&list{vals: []any{leaf}}).within(b.limit)
			b.own = true
		}
		if !b.addSimple(name, open, leaf, o) {
			b.add(name, open, leaf, o)
		}
	}
	if b.own {
		b.finish()
	}
	return b.root
}

// addSimple adds a value whose name is plain, or has the common form a[b] in an object of its
// own, if no other name is in its place yet.
func (b *builder) addSimple(name string, open int, leaf any, o *Options) bool {
	if open < 0 {
		if _, taken := b.root[name]; !taken {
			b.root[name] = leaf
			return true
		}
	}
	root, member, ok := simple(name, open, o)
	if !ok {
		return false
	}
	switch m := b.root[root].(type) {
	case nil:
		b.root[root] = map[string]any{member: leaf}
		return true
	case map[string]any:
		if _, taken := m[member]; !taken {
			m[member] = leaf
			return true
		}
	}
	return false
}

// add adds a value with a name of any form.
func (b *builder) add(name string, open int, leaf any, o *Options) {
	var buf [8]segment
	b.insert(resolve(split(buf[:0], name, open, o), leaf, b.limit), leaf)
}

// roots estimates the number of members of the root: names that nest below the same one usually
// follow each other.
func roots(pairs []pair) int {
	if len(pairs) <= 8 {
		return 0 // a map begins with that many
	}
	n, last := 0, ""
	for i := range pairs {
		root := ""
		if open := pairs[i].open; open >= 0 {
			root = pairs[i].name[:open]
		}
		if root == "" || root != last {
			n++
		}
		last = root
	}
	return n
}

// resolve replaces the [] in a name: it is element 0 of a new list, unless what follows is a
// list, which then replaces both.
func resolve(segs []segment, leaf any, limit int) []segment {
	rest := key
	switch leaf.(type) {
	case *list:
		rest = index
	case *object:
		rest = overflow
	}
	if !slices.ContainsFunc(segs, func(s segment) bool { return s.kind == push }) {
		return segs
	}
	first := len(segs) // segs[first:] is resolved
	for i := len(segs) - 1; i >= 0; i-- {
		s := segs[i]
		if s.kind == push {
			if rest != key {
				continue
			}
			s = segment{kind: index, name: "0"}
			if limit <= 0 {
				s.kind = overflow
			}
		}
		first--
		segs[first] = s
		rest = s.kind
	}
	return segs[first:]
}

// A place is where a value is stored, so that another can replace it.
type place struct {
	l    *list
	pos  int
	m    map[string]any
	name string
}

// isRoot reports whether the place is the root.
func (p place) isRoot() bool { return p.l == nil && p.m == nil }

// set stores a value at the place.
func (p place) set(v any) {
	if p.l != nil {
		p.l.vals[p.pos] = v
	} else {
		p.m[p.name] = v
	}
}

// insert merges one name and its value into the result.
func (b *builder) insert(segs []segment, leaf any) {
	if len(segs) == 0 { // [] alone: the elements are members of the root
		b.mergeMembers(b.root, nil, leaf)
		return
	}
	var at place // zero for the root, which is never replaced and needs no marks
	target := any(b.root)
	for i, s := range segs {
		rest := segs[i+1:]
		if !isContainer(target) {
			at.set(b.beside(target, b.build(segs[i:], leaf)))
			return
		}
		if t, ok := target.(*list); ok {
			if s.kind == index {
				pos, inside := b.insertElement(t, s.n, rest, leaf)
				if inside {
					at, target = place{l: t, pos: pos}, t.vals[pos]
					continue
				}
				at.set(t.within(b.limit))
				return
			}
			target = toObject(t)
			at.set(target)
		}

		m, inside := b.insertMember(at, target, segs[i:], leaf)
		if !inside {
			return
		}
		at, target = place{m: m, name: s.name}, m[s.name]
	}
	at.set(b.merge(target, leaf))
}

// insertElement puts the value for the rest of a name into a list, as element n. If that element
// is a container, the value belongs inside it: then insertElement changes nothing, and pos is the
// element's position.
func (b *builder) insertElement(t *list, n int, rest []segment, leaf any) (pos int, inside bool) {
	pos, taken := t.find(n)
	switch {
	case !taken:
		t.put(n, b.build(rest, leaf))
	case (len(rest) > 0 || isContainer(leaf)) && isContainer(t.vals[pos]):
		return pos, true
	default:
		t.append(b.build(rest, leaf))
	}
	return pos, false
}

// insertMember puts the value for the rest of a name into the object at a place, and returns the
// object's members. If it already has a member of that name, the value belongs beside or inside
// that: then insertMember only marks the object.
func (b *builder) insertMember(at place, target any, segs []segment, leaf any) (m map[string]any, inside bool) {
	s := segs[0]
	m, o := membersOf(target)
	if _, inside = m[s.name]; !inside {
		m[s.name] = b.build(segs[1:], leaf)
	}
	if s.kind == overflow && !at.isRoot() && (o == nil || !o.overflow) {
		o = b.marked(m, o, s.n)
		at.set(o)
	}
	if o != nil {
		o.note(s.name)
	}
	return m, inside
}

// build makes the value for a name whose place is empty.
func (b *builder) build(segs []segment, leaf any) any {
	v := leaf
	for i := len(segs) - 1; i >= 0; i-- {
		switch s := segs[i]; s.kind {
		case index:
			b.own = true
			l := &list{}
			l.put(s.n, v)
			v = l
		case overflow:
			b.own = true
			v = &object{m: map[string]any{s.name: v}, overflow: true, max: s.n}
		default:
			v = map[string]any{s.name: v}
		}
	}
	return v
}

// merge merges the value at the end of a name into an existing one. It recurses into the elements
// of a leaf, which are at most lists.
func (b *builder) merge(target, leaf any) any {
	if !isContainer(leaf) {
		if leaf == "" {
			return target // qs ignores an empty string here
		}
		return b.mergeScalar(target, leaf)
	}
	if !isContainer(target) {
		return b.beside(target, leaf)
	}
	into, isList := target.(*list)
	if from, ok := leaf.(*list); ok && isList {
		for i, item := range from.vals {
			n := from.at(i)
			pos, ok := into.find(n)
			switch {
			case !ok:
				into.put(n, item)
			case isContainer(item) && isContainer(into.vals[pos]):
				into.vals[pos] = b.merge(into.vals[pos], item)
			default:
				into.append(item)
			}
		}
		return into.within(b.limit)
	}
	if isList {
		target = toObject(into)
	}
	m, o := membersOf(target)
	b.mergeMembers(m, o, leaf)
	if from, ok := leaf.(*object); ok && (o == nil || !o.overflow) {
		return b.marked(m, o, from.max)
	}
	return target
}

// mergeMembers merges the elements of a leaf into an object.
func (b *builder) mergeMembers(m map[string]any, o *object, leaf any) {
	switch from := leaf.(type) {
	case *list:
		for i, item := range from.vals {
			b.mergeMember(m, o, digits(from.at(i)), item)
		}
	case *object: // an overflow of several values, so it has no gaps
		for n := range from.max + 1 {
			b.mergeMember(m, o, digits(n), from.m[digits(n)])
		}
	}
}

func (b *builder) mergeMember(m map[string]any, o *object, name string, item any) {
	if old, ok := m[name]; ok {
		item = b.merge(old, item)
	}
	m[name] = item
	if o != nil {
		o.note(name)
	}
}

// mergeScalar merges a non-empty value into an existing one.
func (b *builder) mergeScalar(target, scalar any) any {
	b.own = true
	switch t := target.(type) {
	case *list:
		if len(t.vals) >= b.limit {
			o := &object{m: t.members(), overflow: true, max: t.length() - 1}
			o.push(scalar)
			return o
		}
		t.append(scalar)
		return t
	case *object:
		switch {
		case t.overflow:
			t.push(scalar)
			return t
		case t.conflict:
			t.last++
			t.m[digits(t.last)] = scalar
			return t
		}
	}
	return (&list{vals: []any{target, scalar}, conflict: isContainer(target)}).within(b.limit)
}

// beside makes a list of a scalar and what a later name built in its place.
func (b *builder) beside(scalar, v any) any {
	b.own = true
	switch v := v.(type) {
	case *list:
		v.unshift(scalar)
		if v.length() > b.limit { // gaps count here
			return &object{m: v.members(), overflow: true, max: v.length() - 1}
		}
		return v
	case *object:
		m := map[string]any{"0": scalar}
		for name, value := range v.m {
			n, _ := indexOf(name)
			m[digits(n+1)] = value
		}
		v.m = m
		v.max++
		return v
	}
	return (&list{vals: []any{scalar, v}}).within(b.limit)
}

// marked marks the object with the members m as one that continues counting from its highest
// index, at least n. o is that object, if it exists.
func (b *builder) marked(m map[string]any, o *object, n int) *object {
	b.own = true
	if o == nil {
		o = &object{m: m}
	}
	o.overflow, o.max = true, highest(m, n)
	return o
}

// toObject converts a list to an object, because a name that is not an index was added.
func toObject(l *list) any {
	if !l.conflict {
		return l.members()
	}
	return &object{m: l.members(), conflict: true, last: l.length() - 1}
}

// membersOf returns the map of an object, and the *object if it is one.
func membersOf(v any) (map[string]any, *object) {
	if o, ok := v.(*object); ok {
		return o.m, o
	}
	m, _ := v.(map[string]any)
	return m, nil
}

// isContainer distinguishes lists and objects from other values.
func isContainer(v any) bool {
	switch v.(type) {
	case *list, *object, map[string]any, []any:
		return true
	}
	return false
}

// finish replaces every *list and *object by a plain value.
func (b *builder) finish() {
	pending := []any{b.root}
	plain := func(v any) any {
		switch t := v.(type) {
		case *list:
			pending = append(pending, t.vals)
			return t.vals
		case *object:
			pending = append(pending, t.m)
			return t.m
		case map[string]any:
			pending = append(pending, t)
		}
		return v
	}
	for len(pending) > 0 {
		last := len(pending) - 1
		container := pending[last]
		pending = pending[:last]
		switch t := container.(type) {
		case []any:
			for i, v := range t {
				if isContainer(v) {
					t[i] = plain(v)
				}
			}
		case map[string]any:
			for name, v := range t {
				if isContainer(v) {
					t[name] = plain(v)
				}
			}
		}
	}
}
