package routing

// branch is a node of the tree of all entries. It stands for patterns with the same leading
// parts, regardless of the names and expressions of their variables.
type branch struct {
	entries  []int              // all entries below it, ascending
	literals map[string]*branch // by the part in lower case
	vars     map[string]*branch // a variable for one part, by the literal before it
	tails    map[string]*branch // a variable for the rest of the path, by the literal before it; only ends may follow
	ends     group              // patterns that end here
	below    group              // patterns that match this folder and everything in it
}

// group is a list of entries of one shape, which can also be found by the expressions of their
// variables.
type group struct {
	entries []int // ascending
	byExprs exprTree
}

// exprTree finds the lowest entry by the expression of its first variable, then of its second,
// and so on; "" means no expression.
type exprTree struct {
	lowest int
	next   map[string]*exprTree
}

func (g *group) add(p *Pattern, entry int) {
	t := &g.byExprs
	if len(g.entries) == 0 {
		t.lowest = entry
	}
	g.entries = append(g.entries, entry)
	for _, part := range p.parts {
		if !part.variable {
			continue
		}
		next := t.next[part.exprText()]
		if next == nil {
			next = &exprTree{lowest: entry}
			if t.next == nil {
				t.next = map[string]*exprTree{}
			}
			t.next[part.exprText()] = next
		}
		t = next
	}
}

// exprText returns the expression of a variable, or "".
func (p *part) exprText() string {
	if p.expr == nil {
		return ""
	}
	return p.expr.text
}

func newBranch() *branch {
	return &branch{literals: map[string]*branch{}, vars: map[string]*branch{}, tails: map[string]*branch{}}
}

// insert adds an entry with the pattern p.
func (b *branch) insert(p *Pattern, entry int) {
	b.entries = append(b.entries, entry)
	for i, part := range p.parts {
		edges := b.literals
		if part.variable {
			edges = b.vars
			if p.trailing && i == len(p.parts)-1 {
				edges = b.tails
			}
		}
		next := edges[part.literal]
		if next == nil {
			next = newBranch()
			edges[part.literal] = next
		}
		b = next
		b.entries = append(b.entries, entry)
	}
	if p.takesFolder() {
		b.below.add(p, entry)
	} else {
		b.ends.add(p, entry)
	}
}
