package envelope

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Failure is a failure of the server's as [ErrorOptions.Reporters] get it: Err is
// the error with all that it wraps, Stack where it panicked (nil for what was no
// panic), and Status that of the answer (0 if none was sent). MessageID, Action,
// Version, Method and Path are what the log says of the request; the path is
// escaped as it was sent, and the action "" where none was found.
type Failure = failure.Failure

// Report hands a failure to [ErrorOptions.Reporters]. It is for pieces that log a
// failure themselves, and answer nothing: a panic in the middle of an answer.
func (e *Envelope) Report(ctx context.Context, f Failure) {
	if rec := facts.From(ctx); rec.IsOfRequest() {
		rec.AddReport()
	}
	ctx = context.WithoutCancel(ctx)
	for _, report := range e.opts.Errors.Reporters {
		if p := contained(func() { report(ctx, f) }); p != nil {
			e.logPanic(ctx, "Reporters", p, f)
		}
	}
}

// log logs what went wrong, unless a piece has that has it answered here, and
// reports it.
func (e *Envelope) log(ctx context.Context, r *http.Request, rec *facts.Record, err error, level slog.Level, status int) {
	err = failure.Whole(rec, err)
	logged := rec.IsLogged(err)
	if !logged {
		rec.SetLogged(err)
	}
	if level < slog.LevelError && (logged || !e.opts.Logger.Enabled(ctx, level)) {
		return // as nearly all errors of clients, for which nothing is gathered
	}
	f := failure.Of(r, rec, e.opts.NewID, err, status)
	if !logged {
		message := failure.Message(err, level)
		if failure.IsClientGone(r, rec, err) {
			message = failure.Gone
		}
		failure.Log(ctx, f, e.opts.Logger, level, message)
	}
	if level >= slog.LevelError {
		e.Report(ctx, f)
	}
}

// problem is what is wrong with an answer that has no error of its own.
type problem string

func (p problem) Error() string { return "envelope: " + string(p) }

// errorsOf joins what is wrong with an answer: its error, and what else.
func errorsOf(err, wrong error) error {
	switch {
	case wrong == nil:
		return err
	case err == nil:
		return wrong
	}
	return errors.Join(err, wrong)
}

// contained calls a function of the options and returns its panic, which goes no
// further: an error must not become a worse one by how it is told.
func contained(f func()) (panicked *failure.Panic) {
	defer func() {
		if p := recover(); p != nil {
			panicked = failure.Recovered(p)
		}
	}()
	f()
	return nil
}

// logPanic logs the panic of a function of the options.
func (e *Envelope) logPanic(ctx context.Context, option string, p *failure.Panic, of Failure) {
	of.Err, of.Stack = p, p.PanicStack()
	failure.Log(ctx, of, e.opts.Logger, slog.LevelError, "envelope: Options.Errors."+option+" panicked")
}
