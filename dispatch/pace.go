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

// paceBody lets the action read a body slowly, as long as bytes keep coming. Otherwise
// http.Server.ReadTimeout would limit the whole request, including its body.
func (c *call) paceBody() {
	r := c.r
	if r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || c.set.HasBody() {
		return
	}
	srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server)
	if !ok || srv.ReadTimeout <= 0 {
		return
	}
	own := *c.request() // outer handlers keep the original body
	own.Body = &rollingBody{ReadCloser: r.Body, control: http.NewResponseController(c.conn.w), patience: srv.ReadTimeout, most: c.d.opts.MaxBodyTime}
	c.r = &own
}

// rollingBody renews the server's ReadTimeout before every read. Only the reading goroutine may
// use it.
type rollingBody struct {
	io.ReadCloser
	control  *http.ResponseController // nil where deadlines do not work or no longer matter
	patience time.Duration
	most     time.Duration // for the whole body; negative: no limit
	until    time.Time     // when the whole body must have arrived; zero before the first read
	deadline time.Time     // the one last set
}

// Read reads from the body. A client that sends too slowly gets a 408.
func (b *rollingBody) Read(p []byte) (int, error) {
	b.arm(time.Now())
	n, err := b.ReadCloser.Read(p)
	switch {
	case err == nil:
	case err == io.EOF:
		// The server watches the connection while the action continues. If the deadline passed,
		// it would think that the client has left.
		if b.control != nil && !b.deadline.IsZero() {
			_ = b.control.SetReadDeadline(time.Time{}) // setting it worked, so resetting it does
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

// arm sets the deadline of the next read. It keeps a deadline that is only slightly early, which
// saves most of the calls when the client is fast.
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
		b.control = nil // not every writer supports deadlines
		return
	}
	b.deadline = deadline
}

// errBodyTooSlow is returned by reads if the client sends nothing for too long.
var errBodyTooSlow error = &requestError{status: http.StatusRequestTimeout, code: errcode.BodyTooSlow, message: "The body was sent too slowly."}
