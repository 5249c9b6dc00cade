package upload

import (
	"context"
	"errors"
	"net/http"
)

// Handler returns a handler that parses uploads before it calls next, which
// finds the form by [FromContext], and closes the form when next returns or
// panics. Requests that are no upload go to next as they are, and so do those
// that have a form already.
func (p *Parser) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, parsed := FromContext(r.Context()); parsed || !p.Accepts(r) || !hasBody(r) {
			next.ServeHTTP(w, r)
			return
		}
		form, err := p.Parse(w, r)
		if err != nil {
			p.ErrorHandler(w, r, err)
			return
		}
		defer p.close(r.Context(), form)
		next.ServeHTTP(w, r.WithContext(NewContext(r.Context(), form)))
	})
}

// close closes a form whose owner has nobody to tell of a failure.
func (p *Parser) close(ctx context.Context, form *Form) {
	if err := form.Close(); err != nil {
		p.Logger.DebugContext(ctx, "upload: files not removed", "error", err)
	}
}

// hasBody is false for a GET or HEAD without body, whatever its Content-Type.
func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// answerError is the default of Options.ErrorHandler.
func answerError(w http.ResponseWriter, _ *http.Request, err error) {
	status, text := http.StatusInternalServerError, http.StatusText(http.StatusInternalServerError)
	var e *Error
	if errors.As(err, &e) {
		status, text = e.StatusCode(), e.ClientMessage()
	}
	http.Error(w, text, status)
}
