// Package linger makes the response to a refused request reach its client.
//
// If a connection is closed while its client is still sending, the client gets a
// reset, and loses a response that it has not read yet. A server must therefore
// read on for a while, as nginx does with lingering_close. net/http does not: it
// waits half a second without reading.
//
// It is best to read on once the response is on its way, which only the piece that
// answers can do: it promises to do so through [NewContext] or [Begin], and the
// piece that refuses a body hands the task over with [Later]. Without such a
// promise, all that can be done is to read on before there is a response: [Before].
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

// Bounds limit how long a refused client is read from. The number of bytes does not
// matter, since they are discarded.
type Bounds struct {
	Time     time.Duration // in total; 0 or less means not at all
	Patience time.Duration // without a byte
}

// The defaults of nginx (lingering_time, lingering_timeout).
const (
	DefaultTime     = 30 * time.Second
	DefaultPatience = 5 * time.Second
)

const (
	// timeBefore limits the reading before a response, for clients that read the
	// response while they send.
	timeBefore = 5 * time.Second
	// grace lets net/http itself read a little before it closes the connection.
	grace = 100 * time.Millisecond
)

type key struct{}

// promise is what [NewContext] puts into a context.
type promise struct{ due atomic.Pointer[Bounds] }

// NewContext returns a context for one request, or for an HTTP/1 connection, which
// has one request at a time. Its caller promises to call [After] after every
// response for which [Due] says so.
func NewContext(ctx context.Context) context.Context {
	return context.WithValue(ctx, key{}, &promise{})
}

func promiseOf(ctx context.Context) *promise {
	p, _ := ctx.Value(key{}).(*promise)
	return p
}

// Later hands the reading over. It returns false if nobody has promised it.
func Later(ctx context.Context, b Bounds) bool {
	p := promiseOf(ctx)
	if p != nil {
		p.due.Store(&b)
	}
	return p != nil
}

// Due reports, once for each request, whether the reading was handed over.
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

// Here is a piece that answers the requests that it refuses.
type Here struct{ own bool }

// Begin returns the request to continue with. Inside a server that has promised to
// read on, the piece leaves it to the server.
func Begin(r *http.Request) (*http.Request, Here) {
	if promiseOf(r.Context()) != nil {
		return r, Here{}
	}
	return r.WithContext(NewContext(r.Context())), Here{own: true}
}

// Answer sends the response that write writes, and then reads on if that is due. r
// is the request that Begin returned.
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

// After sends the response, and then reads on until the body ends, the client
// leaves, the bounds are reached, or stop is closed, which may be nil. It does
// nothing for HTTP/2, where a refusal ends only the stream.
func After(w http.ResponseWriter, r *http.Request, b Bounds, stop <-chan struct{}) {
	if r.ProtoMajor != 1 || b.Time <= 0 {
		return
	}
	// A writer that cannot flush sends its response when this has returned.
	_ = http.NewResponseController(w).Flush()
	read(w, r, b, stop)
}

// Before reads on before there is a response, for at most 5 s. started says whether
// some of the body has been read: a client that waits for "100 Continue" sends
// nothing until it is asked to, which reading does.
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
			return // it might wait forever
		}
		select {
		case <-stop: // perhaps before the deadline was set
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
	_ = control.SetReadDeadline(time.Now().Add(grace)) // likewise
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// Refuse prepares the response to an HTTP/1 request whose body is not read to its
// end: the response announces that the connection will be closed, and net/http
// waits half a second before it closes. By itself net/http does not wait if the
// client asked for the close or for "100 Continue".
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
	// The only way to tell net/http is a MaxBytesReader that is read too far.
	tooFar := http.MaxBytesReader(inner, io.NopCloser(strings.NewReader("x")), 0)
	_, _ = tooFar.Read(make([]byte, 1))
}

// mostHeld is how much of a response is held back to determine its length.
const mostHeld = 64 << 10

// held holds a response back until it is complete, so that it can state its length:
// the client then knows that it has everything while its connection is still being
// read from. A long response is sent as it is written.
type held struct {
	http.ResponseWriter
	status int // 0 until there is one
	body   []byte
	sent   bool // what follows passes directly
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

// send sends what is held, unless that has been done.
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

// release sends what is held as a complete response.
func (h *held) release() {
	if h.sent {
		return
	}
	h.WriteHeader(http.StatusOK) // as net/http does
	header := h.Header()
	bodiless := h.status == http.StatusNoContent || h.status == http.StatusNotModified
	if !bodiless && header.Get("Content-Length") == "" && header.Get("Transfer-Encoding") == "" {
		header.Set("Content-Length", strconv.Itoa(len(h.body)))
	}
	_ = h.send() // the client may have gone
}
