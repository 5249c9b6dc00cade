package qs

import (
	"slices"
	"sort"
)

// A list is an array while it is being built. Indexes may come in any order
// and with holes, as in JavaScript; holes take no space and are closed in the
// end.
type list struct {
	vals     []any
	idx      []int // index of each value, ascending; nil while they are 0, 1, 2 …
	conflict bool  // began as an object and a scalar under one name
}

// length is one more than the highest index.
func (l *list) length() int {
	if len(l.idx) == 0 {
		return len(l.vals)
	}
	return l.idx[len(l.idx)-1] + 1
}

// at returns the index of the value at a position.
func (l *list) at(pos int) int {
	if l.idx == nil {
		return pos
	}
	return l.idx[pos]
}

// find returns the position of an index, or where it would be inserted.
func (l *list) find(n int) (pos int, ok bool) {
	if l.idx == nil {
		return min(n, len(l.vals)), n < len(l.vals)
	}
	pos = sort.SearchInts(l.idx, n)
	return pos, pos < len(l.idx) && l.idx[pos] == n
}

// put sets the value of an index that has none.
func (l *list) put(n int, v any) {
	pos, _ := l.find(n)
	if l.idx == nil && n > len(l.vals) {
		l.idx = make([]int, len(l.vals), len(l.vals)+1)
		for i := range l.idx {
			l.idx[i] = i
		}
	}
	if l.idx != nil {
		l.idx = slices.Insert(l.idx, pos, n)
	}
	l.vals = slices.Insert(l.vals, pos, v)
}

// append sets the value of the index behind the highest.
func (l *list) append(v any) {
	if l.idx != nil {
		l.idx = append(l.idx, l.length())
	}
	l.vals = append(l.vals, v)
}

// unshift moves every value one index up and puts v before them.
func (l *list) unshift(v any) {
	if l.idx != nil {
		for i := range l.idx {
			l.idx[i]++
		}
		l.idx = slices.Insert(l.idx, 0, 0)
	}
	l.vals = slices.Insert(l.vals, 0, v)
}

// within returns the list, or, if it has more elements than the limit, the
// object that takes its place.
func (l *list) within(limit int) any {
	if len(l.vals) <= limit {
		return l
	}
	return &object{m: l.members(), overflow: true, max: l.length() - 1}
}

// members returns the elements by the names of their indexes.
func (l *list) members() map[string]any {
	m := make(map[string]any, len(l.vals))
	for i, v := range l.vals {
		m[digits(l.at(i))] = v
	}
	return m
}

// An object is a map with what must be known of it while it is being built; a
// map of which nothing must be known stands for itself.
type object struct {
	m        map[string]any
	overflow bool // was, or would be, a list past the limit; max is its highest index
	conflict bool // was a list with its conflict mark; last is its highest index
	max      int
	last     int
}

// push adds a value behind the highest index of an overflow.
func (o *object) push(v any) {
	o.max++
	o.m[digits(o.max)] = v
}

// note keeps the highest indexes right after a member was set.
func (o *object) note(name string) {
	if n, ok := indexOf(name); ok {
		o.max = max(o.max, n)
		o.last = max(o.last, n)
	}
}

// highest returns the highest name of m that is an index, at least n.
func highest(m map[string]any, n int) int {
	for name := range m {
		if i, ok := indexOf(name); ok {
			n = max(n, i)
		}
	}
	return n
}
