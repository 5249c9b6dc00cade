package middleware

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// AccessLogOptions configures an [AccessLog]. The zero value logs nothing.
type AccessLogOptions struct {
	_ struct{}

	// Logger gets one record a request, at level info. nil discards.
	Logger *slog.Logger

	// Combined gets one line a request in Apache's combined form. nil writes none.
	// Lines are written one at a time, each by one call of Write.
	Combined io.Writer

	// LogQuery adds the query to what Combined and Logger show of the target and
	// of Referer. By default they show the path alone, because queries carry what
	// params carry: names, tokens, passwords. The query is shown as it was sent,
	// no value is masked.
	LogQuery bool
}

// AccessLog logs what was sent in answer to each request.
//
// A record of the Logger has the message "request" and these attributes, those
// in brackets where they are known:
//
//   - method, path (escaped as it was sent), [query];
//   - status, bytes of the body as it was sent, duration from when the first
//     piece saw the request;
//   - client, the address that [ClientAddr] decided on;
//   - [action], [version], [route] or pattern of the mux, [messageId];
//   - [params], those that the action takes, with secrets masked already by the
//     dispatcher, shortened where they are long;
//   - [hijacked], with no status: a handler took over the connection;
//   - [aborted]: the answer broke off by a panic. The status is 0 if nothing was
//     sent before.
//
// Nothing that comes from the client can begin a line of its own or send escape
// codes to a terminal: what is not printable is shown as Go writes it in quotes.
//
// An AccessLog is immutable and safe for concurrent use.
type AccessLog struct {
	logger   *slog.Logger
	combined *combinedLog
	logQuery bool
}

// NewAccessLog returns an AccessLog. There is nothing in its options yet that
// can be wrong.
func NewAccessLog(o AccessLogOptions) (*AccessLog, error) {
	a := &AccessLog{logger: o.Logger, logQuery: o.LogQuery}
	if o.Combined != nil {
		a.combined = newCombinedLog(o.Combined)
	}
	return a, nil
}

// Handler logs what next sends. It belongs inside [Recoverer], whose answer to a
// panic it logs too, and outside everything that changes the body. Mounted twice
// it logs twice.
func (a *AccessLog) Handler(next http.Handler) http.Handler {
	if a.logger == nil && a.combined == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		rec := facts.From(r.Context())
		e := entry{r: r, rec: rec, tap: tap, method: r.Method, url: *r.URL}
		defer func() {
			// A panic is passing through unless done is set. It is not recovered
			// from here, so that its stack stays whole.
			e.aborted = !e.done
			if e.done || !tap.AfterRecovery(func(aborted bool) {
				e.aborted = aborted
				a.log(&e)
			}) {
				a.log(&e)
			}
		}()
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
		e.done = true
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
	done    bool
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

func (a *AccessLog) log(e *entry) {
	if a.combined != nil {
		a.combined.log(e, a.logQuery)
	}
	// What is logged about a request must not depend on its client waiting.
	ctx := context.WithoutCancel(e.r.Context())
	if a.logger == nil || !a.logger.Enabled(ctx, slog.LevelInfo) {
		return
	}
	attrs := make([]slog.Attr, 0, 16)
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, printable(value)))
		}
	}
	attrs = append(attrs, slog.String("method", e.method), slog.String("path", e.url.EscapedPath()))
	if a.logQuery {
		text("query", e.url.RawQuery)
	}
	if e.tap.Hijacked() {
		attrs = append(attrs, slog.Bool("hijacked", true))
	} else {
		attrs = append(attrs, slog.Int("status", e.status()))
	}
	attrs = append(attrs, slog.Int64("bytes", e.tap.Bytes()), slog.Duration("duration", time.Since(e.rec.Start())))
	text("client", e.client())
	action := e.rec.Action()
	text("action", action.Name)
	text("version", action.Version)
	if action.Route != "" {
		text("route", action.Route)
	} else {
		text("route", e.r.Pattern)
	}
	text("messageId", e.rec.MessageID())
	if params := e.rec.Received().Map(); len(params) > 0 {
		attrs = append(attrs, slog.Any("params", paramsValue(params)))
	}
	if e.aborted {
		attrs = append(attrs, slog.Bool("aborted", true))
	}
	a.logger.LogAttrs(ctx, slog.LevelInfo, "request", attrs...)
}

// printable returns s, quoted if it holds anything that is not printable. slog's
// JSON handler leaves the control characters above ASCII as they are.
func printable(s string) string {
	for _, c := range s {
		if !strconv.IsPrint(c) || c == utf8.RuneError {
			return strconv.Quote(s)
		}
	}
	return s
}
