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
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/logtext"
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

// Log writes one record, unless the logger does not want it. The context's cancellation is not handed on: what is
// logged about a request must not depend on its client waiting.
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

// Logger returns the logger to use for an option. For nil it is slog.Default, as
// that is whenever something is logged: programs often set it late.
func Logger(l *slog.Logger) *slog.Logger {
	if l == nil {
		return slog.New(byDefault{})
	}
	return l
}

// byDefault hands on to the handler of slog.Default.
type byDefault struct{}

func (byDefault) Enabled(ctx context.Context, level slog.Level) bool {
	return slog.Default().Handler().Enabled(ctx, level)
}

func (byDefault) Handle(ctx context.Context, r slog.Record) error {
	return slog.Default().Handler().Handle(ctx, r)
}

func (byDefault) WithAttrs(attrs []slog.Attr) slog.Handler {
	return slog.Default().Handler().WithAttrs(attrs)
}

func (byDefault) WithGroup(name string) slog.Handler {
	return slog.Default().Handler().WithGroup(name)
}

// Level is how much an error matters that was answered with status: it is the
// server's from 500 on, and wherever it was not made to be shown to clients.
func Level(made bool, status int) slog.Level {
	if status >= 500 || !made {
		return slog.LevelError
	}
	return slog.LevelDebug
}

// find is errors.As. Nearly always the error itself is what is looked for, which
// costs no allocation.
func find[T any](err error) (found T, ok bool) {
	if found, ok = err.(T); ok {
		return found, true
	}
	ok = as(err, &found)
	return found, ok
}

// as is errors.As for errors whose methods may panic.
func as(err error, target any) bool {
	return safely(func() bool { return errors.As(err, target) })
}

// StatusOf returns the status that an error chooses by StatusCode() int, 500 if it
// chooses none from 400 to 599.
func StatusOf(err error) int {
	if coded, ok := find[interface{ StatusCode() int }](err); ok {
		if s := coded.StatusCode(); s >= 400 && s <= 599 {
			return s
		}
	}
	return http.StatusInternalServerError
}

// Shown is what a client may read of an error.
type Shown struct {
	Maker error  // the error, among those that it wraps, that says so
	Value any    // to be sent instead of Text; nil for none
	Text  string // "" where there is only a value
}

type (
	valued interface {
		error
		ClientValue() any
	}
	worded interface {
		error
		ClientMessage() string
	}
)

// ShownOf returns what a client may read of err: what ClientValue() any or else
// ClientMessage() string gives. made is false for an error that was not made to
// be read by clients; neither is one whose text is empty.
func ShownOf(err error) (s Shown, made bool) {
	if object, ok := find[valued](err); ok {
		if s.Value = object.ClientValue(); s.Value != nil {
			if text, ok := object.(worded); ok {
				s.Text = text.ClientMessage()
			}
			s.Maker = object
			return s, true
		}
	}
	if text, ok := find[worded](err); ok {
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

// Answer calls answer, which is somebody else's, to answer err, and then log
// unless err is logged already or something was logged meanwhile: also when
// answer panics.
func Answer(rec *facts.Record, err error, answer, log func()) {
	before, outer := rec.BeginAnswer(err)
	defer func() {
		rec.EndAnswer(outer)
		if rec.Logs() == before && !rec.IsLogged(err) {
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

// ClientGone tells whether the connection of a request has ended, or its stream:
// that its client has left, or has closed the side on which it sends. A timeout
// and the stop of a server, whose context says so by its cause, are something
// else.
func ClientGone(r *http.Request, rec *facts.Record) bool {
	if rec.IsOfRequest() {
		// A context that a piece on the way cancels is no client that leaves.
		r = rec.Origin()
	}
	ctx := r.Context()
	return ctx.Err() == context.Canceled && context.Cause(ctx) == context.Canceled
}

// IsClientGone tells whether err is only that the client of the request has
// left. Any other error stays what it is, since it may be why the client did not
// wait; so does that of a body that breaks off, since whoever has closed only
// the side on which it sends reads the answer.
func IsClientGone(r *http.Request, rec *facts.Record, err error) bool {
	return ClientGone(r, rec) && stackOf(err) == nil && safely(func() bool { return errors.Is(err, context.Canceled) })
}

// Panic is a recovered panic as an error. The packages that recover from panics
// export it as their PanicError. It is a 500: what its value is or wraps is for
// the log alone.
type Panic struct {
	Value any    // what was given to panic
	Stack []byte // the stack at that point, for logs
}

// Recovered makes an error of what recover has returned; it must be called while
// the stack is still there.
func Recovered(value any) *Panic { return &Panic{value, debug.Stack()} }

// Error returns "panic: " and the value.
func (p *Panic) Error() string {
	if err, ok := p.Value.(error); ok {
		return "panic: " + textOf(err)
	}
	return fmt.Sprint("panic: ", p.Value)
}

// StatusCode returns 500.
func (p *Panic) StatusCode() int { return http.StatusInternalServerError }

// ForLogs returns the value, if it is an error.
func (p *Panic) ForLogs() error {
	err, _ := p.Value.(error)
	return err
}

// PanicStack returns the stack.
func (p *Panic) PanicStack() []byte { return p.Stack }

// stackOf returns the stack of an error that is a panic or wraps one.
func stackOf(err error) []byte {
	if panicked, ok := find[interface{ PanicStack() []byte }](err); ok {
		return panicked.PanicStack()
	}
	return nil
}
