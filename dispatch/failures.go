package dispatch

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// respondError lets the renderer answer an error, and logs it if the renderer does not.
func (c *call) respondError(a envelope.Answer) {
	if failure.IsClientGone(c.r, c.rec, a.Err) {
		a.Status = failure.StatusClientGone // seen only by logs and metrics
		c.rec.SetClientGone()
	}
	if !c.d.logsItself {
		c.conn.observe() // for renderers that do not know Answer.Context
	}
	failure.Answer(c.rec, a.Err,
		func() { c.d.opts.Renderer.Respond(c.conn.w, c.r, a) },
		func() { c.logUnlogged(a.Err) })
}

// logUnlogged logs an error that the renderer has not logged, after it was answered or while the
// renderer panics.
func (c *call) logUnlogged(err error) {
	_, made := failure.ShownOf(err)
	status := failure.StatusOf(err)
	if sent := c.conn.sentStatus(); sent >= 400 {
		// The renderer has decided what to tell the client.
		made, status = true, sent
	}
	level := failure.Level(made, status)
	message := failure.Message(err, level)
	if failure.IsClientGone(c.r, c.rec, err) {
		level, message = slog.LevelDebug, failure.Gone
	}
	c.log(err, level, message, status)
}

// sentStatus is the status that the tap saw, or 0.
func (c *Connection) sentStatus() int {
	if c.extra == nil || c.extra.tap == nil {
		return 0
	}
	return c.extra.tap.Status()
}

// log logs what went wrong with the request, and reports it if it is an error.
func (c *call) log(err error, level slog.Level, message string, status int) {
	c.rec.SetLogged(err)
	if level < slog.LevelError && !c.d.opts.Logger.Enabled(c.ctx, level) {
		return // as for nearly all client errors, for which nothing is gathered
	}
	f := failure.Of(c.r, c.rec, c.d.opts.NewID, err, status)
	failure.Log(c.ctx, f, c.d.opts.Logger, level, message)
	if level >= slog.LevelError {
		c.d.report(c.ctx, f)
	}
}

// report tells the renderer about a failure to which it does not respond.
func (d *Dispatcher) report(ctx context.Context, f envelope.Failure) {
	if r, ok := d.opts.Renderer.(interface {
		Report(context.Context, envelope.Failure)
	}); ok {
		r.Report(ctx, f)
	}
}

// failLate logs an error or a panic that came after the response had begun. It breaks the
// connection, so that the client does not mistake the response for complete.
func (c *call) failLate(err error, message string) {
	level := slog.LevelError
	if message != failure.PanickedToo && failure.ClientGone(c.r, c.rec) {
		// Once the client has left, writes fail in many ways.
		c.rec.SetClientGone()
		level, message = slog.LevelDebug, failure.Gone
	}
	_, _, tap := respw.Of(c.conn.w, c.request()) // an outer piece may have made one, too
	c.log(err, level, message, tap.Status())
	if !c.conn.hijacked() {
		panic(http.ErrAbortHandler)
	}
}

// failPanic answers a panic. If the renderer panics as well, it writes the response itself.
func (c *call) failPanic(err error) {
	if c.conn.answered() {
		c.failLate(err, failure.PanickedToo)
		return
	}
	// The header that the action set for its result does not fit the error.
	for _, name := range []string{"Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Length", "Content-Range", "Content-Type", "Etag", "Last-Modified"} {
		c.conn.w.Header().Del(name)
	}
	status := http.StatusInternalServerError
	if r, ok := c.d.opts.Renderer.(interface{ Status(error) int }); ok {
		status = r.Status(err)
	}
	c.rec.SetLogged(err)
	f := failure.Of(c.r, c.rec, c.d.opts.NewID, err, status)
	failure.Log(c.ctx, f, c.d.opts.Logger, slog.LevelError, failure.Panicked)
	reports := c.rec.Reports()
	defer func() {
		switch p := recover(); {
		case p == nil:
		case p == http.ErrAbortHandler:
			panic(p)
		default:
			c.log(failure.Recovered(p), slog.LevelError, failure.Panicked, http.StatusInternalServerError)
			if c.conn.answered() {
				panic(http.ErrAbortHandler)
			}
			http.Error(c.conn.w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		}
	}()
	c.respond(envelope.Answer{Err: err})
	if c.rec.Reports() == reports {
		c.d.report(c.ctx, f)
	}
}
