package recovery

import (
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// PanicError is a recovered panic: its Value, and the Stack at that point, for
// logs. It is a 500, whatever status its Value may have.
type PanicError = failure.Panic

// Recoverer keeps a panicking handler from taking its connection down: the client
// gets a 500, or a response that the program chooses.
//
// Two kinds of panic still abort the connection. [http.ErrAbortHandler] is how a
// handler asks for that, and is passed on. And once a response has begun, it must
// visibly break off, since the part already sent would look complete.
//
// A Recoverer is immutable and safe for concurrent use.
type Recoverer struct {
	respond func(w http.ResponseWriter, r *http.Request, err error)
	logger  *slog.Logger
}

// New returns a Recoverer. The error is always nil.
func New(o Options) (*Recoverer, error) {
	o = o.WithDefaults()
	return &Recoverer{respond: o.Respond, logger: failure.Logger(o.Logger)}, nil
}

// Handler recovers from panics in next. It belongs outside every other piece except
// middleware/requestid. Panics in goroutines that a handler starts are not
// recovered.
func (c *Recoverer) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		tw, r, tap := respw.Of(w, r)
		tap.Guard()
		done := false
		defer func() {
			if p := recover(); p != nil {
				c.recovered(tw, r, tap, p)
			} else if !done {
				tap.Release(true) // the handler's goroutine ended by runtime.Goexit
			}
		}()
		next.ServeHTTP(tw, r)
		if tw != w {
			tap.Finish()
		}
		tap.Release(false)
		done = true
	})
}

// recovered handles a panic: it responds if nothing has been sent yet, and
// otherwise aborts the connection.
func (c *Recoverer) recovered(w http.ResponseWriter, r *http.Request, tap *respw.Tap, p any) {
	aborted := true
	if p != http.ErrAbortHandler {
		err := failure.Recovered(p)
		if tap.Started() {
			c.log(r, failure.PanickedToo, err, tap)
		} else {
			clearEntityHeaders(w.Header())
			logged := false
			if aborted, logged = c.answer(w, r, tap, err); !logged {
				c.log(r, failure.Panicked, err, tap)
			}
		}
	}
	tap.Release(aborted)
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

// answer answers with Respond, or else with the fixed message. It reports whether
// an incomplete response was sent, and whether an envelope used by Respond has
// logged the panic.
func (c *Recoverer) answer(w http.ResponseWriter, r *http.Request, tap *respw.Tap, err *PanicError) (aborted, logged bool) {
	if c.respond != nil {
		var ok bool
		if ok, logged = c.responded(w, r, tap, err); !ok && tap.Started() {
			return true, logged
		}
	}
	if !tap.Started() {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return false, logged
}

// responded calls Respond and returns false if that also panics.
func (c *Recoverer) responded(w http.ResponseWriter, r *http.Request, tap *respw.Tap, err *PanicError) (ok, logged bool) {
	rec := facts.From(r.Context())
	logs, outer := rec.BeginAnswer(err)
	defer func() {
		rec.EndAnswer(outer)
		logged = rec.Logs() > logs
		if p := recover(); p != nil {
			c.log(r, "Respond panicked", failure.Recovered(p), tap)
		}
	}()
	c.respond(w, r, err)
	return true, false
}

func (c *Recoverer) log(r *http.Request, message string, err *PanicError, tap *respw.Tap) {
	rec := facts.From(r.Context())
	rec.SetLogged(err)
	f := failure.Of(r, rec, nil, err, tap.Status())
	failure.Log(r.Context(), f, c.logger, slog.LevelError, message)
}

// clearEntityHeaders removes the headers that describe a body that will not be
// sent.
func clearEntityHeaders(h http.Header) {
	for _, name := range []string{
		"Accept-Ranges", "Age", "Cache-Control", "Content-Digest", "Content-Disposition", "Content-Encoding",
		"Content-Language", "Content-Length", "Content-Location", "Content-Md5", "Content-Range", "Content-Type",
		"Digest", "Etag", "Expires", "Last-Modified", "Location", "Repr-Digest", "Trailer",
	} {
		h.Del(name)
	}
}
