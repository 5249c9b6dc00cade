// Package linger makes the answer to a refused request reach its client.
//
// A client that is still sending when its connection is closed gets a reset, and
// with it loses an answer that it has not read yet. A server therefore has to
// read on for a while, as nginx does with lingering_close. net/http does not: it
// waits half a second without reading.
//
// Best is to read on once the answer is on its way, which only the piece that
// answers can do: it promises so by [NewContext] or [Begin], and the piece that
// refuses a body hands the task over by [Later]. Where nobody has promised, all
// that can be done is to read on before there is an answer: [Before].
package linger

import (
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

// Bounds say how long a refused client is read from. The bytes are not counted:
// they are thrown away.
type Bounds struct {
	Time     time.Duration // in all; 0 or less for not at all
	Patience time.Duration // without a byte
}

// The bounds that nginx has by default (lingering_time, lingering_timeout).
const (
	DefaultTime     = 30 * time.Second
	DefaultPatience = 5 * time.Second
)

const (
	// timeBefore limits the reading before an answer, for the sake of clients
	// that would read the answer while they send.
	timeBefore = 5 * time.Second
	// grace is what net/http has to read a little on its own account before it
	// closes the connection.
	grace = 100 * time.Millisecond
)

type key struct{}

// promise is what [NewContext] puts into a context.
type promise struct{ due atomic.Pointer[Bounds] }

// NewContext returns a context for one request, or for a connection of HTTP/1,
// which has one at a time. Who makes it promises to call [After] behind every
// answer for which [Due] tells to.
func NewContext(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, &promise{})
}

func promiseOf(ctx context.Context) *promise {
	p, _ := ctx.Value(key{}).(*promise)
	return p
}

// Later hands the reading over. It returns false where nobody has promised it.
func Later(ctx context.Context, b Bounds) bool {
	p := promiseOf(ctx)
	if p != nil {
		p.due.Store(&b)
	}
	return p != nil
}

// Due tells, once a request, whether the reading was handed over.
func Due(ctx context.Context) (Bounds, bool) {
	p := promiseOf(ctx)
	if p == nil {
		return Bounds{}, false
	}
	b := p.due.Swap(nil)
	if b == nil {
		return Bounds{}, false
	}
	return *b, true
}

// Here stands for a piece that answers the requests that it refuses.
type Here struct{ own bool }

// Begin returns the request to go on with. Inside a server that has promised to
// read on, the piece leaves it to the server.
func Begin(r *http.Request) (*http.Request, Here) {
	if promiseOf(r.Context()) != nil {
		return r, Here{}
	}
	return r.WithContext(NewContext(r.Context())), Here{own: true}
}

// Answer sends the answer that write writes, and then reads on, if that is due.
// r is the request that Begin has returned.
func (h Here) Answer(w http.ResponseWriter, r *http.Request, write func(http.ResponseWriter)) {
	if h.own {
		if b, due := Due(r.Context()); due {
			whole := &held{ResponseWriter: w}
			write(whole)
			whole.release()
			After(w, r, b, nil)
			return
		}
	}
	write(w)
}

// After sends what was written of an answer, and then reads on until the body
// ends, the client goes, the bounds are reached, or stop is closed, which may be
// nil. It does nothing for HTTP/2, where a refusal ends the one stream.
func After(w http.ResponseWriter, r *http.Request, b Bounds, stop <-chan struct{}) {
	if r.ProtoMajor != 1 || b.Time <= 0 {
		return
	}
	// A writer that cannot flush sends its answer when this has returned.
	_ = http.NewResponseController(w).Flush()
	read(w, r, b, stop)
}

// Before reads on before there is an answer, for at most 5 s. started tells
// whether some of the body was read: a client that waits for "100 Continue"
// sends nothing until it is asked to, which reading does.
func Before(w http.ResponseWriter, r *http.Request, b Bounds, started bool) {
	if r.ProtoMajor != 1 || b.Time <= 0 || !started && r.Header.Get("Expect") != "" {
		return
	}
	b.Time = min(b.Time, timeBefore)
	read(w, r, b, nil)
}

