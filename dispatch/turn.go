package dispatch

import (
	"context"
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/idempotency"
	"github.com/sidekick-http/sidekick/internal/respw"
	"github.com/sidekick-http/sidekick/params"
)

// Replayer runs an action once for each key. [*idempotency.Replayer] is the only implementation;
// the interface keeps programs that do not use it from linking it.
type Replayer interface {
	// Field returns the header field of the key for requests with the method (in capitals), and
	// whether it is required. The name is "" if the method needs no key.
	Field(method string) (name string, required bool)
	// Watch returns the request with a body that records for Begin what was read.
	Watch(r *http.Request) *http.Request
	// Begin decides whether to work on the request: see [idempotency.Replayer.Begin].
	Begin(w http.ResponseWriter, r *http.Request) (*idempotency.Turn, error)
}

// turn is the single run of an action for all requests with the same key. Its writer replaces the
// connection's until the response is complete.
type turn struct {
	*idempotency.Turn
	w   http.ResponseWriter // the connection's own writer
	tap *respw.Tap          // around w
}

// errReadBefore keeps requests with different bodies from being treated as the same.
var errReadBefore = errors.New("dispatch: a handler of package params has read the body before the dispatcher, so requests with the same key cannot be compared: remove that handler, since the dispatcher reads the body itself")

// takeTurn decides whether the action runs. The context is that of the run. It is nil if the
// request got the response to the first one with its key, or was refused with the error.
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
	x := c.ensureExtra()
	c.call.ensureRare().turn = &turn{t, c.w, x.tap}
	c.call.r, c.call.copied = t.Request, true
	if t.Writer != c.w {
		// The turn's writer holds back the response, so a tap inside it is needed to observe the
		// action.
		made := x.madeTap
		c.w, x.tap = t.Writer, nil
		c.observe()
		x.madeTap = made
	}
	return t.Request.Context(), nil
}

// endTurn stores and sends the response.
func (c *call) endTurn() {
	if t := c.getRare().turn; t != nil {
		if x := c.conn.extra; x.tap != t.tap {
			x.tap.Finish()
		}
		t.End()
		c.leaveTurn()
	}
}

// abortTurn ends the run of an action whose answer is incomplete. After endTurn it does nothing.
func (c *call) abortTurn() {
	if t := c.getRare().turn; t != nil {
		t.Abort()
		c.leaveTurn()
	}
}

// leaveTurn restores the connection's own writer.
func (c *call) leaveTurn() {
	t := c.rare.turn
	c.conn.w, c.conn.extra.tap = t.w, t.tap
	c.rare.turn = nil
}
