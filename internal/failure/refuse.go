package failure

import (
	"encoding/json"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// Refuse answers a request with an error, by calling respond, or if that is nil with {"error":
// text} as JSON. It logs the error, unless respond let an envelope do so.
func Refuse(w http.ResponseWriter, r *http.Request, err error, respond func(http.ResponseWriter, *http.Request, error), logger *slog.Logger) {
	r, rec := facts.Ensure(r)
	shown, made := ShownOf(err)
	status := StatusOf(err)
	level := Level(made, status)
	message := Message(err, level)
	if IsClientGone(r, rec, err) {
		status, level, message = StatusClientGone, slog.LevelDebug, Gone
		rec.SetClientGone()
	}
	Answer(rec, err, func() {
		if respond != nil {
			respond(w, r, err)
			return
		}
		text := shown.Text
		if !made {
			text = errcode.Text(errcode.Internal, map[string]string{"id": rec.MessageIDOr(nil)})
		}
		AnswerError(w, status, text)
	}, func() {
		rec.SetLogged(err)
		Log(r.Context(), Of(r, rec, nil, err, status), logger, level, message)
	})
}

// AnswerError answers with {"error": text} as JSON.
func AnswerError(w http.ResponseWriter, status int, text string) {
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	body, err := json.Marshal(map[string]string{"error": text})
	if err == nil {
		_, _ = w.Write(body) // the client may have left
	}
}
