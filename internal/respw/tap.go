package respw

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Tap watches one response for all pieces that only look on or change the
// header. It knows what was sent.
type Tap struct {
	Writer
	rec   *facts.Record // of the request that is answered
	hooks []registered
	few   [2]registered // where hooks begins, so that a few cost no allocation

	waiting []func(aborted bool) // what waits for the answer to a panic
	guards  int32                // pieces outside that answer panics
	silent  bool                 // nothing of the body goes over the wire: HEAD, 204, 304
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
// net/http sends the header of an empty response without asking the writer around
// it. Who adds hooks therefore calls [Tap.Finish] after the handler returned, if
// the writer it got from Of is not the one it gave:
//
//	tw, r, tap := respw.Of(w, r)
//	tap.Add(...)
//	next.ServeHTTP(tw, r)
//	if tw != w {
//		tap.Finish()
//	}
func Of(w http.ResponseWriter, r *http.Request) (http.ResponseWriter, *http.Request, *Tap) {
	rec := facts.From(r.Context())
	if rec.IsOfRequest() {
		if tap := tapOf(w, rec); tap != nil {
			return w, r, tap
		}
		tap := &Tap{rec: rec}
		return tap.around(w, r), r, tap
	}
	x := &struct { // both in one allocation
		Tap
		carrier facts.Carrier
	}{}
	x.rec = x.carrier.Begin(r, rec)
	r = r.WithContext(&x.carrier)
	return x.around(w, r), r, &x.Tap
}

// around returns the writer that t watches w by.
func (t *Tap) around(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	t.silent = r.Method == http.MethodHead
	t.Init(w, (*watching)(t))
	return t.Face()
}

// tapOf returns the tap that w is a face of, nil if it is none of the request
// with this record.
func tapOf(w http.ResponseWriter, rec *facts.Record) *Tap {
	if x := writerOf(w); x != nil {
		if t, ok := x.piece.(*watching); ok && t.rec == rec {
			return (*Tap)(t)
		}
	}
	return nil
}

// watching is a Tap as the piece of its Writer: the body passes.
type watching Tap

func (t *watching) Begin(status int) {
	(*Tap)(t).start(status)
	t.Pass()
}

func (t *watching) Write(p []byte) (int, error) { return t.w.Write(p) }
func (t *watching) Flush() error                { return nil }
func (t *watching) Yield() error                { return nil }

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
func (t *Tap) Finish() {
	if !t.Started() {
		t.status, t.passing = http.StatusOK, true
		t.start(http.StatusOK)
	}
}

// Bytes returns how many bytes of the body were really sent; none in answer to
// HEAD, or with a status that has no body.
func (t *Tap) Bytes() int64 {
	if t.silent {
		return 0
	}
	return t.bytes
}

// Failed tells that something of the body was not taken: the client has left, or
// the source of a copy failed.
func (t *Tap) Failed() bool { return t.failed }

// Started tells that the final header was sent or the connection hijacked:
// there is no more answering otherwise.
func (t *Tap) Started() bool { return t.status != 0 || t.hijacked }

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

// start runs the hooks before the header is sent.
func (t *Tap) start(status int) {
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
