package qs

import (
	"fmt"
	"strings"
)

// linearPairs is the number of names up to which a linear search is used. It is faster than a map
// and allocates nothing.
const linearPairs = 24

// A pair is a name and what was sent under exactly that name: a string, a *list, or an *object if
// there was too much for a list.
type pair struct {
	name string
	open int // position of the first [; -1 for none
	leaf any
}

// A collector collects values by name, before names are split. qs does so as well, and the order
// matters if a name is sent both with and without brackets. The pairs are passed in and out so
// that they can stay on the caller's stack.
type collector struct {
	opts  *Options
	index map[string]int // position in pairs; nil while there are few
	seen  [4]uint64      // a bit for every hash of a name
	count int
}

// countIn counts n values against the limit.
func (c *collector) countIn(n int) error {
	c.count += n
	if limit := c.opts.ParameterLimit; limit > 0 && c.count > limit {
		return fmt.Errorf("%w: more than %d", ErrTooMany, limit)
	}
	return nil
}

// add adds a value under a name.
func (c *collector) add(pairs []pair, name string, leaf any, accumulates bool) []pair {
	if name == "" {
		return pairs
	}
	at := c.find(pairs, name)
	switch {
	case at < 0:
		return append(pairs, pair{name, strings.IndexByte(name, '['), leaf})
	case accumulates || c.opts.Duplicates == Combine:
		pairs[at].leaf = combine(pairs[at].leaf, leaf, c.opts.ArrayLimit)
	case c.opts.Duplicates == Last:
		pairs[at].leaf = leaf
	}
	return pairs
}

// value decodes a single value.
func (c *collector) value(raw string) (any, error) {
	if err := c.countIn(1); err != nil {
		return nil, err
	}
	return unescape(raw, c.opts.AllowNUL)
}

// commas decodes the values between the commas of raw as a list. If the name accumulates, the
// list becomes one element, a list in a list.
func (c *collector) commas(raw string, accumulates bool) (any, error) {
	n := strings.Count(raw, ",") + 1
	if err := c.countIn(n); err != nil {
		return nil, err
	}
	values := make([]any, 0, n)
	for range n {
		var one string
		one, raw, _ = strings.Cut(raw, ",")
		value, err := unescape(one, c.opts.AllowNUL)
		if err != nil {
			return nil, err
		}
		values = append(values, value)
	}
	leaf := (&list{vals: values}).within(c.opts.ArrayLimit)
	if accumulates {
		leaf = (&list{vals: []any{leaf}}).within(c.opts.ArrayLimit)
	}
	return leaf, nil
}

// find returns the position of a name, or -1; then the caller appends it.
func (c *collector) find(pairs []pair, name string) int {
	if len(pairs) < linearPairs {
		// Similar names usually differ just before their last bracket.
		h := name[0] + 31*name[max(0, len(name)-2)] + 7*byte(len(name))
		if word, bit := &c.seen[h>>6], uint64(1)<<(h&63); *word&bit == 0 {
			*word |= bit
			return -1
		}
		for i := range pairs {
			if pairs[i].name == name {
				return i
			}
		}
		return -1
	}
	if c.index == nil {
		c.index = make(map[string]int, 2*linearPairs)
		for i := range pairs {
			c.index[pairs[i].name] = i
		}
	}
	if i, ok := c.index[name]; ok {
		return i
	}
	c.index[name] = len(pairs)
	return -1
}

// combine appends the values of b to those of a, and flattens lists.
func combine(a, b any, limit int) any {
	if o, ok := a.(*object); ok {
		if l, ok := b.(*list); ok {
			for _, v := range l.vals {
				o.push(v)
			}
		} else {
			o.push(b)
		}
		return o
	}
	l, ok := a.(*list)
	if !ok {
		l = &list{vals: make([]any, 0, 2)}
		l.append(a)
	}
	if more, ok := b.(*list); ok {
		l.vals = append(l.vals, more.vals...) // neither has gaps yet
	} else {
		l.append(b)
	}
	return l.within(limit)
}
