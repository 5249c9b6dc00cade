package dispatch

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/failure"
)

const noTransform = "no-transform"

// answer renders a result, unless the action has written the response itself.
func (c *call) answer(result any, err error) {
	if err != nil {
		if errors.Is(err, http.ErrAbortHandler) {
			panic(http.ErrAbortHandler)
		}
		var panicked *PanicError
		if errors.As(err, &panicked) {
			c.failPanic(err)
			return
		}
	}
	conn := &c.conn
	switch {
	case c.d.opts.Unknown != nil && errors.Is(err, errOtherVersion) && !conn.answered():
		c.passOn()
	case conn.answered():
		if err != nil {
			c.failLate(err, failure.FailedLate)
		} else if result != nil {
			c.d.opts.Logger.DebugContext(c.ctx, "dispatch: a result is not sent, because the action wrote the response itself", "action", conn.action.Name)
		}
	case conn.extra != nil && conn.extra.handled && result == nil && err == nil:
		// The handler chose to send nothing, so net/http answers 200 without a body.
	default:
		c.render(result, err)
	}
}

// render renders a result or an error.
func (c *call) render(result any, err error) {
	c.showReceived()
	status := c.conn.status
	if err == nil {
		c.logResponse(result)
		if status == 0 {
			status = c.action.SuccessStatus
		}
	}
	c.respond(envelope.Answer{Status: status, Value: result, Err: err, AsJSON: c.matchedType})
}

// respond renders a response.
func (c *call) respond(a envelope.Answer) {
	h := c.conn.w.Header()
	if a.Err != nil && h.Get("Cache-Control") == noTransform {
		// The renderer adds no-store only if the header has no Cache-Control.
		h.Set("Cache-Control", "no-store, "+noTransform)
	}
	switch {
	case errors.Is(a.Err, ErrShuttingDown):
		h.Set("Connection", "close")
		fallthrough
	case errors.Is(a.Err, ErrTooManyPending):
		h.Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
	}
	a.Context = c.ctx
	if a.Err != nil {
		c.respondError(a)
		return
	}
	r := c.r
	if !c.d.logsItself {
		r = c.request() // the renderer may not know Answer.Context
	}
	c.d.opts.Renderer.Respond(c.conn.w, r, a)
}

// showReceived shows the parameters known so far if the action never received them.
func (c *call) showReceived() {
	if c.set.Values == nil || c.rec.Received() != nil {
		return
	}
	if c.action != nil && c.action.Name != "" {
		c.set.Values["action"] = c.action.name
	}
	known := c.action
	c.action = nil // no parameter reaches it
	c.rec.SetReceived(c.scrub(nil))
	c.action = known
}

// finish ends every request: it removes the uploaded files and answers a panic, if no response has
// begun.
func (c *call) finish() {
	p := recover()
	if err := c.set.Close(); err != nil {
		c.log(err, slog.LevelError, "dispatch: uploaded files could not be removed", 0)
	}
	switch {
	case p == nil:
		if x := c.conn.extra; x != nil && x.madeTap {
			x.tap.Finish()
		}
		return
	case p == http.ErrAbortHandler:
		panic(p)
	}
	// A panic of the action has already become an error. This one comes from a renderer, from a
	// function around the action, or from this package.
	c.failPanic(failure.Recovered(p))
}
