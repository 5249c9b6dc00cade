package routing

import "net/http"

// Var is a variable of a route and what it took of a path.
type Var struct{ Name, Value string }

// Match finds the first entry of the method that matches path; for HEAD first
// among the entries for HEAD, then among those for GET. It returns -1 when there
// is none.
//
// With decoded, path is one in which no slash was escaped (URL.Path where
// URL.RawPath is empty), otherwise one as it was sent (URL.EscapedPath). A slash
// at its start may be left out.
//
// The variables are appended to vars. For a pattern that takes a folder, rest is
// what follows the folder, decoded: empty or from the slash on.
//
// The error is [ErrEscape], [ErrUTF8] or [ErrTooLong], whatever the entries are.
// Match allocates only where vars has no room or the path has to be decoded.
func (t *Table) Match(method, path string, decoded bool, vars []Var) (entry int, rest string, _ []Var, err error) {
	s := search{table: t, best: nowhere}
	if err := s.read(path, decoded); err != nil {
		return -1, "", vars, err
	}
	if s.dirty {
		return -1, "", vars, nil
	}
	s.walk(t.root(method), 0)
	if s.best.first == noEntry && method == http.MethodHead {
		s.walk(t.root(http.MethodGet), 0)
	}
	if s.best.first == noEntry {
		return -1, "", vars, nil
	}
	g := &t.goals[^s.best.next]
	for i := range g.vars {
		v := &g.vars[i]
		vars = append(vars, Var{v.name, s.value(v)})
	}
	if g.folder {
		rest = s.text[max(0, int(s.begins[g.count])-1):]
	}
	return int(s.best.first), rest, vars, nil
}

// search is the state of one Match.
type search struct {
	table *Table
	best  link // to the goal of the lowest entry found
	steps int  // forks visited and expressions asked: the tests bound it
	location
}

func (t *Table) root(method string) link {
	for i := range t.verbs {
		if t.verbs[i].method == method {
			return t.verbs[i].root
		}
	}
	return nowhere
}

// walk tries all that l leads to, for the path from part depth on. It goes as deep
// as patterns have parts.
func (s *search) walk(l link, depth int) {
	for l.first < s.best.first {
		s.steps++
		if l.next < 0 {
			s.finish(l)
			return
		}
		f := &s.table.forks[l.next]
		if depth == s.count {
			s.end(f.ends)
			s.end(f.below)
			return
		}
		part := s.part(depth)
		depth++
		literal := f.literals.get(s.table.keys, part)
		if !f.branches {
			l = literal
			continue
		}
		if literal.first < s.best.first {
			s.walk(literal, depth)
		}
		if f.rest {
			s.end(f.below)
			s.tails(&f.tails, part)
		}
		for _, n := range f.vars.lengths {
			s.walk(f.vars.behind(s.table.keys, part, n), depth)
		}
		l = f.vars.plain
	}
}

// tails tries the variables that take the rest of the path, which begins with part.
func (s *search) tails(e *edges, part string) {
	s.tail(e.plain)
	for _, n := range e.lengths {
		s.tail(e.behind(s.table.keys, part, n))
	}
}

func (s *search) tail(l link) {
	if l.first < s.best.first && l.next >= 0 {
		l = s.table.forks[l.next].ends
	}
	s.end(l)
}

// behind returns the link of a variable with a literal of n bytes before it, if it
// can take the rest of part: never nothing, and never what looks like a folder.
func (e *edges) behind(keys, part string, n int) link {
	if n >= len(part) || isDots(part[n:]) {
		return nowhere
	}
	return e.prefixed.get(keys, part[:n])
}

// end tries a leaf, or the goal alone.
func (s *search) end(l link) {
	if l.first >= s.best.first {
		return
	}
	if l.next < 0 {
		s.finish(l)
		return
	}
	if g := s.table.leaves[l.next].first(s, s.best.first); g.first < s.best.first {
		s.best = g
	}
}

// finish tries the goal that l leads to.
func (s *search) finish(l link) {
	g := &s.table.goals[^l.next]
	if s.count != g.count && (s.count < g.count || !g.trailing) {
		return
	}
	for i := range g.checks {
		c := &g.checks[i]
		part := s.part(c.part)
		if c.prefix {
			n := len(c.literal)
			if len(part) <= n || isDots(part[n:]) {
				return
			}
			part = part[:n]
		}
		if !equalFold(c.literal, part) {
			return
		}
	}
	if g.tested {
		for i := range g.vars {
			if !s.passes(&g.vars[i]) {
				return
			}
		}
	}
	s.best = l
}

// passes reports whether the variable's expression takes its value.
func (s *search) passes(v *variable) bool {
	if v.expr == nil {
		return true
	}
	s.steps++
	return v.expr.matches(s.value(v))
}
