package envelope

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// Failure describes a server error to [ErrorOptions.Reporters]. Err is the error with everything
// it wraps, Stack the stack of a panic (otherwise nil), and Status the status of the response (0 if
// none was sent). MessageID, Action, Version, Method and Path are the values in the log; Path is
// escaped as it was sent, and Action is "" if none was found.
type Failure = failure.Failure

// Report passes a failure to [ErrorOptions.Reporters]. It is for pieces that log a failure to
// which they cannot respond, such as a panic in the middle of a response.
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

// log logs an error, unless the piece that passes it here has logged it, and reports it.
func (e *Envelope) log(ctx context.Context, r *http.Request, rec *facts.Record, err error, level slog.Level, status int) {
	err = failure.Whole(rec, err)
	logged := rec.IsLogged(err)
	if !logged {
		rec.SetLogged(err)
	}
	if level < slog.LevelError && (logged || !e.opts.Logger.Enabled(ctx, level)) {
		return // as for nearly all client errors, for which nothing is gathered
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

// problem is a mistake in a response that has no error of its own.
type problem string

func (p problem) Error() string { return "envelope: " + string(p) }

// errorsOf joins a response's error with a further problem.
func errorsOf(err, wrong error) error {
	switch {
	case wrong == nil:
		return err
	case err == nil:
		return wrong
	}
	return errors.Join(err, wrong)
}

// contained calls a function of the options and returns its panic, so that reporting an error
// cannot make it worse.
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
