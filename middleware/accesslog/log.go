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

// Log logs what was sent in answer to each request.
//
// A record of the Logger has the message "request" and these attributes, those
// in brackets where they are known:
//
//   - method, path (escaped as it was sent), [query];
//   - status, bytes of the body as it was sent, duration from when the first
//     piece saw the request;
//   - client, the address that middleware/clientaddr decided on;
//   - [action], [version], [route] or pattern of the mux, [messageId];
//   - [params], those that the action takes, with secrets masked already by the
//     dispatcher, shortened where they are long;
//   - [hijacked], with no status: a handler took over the connection;
//   - [aborted]: the answer broke off, by a panic or because the client has left.
//     The status is what was sent before; if nothing was, it is 499 where the
//     client has left, as in nginx, and otherwise 0;
//   - what [Options.Attrs] and [Add] add.
//
// Nothing that comes from the client can begin a line of its own or send escape
// codes to a terminal: what is not printable is shown as Go writes it in quotes.
//
// A Log is immutable and safe for concurrent use.
type Log struct {
	records  slog.Handler // nil where there is no Logger
	pc       [1]uintptr   // what records give as their source
	combined *combinedLog
	level    func(status int) slog.Level
	attrs    func(*http.Request) []slog.Attr
	skip     func(*http.Request) bool
	logQuery bool
	mask     queryMask
}

// New returns a Log, or every problem of the options.
func New(o Options) (*Log, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	a := &Log{level: o.Level, attrs: o.Attrs, skip: o.Skip, logQuery: o.LogQuery, mask: newQueryMask(o.MaskQuery)}
	if a.level == nil {
		a.level = defaultLevel
	}
	if o.Logger != nil {
		a.records = o.Logger.Handler()
		runtime.Callers(1, a.pc[:]) // once, since walking the stack takes long
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
// answer to a panic it logs too, and outside everything that changes the body.
// Mounted twice it logs twice.
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
			// A panic is passing through if the handler did not end as it should. It is
			// not recovered from here, so that its stack stays whole.
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

// logAfterRecovery logs when a piece outside has dealt with the panic that is
// passing through. It returns false if there is none.
func (a *Log) logAfterRecovery(e entry) bool {
	return e.tap.AfterRecovery(func(aborted bool) {
		e.aborted = aborted
		a.log(&e)
	})
}

// entry is what is logged of one request. Method and URL are as they were
// before handlers had a chance to change them.
type entry struct {
	r       *http.Request
	rec     *facts.Record
	tap     *respw.Tap
	method  string
	url     url.URL
	aborted bool
}

// left tells whether the client has left before it was answered, or before all
// of the answer was sent.
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
	return http.StatusOK // net/http sends it for who sent nothing
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
	// What is logged about a request must not depend on its client waiting.
	ctx = context.WithoutCancel(ctx)
	record := slog.NewRecord(now, level, "request", a.pc[0])
	var room [16]slog.Attr
	record.AddAttrs(a.appendAttrs(room[:0], e, now)...)
	_ = a.records.Handle(ctx, record) // nobody is left to tell, as in slog itself
}

// appendAttrs appends the attributes of a record.
func (a *Log) appendAttrs(attrs []slog.Attr, e *entry, now time.Time) []slog.Attr {
	attrs = append(attrs, slog.String("method", e.method), slog.String("path", e.url.EscapedPath()))
	if a.logQuery {
		attrs = appendText(attrs, "query", a.mask.apply(e.url.RawQuery))
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

// appendText appends an attribute with a text that may come from the client,
// unless it is empty.
func appendText(attrs []slog.Attr, name, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(name, logtext.Printable(value)))
}
