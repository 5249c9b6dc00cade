package failure

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// Refuse answers a request with an error, by calling respond, or AnswerError if that is nil. It
// logs the error, unless respond let an envelope do so.
func Refuse(w http.ResponseWriter, r *http.Request, err error, respond func(http.ResponseWriter, *http.Request, error), logger *slog.Logger) {
	r, rec := facts.Ensure(r)
	_, made := ShownOf(err)
	status := StatusOf(err)
	level := Level(made, status)
	message := Message(err, level)
	if IsClientGone(r, rec, err) {
		status, level, message = StatusClientGone, slog.LevelDebug, Gone
		rec.SetClientGone()
	}
	if respond == nil {
		respond = AnswerError
	}
	Answer(rec, err, func() { respond(w, r, err) }, func() {
		rec.SetLogged(err)
		Log(r.Context(), Of(r, rec, nil, err, status), logger, level, message)
	})
}

// AnswerError answers a request with {"error": text} as JSON and the error's status. The text is
// what a client may see of the error, or that of an internal error, with the message id.
func AnswerError(w http.ResponseWriter, r *http.Request, err error) {
	shown, made := ShownOf(err)
	if !made {
		_, rec := facts.Ensure(r)
		shown.Text = errcode.Text(errcode.Internal, map[string]string{"id": rec.MessageIDOr(nil)})
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(StatusOf(err))
	if body, err := json.Marshal(map[string]string{"error": shown.Text}); err == nil {
		_, _ = w.Write(body) // the client may have left
	}
}
