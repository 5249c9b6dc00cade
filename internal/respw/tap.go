// Package respw lets several pieces watch one response through one wrapper.
//
// [Of] wraps the writer of a request once, and gives every further piece the
// same [Tap]. The wrapper implements exactly the optional interfaces that the
// writer below it has, so that flushing, hijacking, deadlines and sendfile go on
// working. It observes only: a piece that changes the body wraps on top of it.
package respw

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Tap knows what was sent of one response. Like the writer that it watches, it
// must not be used by several goroutines at once.
type Tap struct {
	w        http.ResponseWriter // the writer that is watched
	rec      *facts.Record       // of the request that is answered
	hooks    []registered
	few      [2]registered // where hooks begins, so that a few cost no allocation
	status   int
	bytes    int64
	silent   bool // nothing of the body goes over the wire: HEAD, 204, 304
	hijacked bool
	snooped  bool // wrapped by httpsnoop, which does not lead back here

	guards  int                  // pieces outside that answer panics
	waiting []func(aborted bool) // what waits for their answer
}

// Hook acts on the header of a response just before it is sent.
type Hook interface {
	// BeforeHeader may change the header, and must not write. r is the request that
	// the hook was added with.
	BeforeHeader(h http.Header, r *http.Request, status int)
}

// registered is a hook with its request. Hooks can so be pieces themselves, for
// which a request costs no allocation.
type registered struct {
	hook Hook
	r    *http.Request
}

// hookFunc is a function as a hook.
type hookFunc func(status int)

func (f hookFunc) BeforeHeader(_ http.Header, _ *http.Request, status int) { f(status) }

// Of returns the writer and the request to go on with, and the tap that sees
// everything written to that writer. Where a piece before has wrapped w already
// they are w itself and its tap.
//
// net/http sends the header of an empty response without asking the wrapper.
// Who adds hooks therefore calls [Tap.Finish]
// after the handler returned, if the writer it got from Of is not the one it
// gave:
//
//	tw, r, tap := respw.Of(w, r)
//	tap.Add(...)
//	next.ServeHTTP(tw, r)
//	if tw != w {
//		tap.Finish()
//	}
func Of(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, *Tap) {
	rec := facts.From(r.Context())
	owned := rec.IsOfRequest()
	if owned {
		if tap := tapOf(w, rec); tap != nil {
			return w, r, tap
		}
	}
	tw, tap, carrier := wrap(w, !owned)
	if !owned {
		if carrier == nil {
			carrier = new(facts.Carrier)
		}
		rec = carrier.Begin(r, rec)
		r = r.WithContext(carrier)
	}
	tap.w, tap.rec, tap.silent = w, rec, r.Method == http.MethodHead
	if tap.snooped {
		rec.SetTap(tw, tap)
	}
	return tw, r, tap
}

// tapOf returns the tap that w is the wrapper of, nil if it is none of the
// request with this record.
func tapOf(w http.ResponseWriter, rec *facts.Record) *Tap {
	var tap *Tap
	switch x := w.(type) {
	case *http1Tap:
		tap = &x.tap
	case *http2Tap:
		tap = &x.tap
	default: // httpsnoop's wrappers do not tell whose they are
		tw, known := rec.Tap()
		if tw == nil || tw != w {
			return nil
		}
		return known.(*Tap)
	}
	if tap.rec != rec {
		return nil
	}
	return tap
}

// Add registers a hook, to be given r. It runs once, just before the final
// header (1xx are none, but 101 is) is sent or an empty response ends. Of
// several, the one added last, which is the innermost piece's, runs first. It is
// never called if the header was sent before, or if the connection is hijacked.
func (t *Tap) Add(h Hook, r *http.Request) {
	if t.hooks == nil {
		t.hooks = t.few[:0]
	}
	t.hooks = append(t.hooks, registered{h, r})
}

// BeforeHeader is Add for a function, which gets the status.
func (t *Tap) BeforeHeader(f func(status int)) { t.Add(hookFunc(f), nil) }

// Finish runs the hooks that wait for the header, with 200, if the handler
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
	if !t.Started() {
		t.start(status)
	}
}

func (t *Tap) start(status int) {
	t.status = status
	switch status {
	case http.StatusSwitchingProtocols, http.StatusNoContent, http.StatusNotModified:
		t.silent = true
	}
	if len(t.hooks) == 0 {
		return
	}
	header := t.w.Header()
	for i := len(t.hooks) - 1; i >= 0; i-- {
		t.hooks[i].hook.BeforeHeader(header, t.hooks[i].r, status)
	}
}

// wrote notes that n bytes of the body were taken.
func (t *Tap) wrote(n int64) {
	if !t.silent {
		t.bytes += n
	}
}
