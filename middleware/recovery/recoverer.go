package recovery

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"

	"github.com/gorilla/handlers"

	"github.com/sidekick-http/sidekick/internal/logtext"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// Recoverer keeps a panicking handler from taking its connection down: the
// client gets a 500, or an answer of the program's own.
//
// Two panics end in an aborted connection nevertheless. [http.ErrAbortHandler]
// is how a handler asks for that, and is passed on. And if an answer has begun
// it must break off visibly, since what was sent would look like all of it.
//
// A Recoverer is immutable and safe for concurrent use.
type Recoverer struct {
	respond func(w http.ResponseWriter, r *http.Request, err error)
	logger  *slog.Logger
}

// New returns a Recoverer. The error is always nil.
func New(o Options) (*Recoverer, error) {
	return &Recoverer{respond: o.Respond, logger: o.Logger}, nil
}

// Handler recovers from panics in next. It belongs outside every other piece,
// and sees no panic of a goroutine that a handler has started.
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

// recovered is the guard before gorilla's RecoveryHandler, which would swallow
// aborts and send its status into the middle of an answer.
func (c *Recoverer) recovered(w http.ResponseWriter, r *http.Request, tap *respw.Tap, p any) {
	aborted := true
	if p != http.ErrAbortHandler {
		err := &PanicError{p, debug.Stack()}
		if tap.Started() {
			c.log(r, "handler panicked after its answer began", err)
		} else {
			clearEntityHeaders(w.Header())
			answer := statusWriter{w, func() { aborted = !c.answer(w, r, tap, err) }}
			logger := panicLogger(func() { c.log(r, "handler panicked", err) })
			again := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(p) })
			handlers.RecoveryHandler(handlers.RecoveryLogger(logger))(again).ServeHTTP(answer, r)
		}
	}
	tap.Release(aborted)
	if aborted {
		panic(http.ErrAbortHandler)
	}
}

// answer answers by Respond, or else by the fixed text. It returns false if half
// an answer was sent.
func (c *Recoverer) answer(w http.ResponseWriter, r *http.Request, tap *respw.Tap, err *PanicError) bool {
	if c.respond != nil && !c.responded(w, r, err) && tap.Started() {
		return false
	}
	if !tap.Started() {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
	}
	return true
}

// responded calls Respond and returns false if that panics too.
func (c *Recoverer) responded(w http.ResponseWriter, r *http.Request, err *PanicError) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			c.log(r, "Respond panicked", &PanicError{p, debug.Stack()})
		}
	}()
	c.respond(w, r, err)
	return true
}

func (c *Recoverer) log(r *http.Request, message string, err *PanicError) {
	logger := c.logger
	if logger == nil {
		logger = slog.Default()
	}
	logger.LogAttrs(context.WithoutCancel(r.Context()), slog.LevelError, message,
		slog.String("method", r.Method),
		slog.String("path", r.URL.EscapedPath()),
		slog.String("panic", logtext.Printable(fmt.Sprint(err.Value))),
		slog.String("stack", string(err.Stack)))
}

// clearEntityHeaders removes what describes a body that will not be sent.
func clearEntityHeaders(h http.Header) {
	for _, name := range []string{
		"Accept-Ranges", "Age", "Cache-Control", "Content-Digest", "Content-Disposition", "Content-Encoding",
		"Content-Language", "Content-Length", "Content-Location", "Content-Md5", "Content-Range", "Content-Type",
		"Digest", "Etag", "Expires", "Last-Modified", "Location", "Repr-Digest", "Trailer",
	} {
		h.Del(name)
	}
}

// statusWriter hands the status that gorilla's handler sends to us.
type statusWriter struct {
	http.ResponseWriter
	send func()
}

func (w statusWriter) WriteHeader(int) { w.send() }

// panicLogger is told of a panic by gorilla's handler.
type panicLogger func()

func (f panicLogger) Println(...any) { f() }
