package routing

import (
	"encoding/binary"
	"regexp/syntax"
	"slices"
	"sort"
	"unicode"
	"unicode/utf8"
)

// automaton is a deterministic automaton for one or more expressions: one pass over a string
// finds all expressions that match the whole of it.
type automaton struct {
	ascii  [utf8.RuneSelf]uint16 // the class of each ASCII character
	starts []rune                // first characters of the ranges, ascending
	class  []uint16              // class of each range: characters that no expression distinguishes share one
	width  int                   // number of classes
	next   []uint32              // [state*width + class]; state 0 cannot match any more, 1 is the start
	accept []uint32              // by state: index in sets
	sets   [][]int32             // expressions that match together; sets[0] is empty
}

// run returns the index in sets of the expressions that match the whole of s.
func (a *automaton) run(s string) uint32 {
	state := uint32(1)
	for i := 0; i < len(s); {
		var class uint16
		if c := s[i]; c < utf8.RuneSelf {
			class = a.ascii[c]
			i++
		} else {
			r, n := utf8.DecodeRuneInString(s[i:])
			class = a.classOf(r)
			i += n
		}
		state = a.next[int(state)*a.width+int(class)]
		if state == 0 {
			return 0
		}
	}
	return a.accept[state]
}

func (a *automaton) classOf(r rune) uint16 {
	i := sort.Search(len(a.starts), func(i int) bool { return a.starts[i] > r })
	return a.class[i-1]
}

// takesAll reports whether an automaton for one expression matches every string but the empty
// one; all its states are reachable.
func (a *automaton) takesAll() bool {
	return !slices.ContainsFunc(a.next[a.width:], func(to uint32) bool { return a.accept[to] == 0 })
}

// takesNone reports whether it matches no string but possibly the empty one.
func (a *automaton) takesNone() bool {
	return !slices.ContainsFunc(a.next[a.width:], func(to uint32) bool { return a.accept[to] != 0 })
}

// budget limits the size of an automaton and the work of building it, so that expressions which
// multiply each other's states cannot stall the start.
type budget struct {
	cells int // of next
	steps int
}

// newAutomaton builds the automaton of progs by subset construction. It returns nil if the budget
// does not suffice, or if a program looks at its surroundings in a way that states cannot
// represent (\b, (?m)^).
func newAutomaton(progs []*syntax.Prog, b *budget) *automaton {
	c := &construction{budget: b, auto: &automaton{}}
	if !c.load(progs) || !c.classify() {
		return nil
	}
	c.intern(nil) // state 0
	var items []int32
	for _, start := range c.starts {
		items = append(items, c.reach(start, syntax.EmptyEndText, syntax.EmptyBeginText)...)
	}
	slices.Sort(items)
	c.intern(items)
	for state := 1; state < len(c.states); state++ {
		for class := range c.auto.width {
			c.auto.next = append(c.auto.next, c.intern(c.step(c.states[state], class)))
			if b.steps < 0 || len(c.auto.next) > b.cells {
				return nil
			}
		}
	}
	return c.auto
}

// construction is the state of newAutomaton. The instructions of all programs form one list; an
// item is an index in it, and a state is a sorted set of items.
type construction struct {
	*budget
	auto    *automaton
	insts   []syntax.Inst // with Out and Arg pointing into this list
	owner   []int32       // by item: its program
	starts  []int32
	test    []int // by item: which of tests it makes on a character
	tests   []syntax.Inst
	passes  []bool    // [test*width + class]
	after   [][]int32 // by item: where its test leads, cached
	seen    []int     // by item: the round in which step last saw it
	round   int       // of step
	met     []int     // the same for reach
	reached int
	states  [][]int32
	byItems map[string]uint32
	bySet   map[string]uint32
}

func (c *construction) load(progs []*syntax.Prog) bool {
	c.byItems, c.bySet = map[string]uint32{}, map[string]uint32{}
	tests := map[string]int{}
	for owner, prog := range progs {
		base := len(c.insts)
		c.starts = append(c.starts, int32(base+prog.Start))
		for _, in := range prog.Inst {
			test := -1
			switch in.Op {
			case syntax.InstAlt, syntax.InstAltMatch:
				in.Arg += uint32(base)
			case syntax.InstEmptyWidth:
				if op := syntax.EmptyOp(in.Arg); op != syntax.EmptyBeginText && op != syntax.EmptyEndText {
					return false
				}
			case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
				// Equal tests in different places or programs are shared.
				k := key(append([]int32{int32(in.Arg)}, in.Rune...))
				id, known := tests[k]
				if !known {
					id = len(c.tests)
					tests[k] = id
					c.tests = append(c.tests, in)
				}
				test = id
			}
			in.Out += uint32(base)
			c.insts = append(c.insts, in)
			c.owner = append(c.owner, int32(owner))
			c.test = append(c.test, test)
		}
	}
	c.seen = make([]int, len(c.insts))
	c.after = make([][]int32, len(c.insts))
	c.met = make([]int, len(c.insts))
	return true
}

