package qs

import (
	"fmt"
	"strings"
)

// linearPairs is up to how many names they are compared one by one; that is
// quicker than a map and needs no allocation.
const linearPairs = 24

// A pair is a name and what was given under exactly that name: a string, a
// *list, or an *object where there was too much for a list.
type pair struct {
	name string
	open int // where the first [ is; -1 for none
	leaf any
}

// A collector gathers values by name, before any name is taken apart. qs does
// it in this order too, and the result shows it where a name is given plainly
// and with brackets. The pairs are handed in and out so that they can stay on
// the caller's stack.
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

// add notes what was given under a name.
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

// commas decodes the values between the commas of raw as one list; under a
// name that accumulates it becomes one element, a list in a list.
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

// find returns where a name is, or -1; then the caller appends it.
func (c *collector) find(pairs []pair, name string) int {
	if len(pairs) < linearPairs {
		// Names of one form differ most often just before their last bracket.
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

// combine puts the values of b behind those of a, lists taken apart.
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
		l.vals = append(l.vals, more.vals...) // neither has holes yet
	} else {
		l.append(b)
	}
	return l.within(limit)
}
