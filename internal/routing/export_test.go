package routing

// Steps returns how many forks a search visits and how many expressions it tries.
func (t *Table) Steps(method, path string) int {
	s := search{table: t, best: nowhere}
	if s.read(path, true) == nil && !s.dirty {
		s.walk(t.root(method), 0)
	}
	return s.steps
}
