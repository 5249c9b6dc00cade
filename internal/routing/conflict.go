package routing

import (
	"fmt"
	"slices"
)

// Conflict is an entry that can never match, because an earlier one matches all of its paths.
type Conflict struct {
	Entry, Earlier          int // indexes of the entries
	Method                  string
	Pattern, EarlierPattern string
	Same                    bool // both match the same paths
}

// Error names both entries.
func (c *Conflict) Error() string {
	why := "matches all of its paths"
	if c.Same {
		why = "matches the same paths"
	}
	return fmt.Sprintf("%s %q (entry %d) can never match: %q (entry %d) comes before it and %s",
		c.Method, c.Pattern, c.Entry, c.EarlierPattern, c.Earlier, why)
}

func newConflict(entries []Entry, entry, earlier int) *Conflict {
	a, b := entries[earlier].Pattern, entries[entry].Pattern
	return &Conflict{
		Entry: entry, Earlier: earlier, Method: entries[entry].Method,
		Pattern: b.text, EarlierPattern: a.text,
		Same: a.trailing == b.trailing && slices.EqualFunc(a.parts, b.parts, func(a, b part) bool {
			return a.literal == b.literal && a.variable == b.variable && a.exprText() == b.exprText()
		}),
	}
}

// findHider returns the lowest entry in the tree that matches every path of p, or -1. It only
// knows the simple cases: a variable without an expression covers anything in its place, and one
// with an expression covers the same expression. It does not compare different expressions.
func findHider(root *branch, p *Pattern) int {
	h := hider{p: p, best: noEntry}
	h.walk(root, 0)
	if h.best == noEntry {
		return -1
	}
	return h.best
}

type hider struct {
	p    *Pattern
	best int
	// allowed has an element for each variable on the way to the branch, in the order of their
	// parts. A variable without an expression always covers its part of p. One with an expression
	// covers it only if the expression is this element; "" stands for no expression.
	allowed []string
}

// walk visits the branches that match every possible path, from part i on.
func (h *hider) walk(b *branch, i int) {
	if len(b.entries) == 0 || b.entries[0] >= h.best {
		return
	}
	h.try(&b.below)
	if i == len(h.p.parts) {
		if !h.p.trailing {
			h.try(&b.ends)
		}
		return
	}
	part := h.p.parts[i]
	last := i == len(h.p.parts)-1
	h.through(b.tails, part, last, func(next *branch) { h.try(&next.ends) })
	if part.variable && last && h.p.trailing {
		return // only a tail covers a tail
	}
	if next := b.literals[part.literal]; next != nil && !part.variable {
		h.walk(next, i+1)
	}
	h.through(b.vars, part, true, func(next *branch) { h.walk(next, i+1) })
}

// through calls visit for every variable that covers part. If alike, its expression may equal the
// part's; otherwise it covers more.
func (h *hider) through(edges map[string]*branch, part part, alike bool, visit func(*branch)) {
	if len(edges) == 0 {
		return
	}
	for n := range len(part.literal) + 1 {
		next := edges[part.literal[:n]]
		if next == nil || !part.variable && (n == len(part.literal) || isDots(part.literal[n:])) {
			continue
		}
		allowed := ""
		if alike && part.variable && n == len(part.literal) {
			allowed = part.exprText()
		}
		h.allowed = append(h.allowed, allowed)
		visit(next)
		h.allowed = h.allowed[:len(h.allowed)-1]
	}
}

// try takes the first entry of the group whose expressions are all allowed.
func (h *hider) try(g *group) {
	if len(g.entries) > 0 && g.entries[0] < h.best {
		h.tryExprs(&g.byExprs, h.allowed)
	}
}

func (h *hider) tryExprs(t *exprTree, allowed []string) {
	if t == nil || t.lowest >= h.best {
		return
	}
	if len(allowed) == 0 {
		h.best = t.lowest
		return
	}
	h.tryExprs(t.next[""], allowed[1:])
	if allowed[0] != "" {
		h.tryExprs(t.next[allowed[0]], allowed[1:])
	}
}
