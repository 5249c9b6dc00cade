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
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/printable"
)

// StatusClientGone is how a request is answered whose client has left: nginx's
// 499. Nobody reads it but logs and metrics.
const StatusClientGone = 499

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

// Log writes one record. The context's cancellation is not handed on: what is
// logged about a request must not depend on its client waiting.
func (f *Failure) Log(ctx context.Context, logger *slog.Logger, level slog.Level, message string) {
	logger = Logger(logger)
	if !logger.Enabled(ctx, level) {
		return
	}
	var room [9]slog.Attr
	attrs := append(room[:0], slog.String("method", printable.Text(f.Method)), slog.String("path", f.Path))
	if f.Status != 0 {
		attrs = append(attrs, slog.Int("status", f.Status))
	}
	if f.Action != "" {
		attrs = append(attrs, slog.String("action", printable.Text(f.Action)), slog.String("version", printable.Text(f.Version)))
	}
	attrs = append(attrs, slog.String("messageId", printable.Text(f.MessageID)), slog.String("error", Text(f.Err)))
	if f.Stack != nil {
		attrs = append(attrs, slog.String("stack", string(f.Stack)))
	}
	logger.LogAttrs(context.WithoutCancel(ctx), level, message, attrs...)
}

// Logger returns the logger to use for an option: slog.Default for nil, as it is
// at that moment.
func Logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.Default()
	}
	return l
}

// Level is how much an error matters that was answered with status: it is the
// server's from 500 on, and wherever the client is not told what it is.
func Level(err error, status int) slog.Level {
	if _, made := ShownOf(err); status >= 500 || err != nil && !made {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// Shown is what a client may read of an error.
type Shown struct {
	Maker error  // the error, among those that it wraps, that says so
	Value any    // to be sent instead of Text; nil for none
	Text  string // "" where there is only a value
}

// ShownOf returns what a client may read of err: what ClientValue() any or else
// ClientMessage() string gives. made is false for an error that was not made to
// be read by clients; neither is one whose text is empty.
func ShownOf(err error) (s Shown, made bool) {
	var object interface {
		error
		ClientValue() any
	}
	var text interface {
		error
		ClientMessage() string
	}
	if errors.As(err, &object) {
		if s.Value = object.ClientValue(); s.Value != nil {
			if text, ok := object.(interface{ ClientMessage() string }); ok {
				s.Text = text.ClientMessage()
			}
			s.Maker = object
			return s, true
		}
	}
	if errors.As(err, &text) {
		s.Maker, s.Text = text, text.ClientMessage()
	}
	return s, s.Text != ""
}

// Message returns the message of a record for an error that was answered with
// status.
func Message(err error, level slog.Level) string {
	switch {
	case stackOf(err) != nil:
		return Panicked
	case level >= slog.LevelError:
		return Failed
	}
	return Refused
}

// Answer calls answer, which is somebody else's, to answer err, and then log if
// nothing was logged meanwhile: also when answer panics.
func Answer(rec *facts.Record, err error, answer, log func()) {
	before, outer := rec.Logs(), rec.BeginAnswer(err)
	defer func() {
		rec.EndAnswer(outer)
		if rec.Logs() == before {
			log()
		}
	}()
	answer()
}

// Whole returns err together with the error that the record says is being
// answered by it, if that is another one.
func Whole(rec *facts.Record, err error) error {
	asked := rec.Answering()
	switch {
	case asked == nil || errors.Is(err, asked):
		return err
	case err == nil || errors.Is(asked, err):
		return asked
	}
	return errors.Join(asked, err)
}

// ClientGone tells whether the client of a request has left: its connection has
// ended, or its stream. A timeout and the stop of a server, whose context says
// so by its cause, are something else.
func ClientGone(r *http.Request, rec *facts.Record) bool {
	if rec.IsOfRequest() {
		// A context that a piece on the way cancels is no client that leaves.
		r = rec.Origin()
	}
	ctx := r.Context()
	return ctx.Err() == context.Canceled && context.Cause(ctx) == context.Canceled
}

// IsClientGone tells whether err, which matters so much, is only that the client
// of the request has left. A failure of the server's own stays one: it may be
// why the client did not wait. What the client did wrong is no longer of
// interest: a body that breaks off looks like that.
func IsClientGone(r *http.Request, rec *facts.Record, err error, level slog.Level) bool {
	if !ClientGone(r, rec) || stackOf(err) != nil {
		return false
	}
	return level < slog.LevelError || safely(func() bool { return errors.Is(err, context.Canceled) })
}

// Panic is a recovered panic as an error. It is a 500: what its value is or
// wraps is for the log alone.
type Panic struct {
	Value any
	stack []byte
}

// Recovered makes an error of what recover has returned; it must be called while
// the stack is still there.
func Recovered(value any) *Panic { return &Panic{value, debug.Stack()} }

// Error returns "panic: " and the value.
func (p *Panic) Error() string { return "panic: " + sprint(p.Value) }

// ForLogs returns the value, if it is an error.
func (p *Panic) ForLogs() error {
	err, _ := p.Value.(error)
	return err
}

// PanicStack returns the stack at the panic.
func (p *Panic) PanicStack() []byte { return p.stack }

// stackOf returns the stack of an error that is a panic or wraps one.
func stackOf(err error) []byte {
	return safely(func() []byte {
		var panicked interface{ PanicStack() []byte }
		if errors.As(err, &panicked) {
			return panicked.PanicStack()
		}
		return nil
	})
}
