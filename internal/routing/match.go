package routing

import "net/http"

// Var is a variable of a route and its value in a path.
type Var struct{ Name, Value string }

// Match finds the first entry for the method that matches path; for HEAD first among the entries
// for HEAD, then among those for GET. It returns -1 if there is none.
//
// If decoded, path must be a path in which no slash was escaped (URL.Path if URL.RawPath is
// empty), otherwise a path as it was sent (URL.EscapedPath). The leading slash may be omitted.
//
// The variables are appended to vars. For a pattern that matches a folder, rest is what follows
// the folder, decoded: empty, or beginning with a slash.
//
// The error is [ErrEscape], [ErrUTF8] or [ErrTooLong], regardless of the entries. Match allocates
// only if vars has no room or the path must be decoded.
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
	best  link // to the goal of the lowest entry found so far
	steps int  // forks visited and expressions tried: tests limit it
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

// walk tries everything below l for the path from part depth on. Its recursion is limited by the
// parts of patterns.
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

// tails tries the variables for the rest of the path, which begins with part.
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

// behind returns the link of a variable after a literal of n bytes, if the rest of part can be
// its value, which is never empty and never "." or "..".
func (e *edges) behind(keys, part string, n int) link {
	if n >= len(part) || isDots(part[n:]) {
		return nowhere
	}
	return e.prefixed.get(keys, part[:n])
}

// end tries a leaf or a single goal.
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

// finish tries the goal to which l leads.
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

// passes reports whether the variable's expression matches its value.
func (s *search) passes(v *variable) bool {
	if v.expr == nil {
		return true
	}
	s.steps++
	return v.expr.matches(s.value(v))
}
