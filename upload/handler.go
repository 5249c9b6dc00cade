package upload

import (
	"errors"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/linger"
)

// Handler returns a handler that parses uploads before it calls next, which
// finds the form by [FromContext], and closes the form when next returns or
// panics. Requests that are no upload go to next as they are, and so do those
// that have a form already.
//
// What next gets has the fields in r.Form, r.PostForm and r.MultipartForm, too,
// as http.Request.ParseMultipartForm leaves them behind: r.FormValue finds them.
// r.FormFile finds files with [Options.CopyForFormFile] only.
//
// A request that is refused does not reach next. It is answered by
// Options.ErrorHandler, and logged to Options.Logger.
func (p *Parser) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, parsed := FromContext(r.Context()); parsed || !p.Accepts(r) || !hasBody(r) {
			next.ServeHTTP(w, r)
			return
		}
		asked, here := linger.Begin(r)
		form, err := p.parse(w, asked, everyField)
		if err == nil {
			defer p.close(r, form)
			own := r.WithContext(NewContext(r.Context(), form))
			var free func() error
			if free, err = form.fill(own, p.cfg.CopyForFormFile); err == nil {
				defer p.free(r, free)
				next.ServeHTTP(w, own)
				return
			}
		}
		here.Answer(w, asked, func(w http.ResponseWriter) { p.refuse(w, r, err) })
	})
}

// free removes the copies that were made for net/http.
func (p *Parser) free(r *http.Request, remove func() error) {
	if err := remove(); err != nil {
		p.logLeft(r, "upload: copies of files were not removed", err)
	}
}

// close closes a form whose owner has nobody to tell of a failure.
func (p *Parser) close(r *http.Request, form *Form) {
	if err := form.Close(); err != nil {
		p.logLeft(r, "upload: files were not removed", err)
	}
}

// logLeft logs that something stays that nobody will ask for.
func (p *Parser) logLeft(r *http.Request, message string, err error) {
	r, rec := facts.Ensure(r)
	rec.SetLogged(err)
	failure.Log(r.Context(), failure.Of(r, rec, nil, err, 0), p.cfg.Logger, slog.LevelError, message)
}

// hasBody is false for a GET or HEAD without body, whatever its Content-Type.
func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// refuse answers a request that cannot be parsed, and logs why, unless the
// user's handler has done so by an envelope: as an error where this server has
// failed, and otherwise at debug level, as also that a client has left.
func (p *Parser) refuse(w http.ResponseWriter, r *http.Request, err error) {
	failure.Refuse(w, r, err, p.cfg.ErrorHandler, p.cfg.Logger)
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

// logSkipped logs what was sent and is not stored.
func (p *Parser) logSkipped(r *http.Request, form *Form) {
	ctx, logger := r.Context(), p.cfg.Logger
	if len(form.Skipped) == 0 || !logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, s := range form.Skipped {
		logger.DebugContext(ctx, "upload: a file that nobody asked for is not stored",
			"method", r.Method, "path", r.URL.Path, "field", s.Field, "name", s.Name, "type", s.Type)
	}
}
