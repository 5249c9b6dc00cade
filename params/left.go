package params

// HasBody reports whether the body has brought anything, params or its bytes. One
// that was left unread has not.
func (s *Set) HasBody() bool { return s.body != nil }
