package routing

import (
	"regexp/syntax"
	"slices"
	"sort"
)

// leaf holds the entries of one shape: the same literals, and variables in the same places. They
// differ only in their expressions.
type leaf struct {
	blocks []block // ascending by their first entries
}

// block holds the entries of a leaf that have expressions for the same variables.
type block struct {
	goals []link // of the entries, ascending
	tests []test
	slow  [][]variable // by index in goals: expressions for which no automaton was built
}

// test decides for one variable which entries of a block remain.
type test struct {
	variable variable
	auto     *automaton
	passing  [][]int32 // by the result of auto: indexes in the block's goals, ascending
}

// newLeaf divides entries of one shape into blocks.
func (c *compiler) newLeaf(entries []int) leaf {
	byTested := map[uint64][]link{} // by the parts with automata, a bit for each
	var kinds []uint64
	for _, e := range entries {
		p := c.entries[e].Pattern
		tested := uint64(0)
		for i, part := range p.parts {
			if part.expr != nil && part.expr.auto != nil {
				tested |= 1 << i
			}
		}
		if byTested[tested] == nil {
			kinds = append(kinds, tested)
		}
		byTested[tested] = append(byTested[tested], c.goal(e, len(p.parts)))
	}
	var l leaf
	for _, tested := range kinds {
		l.blocks = c.split(l.blocks, byTested[tested])
	}
	sort.Slice(l.blocks, func(i, j int) bool { return l.blocks[i].goals[0].first < l.blocks[j].goals[0].first })
	return l
}

// split appends one block of goals, or several if an automaton would be too large. It increases
// the number of goals step by step, because attempts with too many take longest.
func (c *compiler) split(blocks []block, goals []link) []block {
	size := min(64, len(goals))
	b, ok := c.newBlock(goals[:size])
	for ok && size < len(goals) {
		larger := min(2*size, len(goals))
		next, ok := c.newBlock(goals[:larger])
		if !ok {
			break
		}
		b, size = next, larger
	}
	if ok {
		blocks, goals = append(blocks, b), goals[size:]
	}
	for len(goals) > 0 {
		size = min(size, len(goals))
		if b, ok := c.newBlock(goals[:size]); ok {
			blocks, goals = append(blocks, b), goals[size:]
		} else {
			size /= 2
		}
	}
	return blocks
}

// newBlock never fails for a single goal, whose automata already exist.
func (c *compiler) newBlock(goals []link) (block, bool) {
	b := block{goals: goals}
	for v, where := range c.at(goals[0]).vars {
		exprs, users := c.expressions(&b, v)
		if exprs == nil {
			continue
		}
		t := test{variable: where, auto: exprs[0].auto}
		if len(exprs) > 1 {
			progs := make([]*syntax.Prog, len(exprs))
			for i, x := range exprs {
				progs[i] = x.prog
			}
			if t.auto = newAutomaton(progs, &budget{cells: 1 << 20, steps: len(goals) << 14}); t.auto == nil {
				return block{}, false
			}
		}
		for _, set := range t.auto.sets {
			var passing []int32
			for _, x := range set {
				passing = append(passing, users[exprs[x].text]...)
			}
			slices.Sort(passing)
			t.passing = append(t.passing, passing)
		}
		b.tests = append(b.tests, t)
	}
	return b, true
}

// expressions returns the distinct expressions of a block's goals for the variable with that
// index, and which goals use each, by its source. It adds expressions without an automaton to the
// slow ones of the block.
func (c *compiler) expressions(b *block, v int) (exprs []*expression, users map[string][]int32) {
	users = map[string][]int32{}
	for i, g := range b.goals {
		x := c.at(g).vars[v].expr
		switch {
		case x == nil:
		case x.auto == nil:
			if b.slow == nil {
				b.slow = make([][]variable, len(b.goals))
			}
			b.slow[i] = append(b.slow[i], c.at(g).vars[v])
		default:
			if users[x.text] == nil {
				exprs = append(exprs, x)
			}
			users[x.text] = append(users[x.text], int32(i))
		}
	}
	return exprs, users
}

func (c *compiler) at(l link) *goal { return &c.Table.goals[^l.next] }

// first returns the lowest entry before limit whose expressions match, or nowhere.
func (l *leaf) first(s *search, limit int32) link {
	best := nowhere
	for i := range l.blocks {
		b := &l.blocks[i]
		if b.goals[0].first >= min(best.first, limit) {
			break
		}
		if g := b.first(s); g.first < best.first {
			best = g
		}
	}
	return best
}

func (b *block) first(s *search) link {
	switch len(b.tests) {
	case 0:
		for i := range b.goals {
			if b.passesSlow(s, i) {
				return b.goals[i]
			}
		}
	case 1:
		for _, i := range b.tests[0].on(s) {
			if b.passesSlow(s, int(i)) {
				return b.goals[i]
			}
		}
	default:
		return b.common(s)
	}
	return nowhere
}

// common is first for several tests: it returns the lowest entry that passes all of them.
func (b *block) common(s *search) link {
	var all [MaxParts][]int32
	lists := all[:0]
	for t := range b.tests {
		list := b.tests[t].on(s)
		if len(list) == 0 {
			return nowhere
		}
		lists = append(lists, list)
		if last := len(lists) - 1; len(lists[0]) > len(list) {
			lists[0], lists[last] = lists[last], lists[0]
		}
	}
next:
	for _, i := range lists[0] {
		for _, list := range lists[1:] {
			if _, found := slices.BinarySearch(list, i); !found {
				continue next
			}
		}
		if b.passesSlow(s, int(i)) {
			return b.goals[i]
		}
	}
	return nowhere
}

// on returns the entries that pass the test.
func (t *test) on(s *search) []int32 {
	s.steps++
	return t.passing[t.auto.run(s.value(&t.variable))]
}

func (b *block) passesSlow(s *search, i int) bool {
	if b.slow == nil {
		return true
	}
	for k := range b.slow[i] {
		if !s.passes(&b.slow[i][k]) {
			return false
		}
	}
	return true
}
