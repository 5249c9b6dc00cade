// Package respw lets several pieces watch one response through one wrapper.
//
// [Of] wraps the writer of a request once, keeps the [Tap] in the request's
// record, and gives every further piece the same one. The wrapper implements
// exactly the optional interfaces that the writer below it has, so that
// flushing, hijacking, deadlines and sendfile go on working. It observes only:
// a piece that changes the body wraps on top of it.
package respw

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Tap knows what was sent of one response. Like the writer that it watches, it
// must not be used by several goroutines at once.
type Tap struct {
	hooks    []func(status int)
	few      [4]func(status int) // where hooks begins, so that a few cost no allocation
	status   int
	bytes    int64
	silent   bool // nothing of the body goes over the wire: HEAD, 204, 304
	hijacked bool

	guards  int                  // pieces outside that answer panics
	waiting []func(aborted bool) // what waits for their answer
}

// Of returns the writer and the request to go on with, and the tap that sees
// everything written to that writer. Where a piece before has wrapped w already
// they are w itself and its tap.
//
// net/http sends the header of an empty response without asking the wrapper.
// Who registers functions with [Tap.BeforeHeader] therefore calls [Tap.Finish]
// after the handler returned, if the writer it got from Of is not the one it
// gave:
//
//	tw, r, tap := respw.Of(w, r)
//	tap.BeforeHeader(...)
//	next.ServeHTTP(tw, r)
//	if tw != w {
//		tap.Finish()
//	}
func Of(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, *Tap) {
	r, rec := facts.Ensure(r)
	if tw, tap := rec.Tap(); tw != nil && tw == w {
		return tw, r, tap.(*Tap)
	}
	tw, tap := wrap(w)
	tap.silent = r.Method == http.MethodHead
	rec.SetTap(tw, tap)
	return tw, r, tap
}

// BeforeHeader registers a function that runs once, just before the final
// header (1xx are none, but 101 is) is sent or an empty response ends. Of
// several, the one registered last, which is the innermost piece's, runs first.
// A function may change the header, but must not write. It is never called if
// the header was sent before, or if the connection is hijacked.
func (t *Tap) BeforeHeader(f func(status int)) {
	if t.hooks == nil {
		t.hooks = t.few[:0]
	}
	t.hooks = append(t.hooks, f)
}

// Finish runs the functions that wait for the header, with 200, if the handler
// has sent nothing. It is not for handlers that panicked.
func (t *Tap) Finish() { t.begin(http.StatusOK) }

// Status returns the status of the final header, 0 if none was sent yet.
func (t *Tap) Status() int { return t.status }

// Bytes returns how many bytes of the body were really sent; none in answer to
// HEAD, or with a status that has no body.
func (t *Tap) Bytes() int64 { return t.bytes }

// Started tells that the final header was sent or the connection hijacked:
// there is no more answering otherwise.
func (t *Tap) Started() bool { return t.status != 0 || t.hijacked }

// Hijacked tells that a handler took over the connection.
func (t *Tap) Hijacked() bool { return t.hijacked }

// Guard notes that the calling piece recovers from panics of the handlers inside
// it. It calls [Tap.Release] when it is done with the request in any way.
func (t *Tap) Guard() { t.guards++ }

// AfterRecovery registers a function for a piece that a panic is passing
// through, to be called when the panic was dealt with and it is known what was
// sent. It returns false, and registers nothing, if no piece outside recovers.
func (t *Tap) AfterRecovery(f func(aborted bool)) bool {
	if t.guards == 0 {
		return false
	}
	t.waiting = append(t.waiting, f)
	return true
}

// Release ends what Guard began, and calls what AfterRecovery registered. The
// argument tells that the response breaks off instead of having been answered.
func (t *Tap) Release(aborted bool) {
	t.guards--
	waiting := t.waiting
	t.waiting = nil
	for _, f := range waiting {
		f(aborted)
	}
}

// header notes that WriteHeader is about to be called.
func (t *Tap) header(status int) {
	// 1xx decide nothing yet, and net/http panics over what has not three digits.
	if status >= 200 && status <= 999 || status == http.StatusSwitchingProtocols {
		t.begin(status)
	}
}

// begin notes that the final header is about to be sent.
func (t *Tap) begin(status int) {
	if t.Started() {
		return
	}
	t.status = status
	switch status {
	case http.StatusSwitchingProtocols, http.StatusNoContent, http.StatusNotModified:
		t.silent = true
	}
	for i := len(t.hooks) - 1; i >= 0; i-- {
		t.hooks[i](status)
	}
}

// wrote notes that n bytes of the body were taken.
func (t *Tap) wrote(n int64) {
	if !t.silent {
		t.bytes += n
	}
}
