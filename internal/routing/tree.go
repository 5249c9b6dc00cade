package routing

// branch is a node of the tree in which entries are gathered: what patterns with
// the same parts so far have in common, whatever the names and expressions of
// their variables are.
type branch struct {
	entries  []int              // all that can be reached through it, ascending
	literals map[string]*branch // by the part in lower case
	vars     map[string]*branch // one part for a variable, by the literal before it
	tails    map[string]*branch // the rest for a variable; what is behind only ends
	ends     []int              // patterns that end here
	below    []int              // patterns that take this folder and everything in it
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
		b.below = append(b.below, entry)
	} else {
		b.ends = append(b.ends, entry)
	}
}
