package respw

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Tap observes one response for all pieces that only look on or change the header.
// It knows what was sent.
type Tap struct {
	Writer
	rec   *facts.Record // of the answered request
	hooks []registered
	few   [2]registered // the backing array of hooks, so that a few need no allocation

	waiting []func(aborted bool) // what waits for the response to a panic
	guards  int32                // outer pieces that answer panics
	silent  bool                 // no body goes over the wire: HEAD, 204, 304
}

// Hook acts on the header of a response just before it is sent.
type Hook interface {
	// BeforeHeader may change the header, and must not write. r is the request with
	// which the hook was added.
	BeforeHeader(h http.Header, r *http.Request, status int)
}

// registered is a hook with its request. Storing the request allows pieces
// themselves to be hooks, without an allocation for each request.
type registered struct {
	hook Hook
	r    *http.Request
}

// hookFunc is a function as a hook.
type hookFunc func(status int)

func (f hookFunc) BeforeHeader(_ http.Header, _ *http.Request, status int) { f(status) }

// Of returns the writer and the request to continue with, and the tap that sees
// everything written to that writer. If an outer piece has already wrapped w, they
// are w itself and its tap.
//
// net/http sends the header of an empty response without calling the writer around
// it. A piece that adds hooks therefore calls [Tap.Finish] after the handler has
// returned, if Of returned another writer than it was given:
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

// around returns the writer through which t observes w.
func (t *Tap) around(w http.ResponseWriter, r *http.Request) http.ResponseWriter {
	t.silent = r.Method == http.MethodHead
	t.Init(w, (*watching)(t))
	return t.Face()
}

// tapOf returns the tap whose face w is, or nil if there is none for the request
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

// Add registers a hook, to be called with r. It runs once, just before the final
// header is sent (not for 1xx, except 101) or an empty response ends. Of several
// hooks, the last one added, which is the innermost piece's, runs first. A hook
// never runs if the header was sent before, or if the connection is hijacked.
func (t *Tap) Add(h Hook, r *http.Request) {
	if t.hooks == nil {
		t.hooks = t.few[:0]
	}
	t.hooks = append(t.hooks, registered{h, r})
}

// BeforeHeader is Add for a function, which gets the status.
func (t *Tap) BeforeHeader(f func(status int)) { t.Add(hookFunc(f), nil) }

// Finish runs the hooks that wait for the header, with 200, if the handler has sent
// nothing. It is not for handlers that panicked.
func (t *Tap) Finish() {
	if !t.Started() {
		t.status, t.passing = http.StatusOK, true
		t.start(http.StatusOK)
	}
}

// Bytes returns how many bytes of the body were really sent: none in response to
// HEAD, or with a status that has no body.
func (t *Tap) Bytes() int64 {
	if t.silent {
		return 0
	}
	return t.bytes
}

// Failed reports whether a part of the body could not be sent: the client has left,
// or the source of a copy failed.
func (t *Tap) Failed() bool { return t.failed }

// Started reports whether the final header was sent or the connection hijacked, so
// that no other response is possible.
func (t *Tap) Started() bool { return t.status != 0 || t.hijacked }

// Guard records that the calling piece recovers from panics of the handlers inside
// it. The piece calls [Tap.Release] when it is done with the request in any way.
func (t *Tap) Guard() { t.guards++ }

// AfterRecovery registers a function for a piece that a panic is passing through.
// It is called once the panic was handled and it is known what was sent.
// AfterRecovery returns false, and registers nothing, if no outer piece recovers.
func (t *Tap) AfterRecovery(f func(aborted bool)) bool {
	if t.guards == 0 {
		return false
	}
	t.waiting = append(t.waiting, f)
	return true
}

// Release ends what Guard began, and calls what AfterRecovery registered. aborted
// says that the response breaks off instead of being answered.
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
