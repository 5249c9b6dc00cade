package dispatch

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// defaultMaxBodyTime is how long an action may read a body.
const defaultMaxBodyTime = time.Hour

// paceBody sees to a body that was left for the action to read: it may take its
// time as long as something comes. http.Server.ReadTimeout is meant for a whole
// request otherwise, its body included.
func (c *call) paceBody() {
	r := c.r
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || c.set.HasBody() {
		return
	}
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || srv.ReadTimeout <= 0 {
		return
	}
	own := *c.request() // whoever is outside has the body as it was
	own.Body = &rollingBody{ReadCloser: r.Body, control: http.NewResponseController(c.conn.w), patience: srv.ReadTimeout, most: c.d.opts.MaxBodyTime}
	c.r = &own
}

// rollingBody gives every read of a body the server's ReadTimeout anew. It
// belongs to the goroutine that reads.
type rollingBody struct {
	io.ReadCloser
	control  *http.ResponseController // nil where deadlines do not work, or do not matter any more
	patience time.Duration
	most     time.Duration // for the whole body; negative: no limit
	until    time.Time     // when the whole body must have come; zero until it is read
	deadline time.Time     // as it was last set
}

// Read reads from the body. What was sent too slowly is a 408.
func (b *rollingBody) Read(p []byte) (int, error) {
	b.arm(time.Now())
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
	case err == io.EOF:
		// The server watches the connection while the action runs on: a deadline
		// would make it take the client for one that has left.
		if b.control != nil && !b.deadline.IsZero() {
			_ = b.control.SetReadDeadline(time.Time{}) // it could be set, so it can be reset
		}
		b.control = nil
	default:
		b.control = nil
		if errors.Is(err, os.ErrDeadlineExceeded) {
			err = fmt.Errorf("%w: %w", errBodyTooSlow, err)
		}
	}
	return n, err
}

// arm sets the deadline of the next read. One that is a little early is left as
// it is, which saves most of the calls for a fast client.
func (b *rollingBody) arm(now time.Time) {
	if b.control == nil {
		return
	}
	if b.until.IsZero() && b.most >= 0 {
		b.until = now.Add(b.most)
	}
	deadline := now.Add(b.patience)
	if b.most >= 0 && b.until.Before(deadline) {
		deadline = b.until
	}
	if late := deadline.Sub(b.deadline); late < b.patience/16 {
		return
	}
	if b.control.SetReadDeadline(deadline) != nil {
		b.control = nil // not every writer can
		return
	}
	b.deadline = deadline
}

// errBodyTooSlow is what reading a body ends with whose client sends nothing for
// too long.
var errBodyTooSlow error = &requestError{status: http.StatusRequestTimeout, code: errcode.BodyTooSlow, message: "The body was sent too slowly."}
