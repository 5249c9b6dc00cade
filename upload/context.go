package upload

import "context"

type formKey struct{}

// NewContext returns a context that carries form, for those who parse on their
// own and hand on to code that uses [FromContext].
func NewContext(ctx context.Context, form *Form) context.Context {
	return context.WithValue(ctx, formKey{}, form)
}

// FromContext returns the form that [Parser.Handler] has put into the
// request's context. It is not there for requests that are no upload.
func FromContext(ctx context.Context) (*Form, bool) {
	form, ok := ctx.Value(formKey{}).(*Form)
	return form, ok
}
