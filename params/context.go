package params

import "context"

type setKey struct{}

// NewContext returns a context that carries s, for those who parse on their own
// and hand on to code that uses [FromContext].
func NewContext(ctx context.Context, s *Set) context.Context {
	return context.WithValue(ctx, setKey{}, s)
}

// FromContext returns the params that [Parser.Handler] has put into the
// request's context.
func FromContext(ctx context.Context) (*Set, bool) {
	s, ok := ctx.Value(setKey{}).(*Set)
	return s, ok
}
