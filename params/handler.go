package params

import (
	"log/slog"
	"net/http"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/upload"
)

// Handler returns a handler that parses the parameters before it calls next. next gets them from
// [FromContext]; they are closed when next returns or panics. A refused request does not reach
// next. A request that already has parameters is passed on unchanged.
//
// Handlers of net/http find a form where they would without this one: in r.Form, r.PostForm and
// r.FormValue, and a multipart form also in r.MultipartForm, with its files if the parser for
// uploads has [upload.Options.CopyForFormFile]. They can read JSON and urlencoded bodies from
// r.Body again, as they were sent, but nothing of an upload, unless [Options.SaveRawBody] is set.
func (p *Parser) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, parsed := FromContext(r.Context()); parsed {
			next.ServeHTTP(w, r)
			return
		}
		asked, here := linger.Begin(r)
		refuse := func(err error) {
			here.Answer(w, asked, func(w http.ResponseWriter) { failure.Refuse(w, r, err, p.cfg.ErrorHandler, p.cfg.Logger) })
		}
		s, sent, err := p.parse(w, asked)
		if err != nil {
			refuse(err)
			return
		}
		defer p.logLeft(r, s.Close)
		ctx := NewContext(r.Context(), s)
		form, uploaded := s.Form()
		if uploaded {
			ctx = upload.NewContext(ctx, form)
		}
		own := r.WithContext(ctx)
		if own.Body = asked.Body; sent != nil {
			own.Body = bodyOf(sent)
		}
		if uploaded {
			free, err := p.cfg.Upload.FillForm(own, form)
			if err != nil {
				refuse(err)
				return
			}
			defer p.logLeft(r, free)
		} else if posted, ok := s.Body().(url.Values); ok {
			fillForm(own, posted)
		}
		next.ServeHTTP(w, own)
	})
}

// logLeft removes files, and logs it if that fails.
func (p *Parser) logLeft(r *http.Request, remove func() error) {
	if err := remove(); err != nil {
		r, rec := facts.Ensure(r)
		rec.SetLogged(err)
		failure.Log(r.Context(), failure.Of(r, rec, nil, err, 0), p.cfg.Logger, slog.LevelError, "params: files not removed")
	}
}

// fillForm sets r's Form and PostForm as http.Request.ParseForm does for an urlencoded body, but
// for every method, and for a decoded body.
func fillForm(r *http.Request, posted url.Values) {
	query := r.Form // if an outer handler has parsed it
	r.Form, r.PostForm = nil, posted
	if query == nil {
		_ = r.ParseForm() // the query was accepted; net/http leaves out what has a semicolon
		return
	}
	r.Form = make(url.Values, len(posted)+len(query))
	for _, values := range []url.Values{posted, query} {
		for name, list := range values {
			r.Form[name] = append(r.Form[name], list...)
		}
	}
}
