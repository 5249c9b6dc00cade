package params

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// refuse answers a request whose params were refused, and logs why unless the
// user's handler has done so by an envelope.
func (p *Parser) refuse(w http.ResponseWriter, r *http.Request, err error) {
	r, rec := facts.Ensure(r)
	shown, made := failure.ShownOf(err)
	status := failure.StatusOf(err)
	level := failure.Level(made, status)
	message := failure.Message(err, level)
	if failure.IsClientGone(r, rec, err) {
		status, level, message = failure.StatusClientGone, slog.LevelDebug, failure.Gone
		rec.SetClientGone()
	}
	failure.Answer(rec, err, func() {
		if p.cfg.ErrorHandler != nil {
			p.cfg.ErrorHandler(w, r, err)
			return
		}
		text := shown.Text
		if !made {
			text = errcode.Text(errcode.Internal, map[string]string{"id": rec.MessageIDOr(nil)})
		}
		answerError(w, status, text)
	}, func() {
		p.log(r, rec, err, status, level, message)
	})
}

// log logs what went wrong with a request.
func (p *Parser) log(r *http.Request, rec *facts.Record, err error, status int, level slog.Level, message string) {
	rec.SetLogged(err)
	f := failure.Of(r, rec, nil, err, status)
	failure.Log(r.Context(), f, p.cfg.Logger, level, message)
}

// answerError answers where there is no Options.ErrorHandler.
func answerError(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	body, err := json.Marshal(map[string]string{"error": text})
	if err == nil {
		_, _ = w.Write(body) // the client may have gone
	}
}
