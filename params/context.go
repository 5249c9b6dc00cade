package params

import "context"

type setKey struct{}

// NewContext returns a context with s, for code that parses requests itself and then calls
// code that uses [FromContext].
func NewContext(ctx context.Context, s *Set) context.Context {
	return context.WithValue(ctx, setKey{}, s)
}

// FromContext returns the parameters that [Parser.Handler] has put into the request's context.
func FromContext(ctx context.Context) (*Set, bool) {
	s, ok := ctx.Value(setKey{}).(*Set)
	return s, ok
}