func read(w http.ResponseWriter, r *http.Request, b Bounds, stop <-chan struct{}) {
	control := http.NewResponseController(w)
	if stop != nil {
		done := make(chan struct{})
		defer close(done)
		go func() {
			select {
			case <-stop:
				_ = control.SetReadDeadline(time.Unix(1, 0)) // ends the Read below
			case <-done:
			}
		}()
	}
	scratch := make([]byte, 32<<10)
	for now, end := time.Now(), time.Now().Add(b.Time); now.Before(end); now = time.Now() {
		if control.SetReadDeadline(earlier(end, now.Add(b.Patience))) != nil {
			return // it might wait for ever
		}
		select {
		case <-stop: // before the deadline was set, perhaps
			return
		default:
		}
		if _, err := r.Body.Read(scratch); err != nil {
			if err == io.EOF {
				_ = control.SetReadDeadline(time.Time{}) // it could be set, so it can be reset
				return
			}
			break // the client has gone, or is silent
		}
	}
	_ = control.SetReadDeadline(time.Now().Add(grace)) // as above
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Refuse prepares the answer to a request of HTTP/1 whose body is not read to
// its end: the answer says that the connection is closed, and net/http waits for
// half a second in between. By itself it forgets to wait where the client has
// asked for the close or for "100 Continue".
func Refuse(w http.ResponseWriter, r *http.Request) {
	if r.ProtoMajor != 1 {
		return
	}
	w.Header().Set("Connection", "close")
	inner := w
	for {
		outer, ok := inner.(interface{ Unwrap() http.ResponseWriter })
		if !ok {
			break
		}
		inner = outer.Unwrap()
	}
	// A MaxBytesReader that is read too far is the one way to tell net/http.
	tooFar := http.MaxBytesReader(inner, io.NopCloser(strings.NewReader("x")), 0)
	_, _ = tooFar.Read(make([]byte, 1))
}

// mostHeld is how much of an answer is held back to learn its length.
const mostHeld = 64 << 10

// held holds an answer back until it is whole, so that it can say its length:
// the client then knows that this is all while its connection is still read
// from. A long answer goes out as it is written.
type held struct {
	http.ResponseWriter
	status int // 0 until there is one
	body   []byte
	sent   bool // what follows goes through
}

func (h *held) WriteHeader(status int) {
	switch {
	case h.sent || status < 200:
		h.ResponseWriter.WriteHeader(status)
	case h.status == 0:
		h.status = status
	}
}

func (h *held) Write(p []byte) (int, error) {
	if !h.sent && len(h.body)+len(p) <= mostHeld {
		h.WriteHeader(http.StatusOK)
		h.body = append(h.body, p...)
		return len(p), nil
	}
	if err := h.send(); err != nil {
		return 0, err
	}
	return h.ResponseWriter.Write(p)
}

// FlushError is Flush for http.ResponseController.
func (h *held) FlushError() error {
	if err := h.send(); err != nil {
		return err
	}
	return http.NewResponseController(h.ResponseWriter).Flush()
}

// Unwrap is for http.ResponseController.
func (h *held) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// send sends what is held, unless that was done.
func (h *held) send() error {
	if h.sent {
		return nil
	}
	h.sent = true
	if h.status != 0 {
		h.ResponseWriter.WriteHeader(h.status)
	}
	if len(h.body) == 0 {
		return nil
	}
	_, err := h.ResponseWriter.Write(h.body)
	return err
}

// release sends what is held, if it still is, as a whole answer.
func (h *held) release() {
	if h.sent {
		return
	}
	h.WriteHeader(http.StatusOK) // as net/http has it where there is no other
	header := h.Header()
	bodiless := h.status == http.StatusNoContent || h.status == http.StatusNotModified
	if !bodiless && header.Get("Content-Length") == "" && header.Get("Transfer-Encoding") == "" {
		header.Set("Content-Length", strconv.Itoa(len(h.body)))
	}
	_ = h.send() // the client may have gone
}
