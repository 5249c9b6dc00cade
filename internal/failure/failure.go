// Package failure describes, in one form, what went wrong with a request, for all pieces.
//
// The piece that answers an error logs it, and records that in the request's record:
// [facts.Record.SetLogged]. A piece that lets a function from outside answer an error uses
// [Answer], and logs only what was not logged meanwhile.
package failure

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/logtext"
)

// These are the messages of log records.
const (
	Failed      = "request failed"
	FailedLate  = "request failed after its response began"
	Panicked    = "handler panicked"
	PanickedToo = "handler panicked after its response began"
	Refused     = "request refused"
	Gone        = "client gone"
)

// Failure describes what went wrong with one request.
type Failure struct {
	// Err is the error, with everything it wraps.
	Err error
	// Stack is the stack of a panic; otherwise nil.
	Stack []byte
	// Status is the status of the response; 0 if none was sent.
	Status int
	// MessageID is the request's id, which the response shows.
	MessageID string
	// Action and Version identify the action; "" if none was found.
	Action, Version string
	// Method and Path are the request's; Path is escaped as it was sent, with secrets masked.
	Method, Path string
}

// Of collects what is known about a failure. newID makes the message id of a request that has
// none; nil makes a random UUID.
func Of(r *http.Request, rec *facts.Record, newID func() string, err error, status int) Failure {
	action := rec.Action()
	f := Failure{
		Err: err, Stack: stackOf(err), Status: status,
		MessageID: rec.MessageIDOr(newID), Action: action.Name, Version: action.Version,
		Method: r.Method, Path: r.URL.EscapedPath(),
	}
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		// An outer mux may have stripped a prefix.
		f.Path = sent.EscapedPath()
	}
	f.Path = rec.ShownPath(f.Path)
	return f
}

// Log writes one record, if the logger's level permits. It drops the context's cancellation: what
// is logged about a request must not depend on whether its client waits.
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

// Level returns the level for an error that was answered with status. It is error for statuses of
// 500 and above, and for errors that are not meant for clients.
func Level(made bool, status int) slog.Level {
	if status >= 500 || !made {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// Message returns the message of a record for an error with that [Level].
func Message(err error, level slog.Level) string {
	switch {
	case stackOf(err) != nil:
		return Panicked
	case level >= slog.LevelError:
		return Failed
	}
	return Refused
}
