// Package failure says in one form what went wrong with a request, whichever
// piece met it.
//
// Whoever answers an error logs it, and notes in the request's record that it
// did: [facts.Record.SetLogged]. A piece that has an error answered by a
// function of somebody else's uses [Answer], and logs only what was not logged
// meanwhile.
package failure

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

// The messages of log records.
const (
	Failed      = "request failed"
	FailedLate  = "request failed after its answer began"
	Panicked    = "handler panicked"
	PanickedToo = "handler panicked after its answer began"
	Refused     = "request refused"
	Gone        = "client gone"
)

// Failure is what went wrong with one request.
type Failure struct {
	// Err is the error, with all that it wraps.
	Err error
	// Stack is where it panicked; nil for what was no panic.
	Stack []byte
	// Status is that of the answer; 0 if none was sent.
	Status int
	// MessageID is the request's id, which its answer shows.
	MessageID string
	// Action and Version are those of the action; "" if none was found.
	Action, Version string
	// Method and Path are the request's; the path is escaped as it was sent.
	Method, Path string
}

// Of gathers what is known of a failure. newID makes the message id of a request
// that has none; nil makes a random UUID.
func Of(r *http.Request, rec *facts.Record, newID func() string, err error, status int) Failure {
	action := rec.Action()
	f := Failure{
		Err: err, Stack: stackOf(err), Status: status,
		MessageID: rec.MessageIDOr(newID), Action: action.Name, Version: action.Version,
		Method: r.Method, Path: r.URL.EscapedPath(),
	}
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		// A mux outside may have cut a prefix off.
		f.Path = sent.EscapedPath()
	}
	return f
}

// Log writes one record, unless the logger does not want it. The context's
// cancellation is not handed on: what is logged about a request must not depend
// on its client waiting.
func Log(ctx context.Context, f Failure, logger *slog.Logger, level slog.Level, message string) {
	if !logger.Enabled(ctx, level) {
		return
	}
	var room [9]slog.Attr
	attrs := append(room[:0], slog.String("method", logtext.Printable(f.Method)), slog.String("path", f.Path))
	if f.Status != 0 {
		attrs = append(attrs, slog.Int("status", f.Status))
	}
	if f.Action != "" {
		attrs = append(attrs, slog.String("action", logtext.Printable(f.Action)), slog.String("version", logtext.Printable(f.Version)))
	}
	attrs = append(attrs, slog.String("messageId", logtext.Printable(f.MessageID)), slog.String("error", Text(f.Err)))
	if f.Stack != nil {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	logger.LogAttrs(context.WithoutCancel(ctx), level, message, attrs...)
}

// Level is how much an error matters that was answered with status: it is the
// server's from 500 on, and wherever it was not made to be shown to clients.
func Level(made bool, status int) slog.Level {
	if status >= 500 || !made {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// Message returns the message of a record for an error that matters so much: see
// [Level].
func Message(err error, level slog.Level) string {
	switch {
	case stackOf(err) != nil:
		return Panicked
	case level >= slog.LevelError:
		return Failed
	}
	return Refused
}
