package upload

import "context"

type formKey struct{}

// NewContext returns a context with form, for code that parses requests itself and then calls
// code that uses [FromContext].
func NewContext(ctx context.Context, form *Form) context.Context {
	return context.WithValue(ctx, formKey{}, form)
}

// FromContext returns the form that [Parser.Handler] has put into the request's context. Requests
// that are not uploads have none.
func FromContext(ctx context.Context) (*Form, bool) {
	form, ok := ctx.Value(formKey{}).(*Form)
	return form, ok
}
