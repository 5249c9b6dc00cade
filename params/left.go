package params

// HasBody reports whether the body was read, and so has parameters or saved bytes.
func (s *Set) HasBody() bool { return s.body != nil }
