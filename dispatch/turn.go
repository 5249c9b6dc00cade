package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/params"
)

// Replayer runs an action once for each key: [*idempotency.Replayer] is the one
// that there is. It is an interface so that programs without one do not link it.
type Replayer interface {
	// Field returns the header field with the key, for requests with that method
	// (in capitals), and whether it is required; "" where keys are not looked at.
	Field(method string) (name string, required bool)
	// Watch returns the request with a body of which Begin knows what was read.
	Watch(r *http.Request) *http.Request
	// Begin asks whether the request is to be worked on: see
	// [idempotency.Replayer.Begin].
	Begin(w http.ResponseWriter, r *http.Request) (*idempotency.Turn, error)
}

// turn is the one run of an action for requests with the same key. Its writer
// stands in the place of the connection's until the answer is whole.
type turn struct {
	*idempotency.Turn
	w   http.ResponseWriter // outside of it
	tap *respw.Tap          // around w
}

// errReadBefore keeps requests with different bodies from being taken for the same.
var errReadBefore = errors.New("dispatch: the body was read by a handler of package params in front of the dispatcher, so that it is not known what a key stands for: an action with Idempotency needs the dispatcher to read the body, which it does by itself")

// takeTurn asks whether the action is to run. The context is that of the run,
// nil where there is none: the request was answered as the first one with its
// key, or is refused with the error.
func (c *Connection) takeTurn() (context.Context, error) {
	if _, read := params.FromContext(c.call.ctx); read && c.call.r.ContentLength != 0 {
		return nil, errReadBefore
	}
	c.observe()
	t, err := c.action.Idempotency.Begin(c.w, c.call.request())
	if t == nil {
		if err == nil {
			c.begin()
		}
		return nil, err
	}
	x := c.more()
	c.call.rarely().turn = &turn{t, c.w, x.tap}
	c.call.r, c.call.copied = t.Request, true
	if t.Writer != c.w {
		// What is held back is seen by a tap inside.
		made := x.madeTap
		c.w, x.tap = t.Writer, nil
		c.observe()
		x.madeTap = made
	}
	return t.Request.Context(), nil
}

// endTurn has the answer stored and sent.
func (c *call) endTurn() {
	if t := c.has().turn; t != nil {
		if x := c.conn.extra; x.tap != t.tap {
			x.tap.Finish()
		}
		t.End()
		c.leaveTurn()
	}
}

// abortTurn ends the run of an action whose answer is not whole. It does nothing
// after endTurn.
func (c *call) abortTurn() {
	if t := c.has().turn; t != nil {
		t.Abort()
		c.leaveTurn()
	}
}

// leaveTurn puts the connection's own writer back.
func (c *call) leaveTurn() {
	t := c.rare.turn
	c.conn.w, c.conn.extra.tap = t.w, t.tap
	c.rare.turn = nil
}