// classify assigns one class to all ranges of characters that pass the same tests.
func (c *construction) classify() bool {
	cuts := c.cuts()
	if c.steps -= len(cuts) * (len(c.tests) + 1); c.steps < 0 {
		return false
	}
	a := c.auto
	classes := map[string]uint16{}
	var signatures []string
	for _, r := range cuts {
		if r > unicode.MaxRune {
			break // one past the end of a range that ends there
		}
		sig := c.signature(r)
		id, known := classes[sig]
		if !known {
			if len(signatures) > 1<<16-1 {
				return false
			}
			id = uint16(len(signatures))
			classes[sig] = id
			signatures = append(signatures, sig)
		}
		a.starts = append(a.starts, r)
		a.class = append(a.class, id)
	}
	a.width = len(signatures)
	c.passes = make([]bool, len(c.tests)*a.width)
	for class, sig := range signatures {
		for test := range c.tests {
			c.passes[test*a.width+class] = sig[test] == 1
		}
	}
	for r := range a.ascii {
		a.ascii[r] = a.classOf(rune(r))
	}
	a.next = make([]uint32, a.width) // of state 0
	return true
}

// cuts returns, in order, the characters at which the result of a test changes.
func (c *construction) cuts() []rune {
	cuts := []rune{0}
	for _, t := range c.tests {
		if len(t.Rune) == 1 { // one character, possibly in either case
			r := t.Rune[0]
			cuts = append(cuts, r, r+1)
			for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
				cuts = append(cuts, f, f+1)
			}
			continue
		}
		for i := 0; i+1 < len(t.Rune); i += 2 {
			cuts = append(cuts, t.Rune[i], t.Rune[i+1]+1)
		}
	}
	slices.Sort(cuts)
	return slices.Compact(cuts)
}

// signature returns which tests a character passes: a byte for each, 1 or 0.
func (c *construction) signature(r rune) string {
	sig := make([]byte, len(c.tests))
	for i, t := range c.tests {
		if t.MatchRune(r) {
			sig[i] = 1
		}
	}
	return string(sig)
}

// step returns the items reached from items by a character of the class.
func (c *construction) step(items []int32, class int) []int32 {
	c.round++
	c.steps -= len(items)
	var to []int32
	for _, it := range items {
		if t := c.test[it]; t < 0 || !c.passes[t*c.auto.width+class] {
			continue
		}
		if c.after[it] == nil {
			c.after[it] = c.reach(int32(c.insts[it].Out), syntax.EmptyEndText, 0)
		}
		c.steps -= len(c.after[it])
		for _, next := range c.after[it] {
			if c.seen[next] != c.round {
				c.seen[next] = c.round
				to = append(to, next)
			}
		}
	}
	slices.Sort(to)
	return to
}

// reach returns the items that can be reached from an item without reading a character: tests,
// matches, and the condition keep, which depends on the next character. The condition pass holds,
// all others fail.
func (c *construction) reach(from int32, keep, pass syntax.EmptyOp) []int32 {
	c.reached++
	items := []int32{}
	todo := []int32{from}
	for len(todo) > 0 {
		it := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if c.met[it] == c.reached {
			continue
		}
		c.met[it] = c.reached
		c.steps--
		in := &c.insts[it]
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			todo = append(todo, int32(in.Arg), int32(in.Out))
		case syntax.InstCapture, syntax.InstNop:
			todo = append(todo, int32(in.Out))
		case syntax.InstEmptyWidth:
			if op := syntax.EmptyOp(in.Arg); op == keep {
				items = append(items, it)
			} else if op == pass {
				todo = append(todo, int32(in.Out))
			}
		case syntax.InstFail:
		default:
			items = append(items, it)
		}
	}
	return items
}

// intern returns the number of the state with the given items.
func (c *construction) intern(items []int32) uint32 {
	k := key(items)
	id, known := c.byItems[k]
	if !known {
		id = uint32(len(c.states))
		c.byItems[k] = id
		c.states = append(c.states, items)
		c.auto.accept = append(c.auto.accept, c.matches(items))
	}
	return id
}

// matches returns the set of programs that match if the string ends in items.
func (c *construction) matches(items []int32) uint32 {
	var set []int32
	for _, it := range items {
		switch c.insts[it].Op {
		case syntax.InstMatch:
			set = append(set, c.owner[it])
		case syntax.InstEmptyWidth:
			for _, end := range c.reach(it, 0, syntax.EmptyEndText) {
				if c.insts[end].Op == syntax.InstMatch {
					set = append(set, c.owner[end])
				}
			}
		}
	}
	slices.Sort(set)
	set = slices.Compact(set)
	k := key(set)
	id, known := c.bySet[k]
	if !known {
		id = uint32(len(c.auto.sets))
		c.bySet[k] = id
		c.auto.sets = append(c.auto.sets, set)
	}
	return id
}

// key makes a map key of a list of numbers.
func key(list []int32) string {
	b := make([]byte, 0, 4*len(list))
	for _, v := range list {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	return string(b)
}
