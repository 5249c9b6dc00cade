package qs

import (
	"slices"
	"sort"
)

// A list is an array under construction. Indexes may come in any order and with gaps, as in
// JavaScript; gaps take no space and are closed at the end.
type list struct {
	vals     []any
	idx      []int // index of each value, ascending; nil while they are 0, 1, 2 …
	conflict bool  // began as an object and a scalar with the same name
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

// put sets the value of an unused index.
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

// append sets the value of the index after the highest one.
func (l *list) append(v any) {
	if l.idx != nil {
		l.idx = append(l.idx, l.length())
	}
	l.vals = append(l.vals, v)
}

// unshift moves every value up by one index and puts v before them.
func (l *list) unshift(v any) {
	if l.idx != nil {
		for i := range l.idx {
			l.idx[i]++
		}
		l.idx = slices.Insert(l.idx, 0, 0)
	}
	l.vals = slices.Insert(l.vals, 0, v)
}

// within returns the list or, if it exceeds the limit, the object that replaces it.
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

// An object is a map with additional state during construction. A map without such state is used
// directly.
type object struct {
	m        map[string]any
	overflow bool // was, or would be, a list beyond the limit; max is its highest index
	conflict bool // was a list with its conflict mark; last is its highest index
	max      int
	last     int
}

// push adds a value after the highest index of an overflow.
func (o *object) push(v any) {
	o.max++
	o.m[digits(o.max)] = v
}

// note updates the highest indexes after a member was set.
func (o *object) note(name string) {
	if n, ok := indexOf(name); ok {
		o.max = max(o.max, n)
		o.last = max(o.last, n)
	}
}

// highest returns the highest index among the names of m, at least n.
func highest(m map[string]any, n int) int {
	for name := range m {
		if i, ok := indexOf(name); ok {
			n = max(n, i)
		}
	}
	return n
}
