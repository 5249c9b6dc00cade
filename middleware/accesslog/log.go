package accesslog

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"runtime"
	"time"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// Log logs the response to each request.
//
// A record of the Logger has the message "request" and these attributes. Those in
// brackets are left out if unknown.
//
//   - method, path (escaped as it was sent, with secrets masked by the dispatcher),
//     [query];
//   - status, bytes of the body as it was sent, duration from when the first piece
//     saw the request;
//   - client, the address that middleware/clientaddr determined;
//   - [action], [version], [route] or pattern of the mux, [messageId];
//   - [params], those that the action takes, with secrets masked by the dispatcher
//     and long values shortened;
//   - [hijacked], with no status: a handler took over the connection;
//   - [aborted]: the response was cut off, by a panic or because the client left.
//     The status is the one that was sent before that. If none was, it is 499 if
//     the client left, as in nginx, and otherwise 0;
//   - the attributes of [Options.Attrs] and [Add].
//
// Nothing that a client sends can start a new line in the log or send escape codes
// to a terminal: unprintable characters are escaped as in Go string literals.
//
// A Log is immutable and safe for concurrent use.
type Log struct {
	records  slog.Handler // nil if there is no Logger
	pc       [1]uintptr   // the source that records report
	combined *combinedLog
	level    func(status int) slog.Level
	attrs    func(*http.Request) []slog.Attr
	skip     func(*http.Request) bool
	logQuery bool
	mask     queryMask
}

// New returns a Log. Its error joins all problems of the options.
func New(o Options) (*Log, error) {
	o = o.WithDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &Log{level: o.Level, attrs: o.Attrs, skip: o.Skip, logQuery: o.LogQuery, mask: newQueryMask(o.MaskQuery)}
	if a.level == nil {
		a.level = defaultLevel
	}
	if o.Logger != nil {
		a.records = o.Logger.Handler()
		runtime.Callers(1, a.pc[:]) // once, since walking the stack is slow
	}
	if o.Combined != nil {
		a.combined = &combinedLog{out: o.Combined}
	}
	return a, nil
}

func defaultLevel(status int) slog.Level {
	if status >= http.StatusInternalServerError {
		return slog.LevelError
	}
	return slog.LevelInfo
}

// Handler logs what next sends. It belongs inside middleware/recovery, whose
// response to a panic it then logs as well, and outside everything that changes the
// body. Mounted twice, it logs twice.
func (a *Log) Handler(next http.Handler) http.Handler {
	if a.records == nil && a.combined == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a.skip != nil && a.skip(r) {
			next.ServeHTTP(w, r)
			return
		}
		tw, r, tap := respw.Of(w, r)
		e := entry{r: r, rec: facts.From(r.Context()), tap: tap, method: r.Method, url: *r.URL, aborted: true}
		if a.records != nil {
			e.rec.WantReceived()
		}
		defer func() {
			// If the handler did not end normally, a panic is passing through. It is not
			// recovered here, so that its stack stays whole.
			if !e.aborted || !a.logAfterRecovery(e) {
				a.log(&e)
			}
		}()
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
		e.aborted = false
	})
}

// logAfterRecovery logs once a piece further out has dealt with the panic that is
// passing through. It returns false if there is no such piece.
func (a *Log) logAfterRecovery(e entry) bool {
	return e.tap.AfterRecovery(func(aborted bool) {
		e.aborted = aborted
		a.log(&e)
	})
}

// entry is what is logged about one request. Method and URL are as they were before
// handlers had a chance to change them.
type entry struct {
	r       *http.Request
	rec     *facts.Record
	tap     *respw.Tap
	method  string
	url     url.URL
	aborted bool
}

// left reports whether the client left before the whole response was sent.
func (e *entry) left() bool {
	if e.rec.ClientGone() {
		return true
	}
	return (e.tap.Failed() || !e.tap.Sent() && !e.tap.Hijacked()) && failure.ClientGone(e.r, e.rec)
}

func (e *entry) status() int {
	switch {
	case e.tap.Sent() || e.tap.Hijacked():
		return e.tap.Status()
	case e.left():
		return failure.StatusClientGone
	case e.aborted:
		return 0
	}
	return http.StatusOK // net/http sends it if nothing was written
}

// levelOf returns the level of the record.
func (a *Log) levelOf(e *entry) slog.Level {
	status := e.status()
	if e.aborted && !e.left() {
		status = max(status, http.StatusInternalServerError)
	}
	if own := e.rec.Action().Level; own != 0 && status < http.StatusInternalServerError {
		return own
	}
	return a.level(status)
}

// client is the client's address without a port, or "".
func (e *entry) client() string {
	if a := facts.ClientOf(e.r).Addr(); a != (netip.Addr{}) {
		return a.String()
	}
	return ""
}

func (a *Log) log(e *entry) {
	now := time.Now()
	if a.combined != nil {
		a.combined.log(a, e, now)
	}
	if a.records == nil {
		return
	}
	ctx, level := e.r.Context(), a.levelOf(e)
	if !a.records.Enabled(ctx, level) {
		return
	}
	// Logging must not depend on whether the client is still waiting.
	ctx = context.WithoutCancel(ctx)
	record := slog.NewRecord(now, level, "request", a.pc[0])
	var room [16]slog.Attr
	record.AddAttrs(a.appendAttrs(room[:0], e, now)...)
	_ = a.records.Handle(ctx, record) // there is nowhere to report an error; slog ignores it as well
}

// appendAttrs appends the attributes of a record.
func (a *Log) appendAttrs(attrs []slog.Attr, e *entry, now time.Time) []slog.Attr {
	attrs = append(attrs, slog.String("method", e.method), slog.String("path", e.rec.ShownPath(e.url.EscapedPath())))
	if a.logQuery {
		attrs = appendText(attrs, "query", a.maskOf(e.rec).apply(e.url.RawQuery))
	}
	if e.tap.Hijacked() {
		attrs = append(attrs, slog.Bool("hijacked", true))
	} else {
		attrs = append(attrs, slog.Int("status", e.status()))
	}
	attrs = append(attrs, slog.Int64("bytes", e.tap.Bytes()), slog.Duration("duration", now.Sub(e.rec.Start())))
	attrs = appendText(attrs, "client", e.client())
	action := e.rec.Action()
	attrs = appendText(attrs, "action", action.Name)
	attrs = appendText(attrs, "version", action.Version)
	route := action.Route
	if route == "" {
		route = cmp.Or(e.rec.Pattern(), e.r.Pattern)
	}
	attrs = appendText(attrs, "route", route)
	attrs = appendText(attrs, "messageId", e.rec.MessageID())
	if params := e.rec.Received(); len(params) > 0 {
		attrs = append(attrs, slog.Any("params", paramsValue(params)))
	}
	if e.aborted || e.left() {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	if a.attrs != nil {
		attrs = append(attrs, a.attrs(e.r)...)
	}
	return append(attrs, e.rec.LogAttrs()...)
}

// appendText appends an attribute whose string may come from the client, unless it
// is empty.
func appendText(attrs []slog.Attr, name, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(name, logtext.Printable(value)))
}
