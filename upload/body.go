package upload

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

const (
	drainBytes    = 1 << 20                // how much is read on after a refusal
	drainTime     = 500 * time.Millisecond // for how long at most
	drainPatience = 100 * time.Millisecond // and how long without a byte
)

// body reads a request's body under a rolling deadline: in every stretch of
// patience that was spent waiting for the client, quota bytes must arrive.
// Time that passes between reads (a slow disk) is not the client's.
type body struct {
	r        io.Reader
	control  *http.ResponseController // nil where deadlines do not work
	patience time.Duration
	quota    int64
	left     int64 // bytes that may still come
	limit    int64
	buffers  *buffers

	started  bool
	eof      bool
	waited   time.Duration // in this stretch
	got      int64         // in this stretch
	deadline time.Time     // as it was last set
}

func newBody(w http.ResponseWriter, r *http.Request, s *settings) *body {
	b := &body{r: r.Body, patience: s.ReadTimeout, quota: s.quota, left: s.maxBody, limit: s.maxBody, buffers: s.buffers}
	if r.Body == nil {
		b.r = http.NoBody
	}
	if w != nil {
		b.control = http.NewResponseController(w)
	}
	return b
}

// Read returns io.EOF at the end of the body and otherwise only values of
// [*Error].
func (b *body) Read(p []byte) (int, error) {
	b.started = true
	if b.patience <= 0 {
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
	case b.waited > b.patience && err == nil: // without a deadline, or just missed by it
		err = os.ErrDeadlineExceeded
	}
	return b.account(n, err)
}

// arm sets the connection's read deadline. One that is a little early is left
// as it is, which saves most of the calls for a fast client.
func (b *body) arm(deadline time.Time) {
	if b.control == nil {
		return
	}
	if late := deadline.Sub(b.deadline); late >= 0 && late < b.patience/16 {
		return
	}
	if b.control.SetReadDeadline(deadline) != nil {
		b.control = nil // not every writer can
		return
	}
	b.deadline = deadline
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
	return n, &Error{Kind: ErrMalformed, Cause: fmt.Errorf("reading the body: %w", err)}
}

// finish is called when no more is read. A deadline must not outlast the body:
// the server watches the connection while the handler runs, and would take it
// for a lost client.
func (b *body) finish(w http.ResponseWriter, r *http.Request, err error) {
	if err == nil || b.eof {
		if !b.deadline.IsZero() && b.control != nil {
			_ = b.control.SetReadDeadline(time.Time{}) // it could be set, so it can be reset
		}
		return
	}
	if w == nil || r.ProtoMajor != 1 {
		return // HTTP/2 ends the one stream
	}
	w.Header().Set("Connection", "close")
	if b.control != nil { // without a deadline it might wait for ever
		b.drain(r, err)
	}
}

// drain reads on for a short while what a client is sending that was refused:
// many read the answer only when all was sent, and would see a connection
// reset instead. The deadline stays for what the server itself does before it
// closes the connection.
func (b *body) drain(r *http.Request, err error) {
	control := b.control
	now := time.Now()
	end := now.Add(drainTime)
	// A client that waits for "100 Continue" sends nothing until it is asked
	// to, which reading does.
	wait := !b.started && r.Header.Get("Expect") != ""
	if !wait && !errors.Is(err, ErrTooSlow) {
		scratch := b.buffers.getSmall()
		defer b.buffers.put(scratch)
		for left := drainBytes; left > 0 && now.Before(end); now = time.Now() {
			if control.SetReadDeadline(earlier(end, now.Add(drainPatience))) != nil {
				return
			}
			n, err := b.r.Read(scratch)
			left -= n
			if err == io.EOF {
				_ = control.SetReadDeadline(time.Time{}) // as in finish
				return
			}
			if err != nil {
				break
			}
		}
	}
	_ = control.SetReadDeadline(time.Now().Add(drainPatience))
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
