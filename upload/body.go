package upload

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/sidekick-http/sidekick/internal/linger"
)

// closeGrace is how long net/http may go on reading before it closes the connection of a client
// that was too slow.
const closeGrace = 100 * time.Millisecond

// body reads a request's body under a rolling deadline: for every period of patience spent
// waiting for the client, quota bytes must arrive. Time between reads (a slow disk) does not
// count.
type body struct {
	r            io.Reader
	control      *http.ResponseController // nil where deadlines do not work
	patience     time.Duration
	quota        int64
	left         int64 // how many more bytes may come
	limit        int64
	linger       linger.Bounds
	writeTimeout time.Duration // the server's; 0 for none

	started  bool
	eof      bool
	waited   time.Duration // in this period
	got      int64         // in this period
	deadline time.Time     // the one last set
}

func newBody(w http.ResponseWriter, r *http.Request, s *settings) *body {
	b := &body{r: r.Body, patience: s.ReadTimeout, quota: s.quota, left: s.maxBody, limit: s.maxBody, linger: s.linger}
	if r.Body == nil {
		b.r = http.NoBody
	}
	if w != nil {
		b.control = http.NewResponseController(w)
	}
	if srv, ok := r.Context().Value(http.ServerContextKey).(*http.Server); ok {
		b.writeTimeout = srv.WriteTimeout
	}
	return b
}

// Read returns io.EOF at the end of the body; all other errors are [*Error].
func (b *body) Read(p []byte) (int, error) {
	first := !b.started
	b.started = true
	if b.patience <= 0 {
		if first {
			b.setWriteDeadline(time.Time{}) // wait as long for the response as for the body
		}
		n, err := b.r.Read(p)
		return b.account(n, err)
	}
	start := time.Now()
	b.arm(start.Add(b.patience - b.waited))
	n, err := b.r.Read(p)
	b.waited += time.Since(start)
	b.got += int64(n)
	switch {
	case b.got >= b.quota:
		b.waited, b.got = 0, 0
	case b.waited > b.patience && err == nil: // there is no deadline, or it just missed
		err = os.ErrDeadlineExceeded
	}
	return b.account(n, err)
}

// arm sets the connection's read deadline. It keeps one that is only slightly early, which saves
// most of the calls when the client is fast.
func (b *body) arm(deadline time.Time) {
	if b.control == nil {
		return
	}
	if late := deadline.Sub(b.deadline); late >= 0 && late < b.patience/16 {
		return
	}
	if b.control.SetReadDeadline(deadline) != nil {
		b.control = nil // not every writer supports deadlines
		return
	}
	b.deadline = deadline
	// The server's deadline for the response has been running since the request's headers. Over
	// HTTP/2 the stream ends when it passes, even if nothing was written.
	b.setWriteDeadline(deadline.Add(b.writeTimeout))
}

// setWriteDeadline moves the server's deadline for the response, if it has one.
func (b *body) setWriteDeadline(t time.Time) {
	if b.writeTimeout > 0 && b.control != nil {
		_ = b.control.SetWriteDeadline(t) // if not supported, the server's stays
	}
}

func (b *body) account(n int, err error) (int, error) {
	b.left -= int64(n)
	if b.left < 0 {
		return 0, &Error{Kind: ErrBodyTooLarge, Limit: b.limit}
	}
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return n, nil
	case err == io.EOF:
		b.eof = true
		return n, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, &Error{Kind: ErrTooSlow, Cause: err}
	case errors.As(err, &tooLarge):
		return n, &Error{Kind: ErrBodyTooLarge, Limit: tooLarge.Limit, Cause: err}
	}
	return n, because("not complete: it ended too early", fmt.Errorf("reading the body: %w", err))
}

// finish is called when nothing more will be read. It removes the read deadline: the server
// watches the connection while the handler runs, and would think that the client has left. It
// restarts the write deadline, so that the response gets the server's whole WriteTimeout, however
// long the body took.
func (b *body) finish(w http.ResponseWriter, r *http.Request, err error) {
	defer func() { b.setWriteDeadline(time.Now().Add(b.writeTimeout)) }()
	if err == nil || b.eof {
		if !b.deadline.IsZero() && b.control != nil {
			_ = b.control.SetReadDeadline(time.Time{}) // setting it worked, so resetting it does
		}
		return
	}
	if w == nil || r.ProtoMajor != 1 {
		return // HTTP/2 ends only this stream
	}
	linger.Refuse(w, r)
	switch {
	case errors.Is(err, ErrTooSlow): // the client had enough time
		if b.control != nil {
			_ = b.control.SetReadDeadline(time.Now().Add(closeGrace))
		}
	case !linger.Later(r.Context(), b.linger):
		linger.Before(w, r, b.linger, b.started)
	}
}
