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
//   - [aborted]: the answer broke off by a panic (the status is 0 if nothing was
//     sent before), or its client had left (the status is 499 if it was not
//     answered before).
//
// Nothing that comes from the client can begin a line of its own or send escape
// codes to a terminal: what is not printable is shown as Go writes it in quotes.
//
// A Log is immutable and safe for concurrent use.
type Log struct {
	records  slog.Handler // nil where there is no Logger
	pc       [1]uintptr   // what records give as their source
	combined *combinedLog
	logQuery bool
}

// New returns a Log. The error is always nil.
func New(o Options) (*Log, error) {
	a := &Log{logQuery: o.LogQuery}
	if o.Logger != nil {
		a.records = o.Logger.Handler()
		runtime.Callers(1, a.pc[:]) // once, since walking the stack takes long
	}
	if o.Combined != nil {
		a.combined = &combinedLog{out: o.Combined}
	}
	return a, nil
}

// Handler logs what next sends. It belongs inside middleware/recovery, whose
// answer to a panic it logs too, and outside everything that changes the body.
// Mounted twice it logs twice.
func (a *Log) Handler(next http.Handler) http.Handler {
	if a.records == nil && a.combined == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
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

func (e *entry) status() int {
	if s := e.tap.Status(); s != 0 || e.aborted || e.tap.Hijacked() {
		return s
	}
	return http.StatusOK // net/http sends it for who sent nothing
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
		a.combined.log(e, now, a.logQuery)
	}
	ctx := e.r.Context()
	if a.records == nil || !a.records.Enabled(ctx, slog.LevelInfo) {
		return
	}
	// What is logged about a request must not depend on its client waiting.
	ctx = context.WithoutCancel(ctx)
	record := slog.NewRecord(now, slog.LevelInfo, "request", a.pc[0])
	var room [16]slog.Attr
	record.AddAttrs(a.attrs(room[:0], e, now)...)
	_ = a.records.Handle(ctx, record) // nobody is left to tell, as in slog itself
}

// attrs appends the attributes of a record.
func (a *Log) attrs(attrs []slog.Attr, e *entry, now time.Time) []slog.Attr {
	attrs = append(attrs, slog.String("method", e.method), slog.String("path", e.url.EscapedPath()))
	if a.logQuery {
		attrs = appendText(attrs, "query", e.url.RawQuery)
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
	if e.aborted || e.rec.ClientGone() {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	return attrs
}

// appendText appends an attribute with a text that may come from the client,
// unless it is empty.
func appendText(attrs []slog.Attr, name, value string) []slog.Attr {
	if value == "" {
		return attrs
	}
	return append(attrs, slog.String(name, logtext.Printable(value)))
}
