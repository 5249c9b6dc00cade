package routing

import (
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Entry is one route: a verb in upper case and a pattern.
type Entry struct {
	Method  string
	Pattern *Pattern
}

// Table finds the first of its entries that matches a path. It is immutable and
// safe for concurrent use.
type Table struct {
	verbs  []verb
	forks  []fork
	leaves []leaf
	goals  []goal
	keys   string // all literals of all forks
}

// verb is the root of all patterns of one verb.
type verb struct {
	method string
	root   link
}

// link leads to the rest of one or several patterns. It knows the lowest entry among them, so
// that a search can skip it.
type link struct {
	first int32
	next  int32 // a fork or a leaf, depending on the link; or ^goal, if only first is left
}

// noEntry is greater than every entry.
const noEntry = math.MaxInt32

var nowhere = link{first: noEntry}

// fork distinguishes several patterns.
type fork struct {
	literals literals
	branches bool // there is more than literals
	rest     bool // there are tails or below
	vars     edges
	tails    edges
	ends     link // to a leaf: patterns that end here
	below    link // to a leaf: patterns that match this folder and everything in it
}

// edges lead on through a variable, by the literal before it.
type edges struct {
	plain    link // without a literal
	prefixed literals
	lengths  []int // lengths of those literals, each once, ascending
}

// goal is what a single pattern requires of the rest of a path, with its variables. Patterns that
// differ only in earlier literals share one.
type goal struct {
	checks   []check
	count    int  // number of parts
	trailing bool // more parts may follow
	folder   bool // the rest belongs to no variable
	vars     []variable
	tested   bool // a variable has an expression
}

// check requires a literal that no fork on the way has compared yet.
type check struct {
	part    int
	literal string
	prefix  bool // a variable takes the rest of the part
}

// variable locates the value of a variable in a path.
type variable struct {
	name string
	part int
	skip int  // length of the literal before it
	tail bool // it takes the rest of the path
	expr *expression
}

// Compile builds the table of entries, in the order in which they are tried, and lists the
// entries that can never match because of an earlier one. The table is valid in any case: the
// caller decides whether a conflict is an error.
func Compile(entries []Entry) (*Table, []*Conflict) {
	var conflicts []*Conflict
	var methods []string
	roots := map[string]*branch{}
	for i, e := range entries {
		root := roots[e.Method]
		if root == nil {
			root = newBranch()
			roots[e.Method] = root
			methods = append(methods, e.Method)
		}
		if hider := findHider(root, e.Pattern); hider >= 0 {
			conflicts = append(conflicts, newConflict(entries, i, hider))
			continue
		}
		root.insert(e.Pattern, i)
	}
	c := compiler{entries: entries, goals: map[string]int32{}, keyAt: map[string]int{}}
	for _, m := range methods {
		c.verbs = append(c.verbs, verb{m, c.branch(roots[m], 0)})
	}
	c.Table.keys = c.keys.String()
	return &c.Table, conflicts
}

// compiler makes a Table of trees.
type compiler struct {
	Table
	entries []Entry
	goals   map[string]int32
	keys    strings.Builder
	keyAt   map[string]int
}

// branch compiles b, whose patterns have depth parts before it.
func (c *compiler) branch(b *branch, depth int) link {
	if len(b.entries) == 0 {
		return nowhere
	}
	if len(b.entries) == 1 {
		return c.goal(b.entries[0], depth)
	}
	f := fork{
		vars:  c.edges(b.vars, depth+1),
		tails: c.edges(b.tails, depth+1),
		ends:  c.leaf(b.ends.entries),
		below: c.leaf(b.below.entries),
	}
	f.literals, _ = c.literals(b.literals, depth+1)
	f.rest = len(b.tails)+len(b.below.entries) > 0
	f.branches = f.rest || len(b.vars) > 0
	c.forks = append(c.forks, f)
	return link{int32(b.entries[0]), int32(len(c.forks) - 1)}
}

func (c *compiler) edges(by map[string]*branch, depth int) edges {
	e := edges{plain: nowhere}
	by = maps.Clone(by)
	if b := by[""]; b != nil {
		e.plain = c.branch(b, depth)
		delete(by, "")
	}
	e.prefixed, e.lengths = c.literals(by, depth)
	return e
}

func (c *compiler) literals(by map[string]*branch, depth int) (_ literals, lengths []int) {
	keys := slices.Sorted(maps.Keys(by))
	slots := make([]slot, len(keys))
	for i, key := range keys {
		at, known := c.keyAt[key]
		if !known {
			at = c.keys.Len()
			c.keyAt[key] = at
			c.keys.WriteString(key)
		}
		slots[i] = slot{uint32(at), uint32(len(key)), c.branch(by[key], depth)}
		lengths = append(lengths, len(key))
	}
	slices.Sort(lengths)
	return newLiterals(keys, slots), slices.Compact(lengths)
}

func (c *compiler) leaf(entries []int) link {
	switch len(entries) {
	case 0:
		return nowhere
	case 1:
		return c.goal(entries[0], len(c.entries[entries[0]].Pattern.parts))
	}
	c.leaves = append(c.leaves, c.newLeaf(entries))
	return link{int32(entries[0]), int32(len(c.leaves) - 1)}
}

// goal returns the link to the rest of an entry's pattern, from depth on.
func (c *compiler) goal(entry, depth int) link {
	p := c.entries[entry].Pattern
	g := goal{count: len(p.parts), trailing: p.trailing, folder: p.takesFolder()}
	shape := strconv.AppendBool(nil, p.trailing)
	for i, part := range p.parts {
		shape = append(shape, '/')
		if i >= depth && part.literal != "" {
			g.checks = append(g.checks, check{i, part.literal, part.variable})
			shape = strconv.AppendQuote(shape, part.literal) // quoted, since it may contain what separates the parts of the key
		}
		if !part.variable {
			continue
		}
		v := variable{name: part.name, part: i, skip: len(part.literal), expr: part.expr}
		v.tail = p.trailing && i == len(p.parts)-1
		g.vars = append(g.vars, v)
		shape = append(strconv.AppendInt(append(shape, ':'), int64(v.skip), 10), v.name...)
		if v.expr != nil {
			g.tested = true
			shape = append(append(shape, '('), v.expr.text...)
		}
	}
	// The depth is part of the key, since rests at different depths differ.
	key := strconv.Itoa(depth) + string(shape)
	id, known := c.goals[key]
	if !known {
		id = int32(len(c.Table.goals))
		c.goals[key] = id
		c.Table.goals = append(c.Table.goals, g)
	}
	return link{int32(entry), ^id}
}
