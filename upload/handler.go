package upload

import (
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/linger"
)

// Handler returns a handler that parses uploads before it calls next. next gets the form from
// [FromContext]; it is closed when next returns or panics. Requests that are not uploads, and
// requests that already have a form, are passed on unchanged.
//
// The request also has the fields in r.Form, r.PostForm and r.MultipartForm, as after
// http.Request.ParseMultipartForm, so that r.FormValue finds them. r.FormFile finds files only
// with [Options.CopyForFormFile].
//
// A refused request does not reach next: Options.ErrorHandler responds, and Options.Logger logs
// why.
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
			if free, err = p.FillForm(own, form); err == nil {
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

// close closes a form, and logs a failure.
func (p *Parser) close(r *http.Request, form *Form) {
	if err := form.Close(); err != nil {
		p.logLeft(r, "upload: files were not removed", err)
	}
}

// logLeft logs that a file or copy could not be removed.
func (p *Parser) logLeft(r *http.Request, message string, err error) {
	r, rec := facts.Ensure(r)
	rec.SetLogged(err)
	failure.Log(r.Context(), failure.Of(r, rec, nil, err, 0), p.cfg.Logger, slog.LevelError, message)
}

// hasBody is false for a GET or HEAD without a body, whatever its Content-Type.
func hasBody(r *http.Request) bool {
	return r.ContentLength != 0 || r.Method != http.MethodGet && r.Method != http.MethodHead
}

// refuse answers a request that cannot be parsed, and logs why, unless the user's handler lets
// an envelope do so: as an error if this server has failed, otherwise (also if the client has
// left) at debug level.
func (p *Parser) refuse(w http.ResponseWriter, r *http.Request, err error) {
	failure.Refuse(w, r, err, p.cfg.ErrorHandler, p.cfg.Logger)
}

// logSkipped logs the files that were sent but not stored.
func (p *Parser) logSkipped(r *http.Request, form *Form) {
	ctx, logger := r.Context(), p.cfg.Logger
	if len(form.Skipped) == 0 || !logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	for _, s := range form.Skipped {
		logger.DebugContext(ctx, "upload: a file that is not wanted was not stored",
			"method", r.Method, "path", facts.From(ctx).ShownPath(r.URL.EscapedPath()), "field", s.Field, "name", s.Name, "type", s.Type)
	}
}
