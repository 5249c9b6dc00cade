package qs

import (
	"math"
	"strconv"
	"strings"
)

type kind uint8

const (
	key      kind = iota // a member of an object
	index                // an element of a list
	overflow             // an index too large for a list: a member of an object that continues counting
	push                 // [], a further element
)

// A segment is one step of a name: a[b][0] has three.
type segment struct {
	kind kind
	n    int    // the index
	name string // the member's name, or the digits of an index
}

// split appends the segments of a name to segs. open is the position of its first [, if it has
// one.
func split(segs []segment, name string, open int, o *Options) []segment {
	if o.Depth <= 0 {
		// Even so, qs removes brackets around the whole name.
		if n := len(name); n >= 2 && name[0] == '[' && name[n-1] == ']' {
			return append(segs, group(name[1:n-1], o.ArrayLimit))
		}
		return append(segs, segment{name: name})
	}
	if open < 0 {
		return append(segs, segment{name: name})
	}
	if open > 0 {
		segs = append(segs, segment{name: name[:open]})
	}
	for range o.Depth {
		end := closing(name, open)
		if end < 0 {
			break
		}
		segs = append(segs, group(name[open+1:end], o.ArrayLimit))
		next := strings.IndexByte(name[end+1:], '[')
		if next < 0 {
			return segs // anything after the last bracket is dropped
		}
		open = end + 1 + next
	}
	// Beyond the limit, or never closed: one literal name.
	return append(segs, segment{name: name[open:]})
}

// simple splits a name of two members, such as a[b].
func simple(name string, open int, o *Options) (root, member string, ok bool) {
	last := len(name) - 1
	if open <= 0 || open+1 >= last || name[last] != ']' || o.Depth <= 0 {
		return "", "", false
	}
	member = name[open+1 : last]
	if '0' <= member[0] && member[0] <= '9' || strings.IndexByte(member, '[') >= 0 || strings.IndexByte(member, ']') >= 0 {
		return "", "", false
	}
	return name[:open], member, true
}

// closing returns the end of the group that begins at open, or -1.
func closing(name string, open int) int {
	level := 0
	for i := open; i < len(name); i++ {
		switch name[i] {
		case '[':
			level++
		case ']':
			if level--; level == 0 {
				return i
			}
		}
	}
	return -1
}

// group returns the segment for the content of two brackets.
func group(content string, limit int) segment {
	if content == "" {
		return segment{kind: push}
	}
	n, ok := indexOf(content)
	switch {
	case !ok:
		return segment{name: content}
	case n < limit:
		return segment{kind: index, n: n, name: content}
	}
	return segment{kind: overflow, n: n, name: content}
}

// indexOf reads a whole number in its shortest form. Numbers that JavaScript cannot hold exactly,
// and those with a sign or a leading zero, are names.
func indexOf(s string) (int, bool) {
	if s == "" || len(s) > 16 || s[0] == '0' && len(s) > 1 {
		return 0, false
	}
	n := int64(0)
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	if n >= min(1<<53, math.MaxInt) {
		return 0, false
	}
	return int(n), true
}

// digits returns the name of an index.
func digits(n int) string { return strconv.Itoa(n) }

// bracketDots rewrites a.b.c to a[b][c]. It keeps dots within brackets and dots that no name
// follows.
func bracketDots(name string) string {
	var b strings.Builder
	b.Grow(len(name) + 8)
	level := 0
	for i := 0; i < len(name); i++ {
		switch c := name[i]; {
		case c == '.' && level == 0 && i+1 < len(name) && name[i+1] != '.' && name[i+1] != '[':
			word := name[i+1:]
			if end := strings.IndexAny(word, ".["); end >= 0 {
				word = word[:end]
			}
			b.WriteByte('[')
			b.WriteString(word)
			b.WriteByte(']')
			i += len(word)
			continue
		case c == '[':
			level++
		case c == ']' && level > 0:
			level--
		}
		b.WriteByte(name[i])
	}
	return b.String()
}

// Steps splits a name like [Parse], but without a depth limit, and appends its steps to room:
// a[b][] has "a", "b" and "". Anything after the last bracket is dropped, an unclosed bracket
// begins a final, literal step, and the empty name has no steps. With dots, a.b is the same as
// a[b].
func Steps(room []string, name string, dots bool) []string {
	if name == "" {
		return room
	}
	if dots && strings.IndexByte(name, '.') >= 0 {
		name = bracketDots(name)
	}
	open := strings.IndexByte(name, '[')
	if open < 0 {
		return append(room, name)
	}
	if open > 0 {
		room = append(room, name[:open])
	}
	for {
		end := closing(name, open)
		if end < 0 {
			return append(room, name[open:])
		}
		room = append(room, name[open+1:end])
		next := strings.IndexByte(name[end+1:], '[')
		if next < 0 {
			return room
		}
		open = end + 1 + next
	}
}

// Index reads a step that is the index of a list: digits in their shortest form.
func Index(step string) (int, bool) { return indexOf(step) }
