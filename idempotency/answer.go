package idempotency

import (
	"maps"
	"net/http"
	"slices"

	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/respw"
)

// The reasons why a response is not stored.
const (
	becauseLarge    = "it is too large"
	becauseStreamed = "it is streamed"
	becauseHijacked = "the connection was taken over"
	becauseTrailers = "it has trailers"
	becauseLength   = "its length is not the one that was announced"
	becauseStatus   = "its status invites another attempt"
	becauseBody     = "the request is incomplete"
	becauseStore    = "the store has not accepted it"
)

// answer is a handler's response. It is held back until it is complete and stored,
// so that whoever receives it gets it again. A response that cannot be stored is
// sent as soon as that is clear.
type answer struct {
	respw.Writer
	limit  int
	head   bool        // the response to a HEAD request
	before http.Header // as the handler found it

	body   []byte
	reason string // why it cannot be stored; "" while it can be
}

func newAnswer(w http.ResponseWriter, r *http.Request, limit int) *answer {
	a := &answer{limit: limit, head: r.Method == http.MethodHead, before: w.Header().Clone()}
	a.Init(w, a)
	return a
}

// Begin holds the header back.
func (a *answer) Begin(status int) {
	switch {
	case status == http.StatusSwitchingProtocols:
		_ = a.pass(becauseHijacked) // there is no body yet, so nothing can fail
	case httpfield.HasTrailers(a.Header()):
		_ = a.pass(becauseTrailers)
	}
}

// Write holds p back.
func (a *answer) Write(p []byte) (int, error) {
	if status := a.Status(); status == http.StatusNoContent || status == http.StatusNotModified {
		return 0, http.ErrBodyNotAllowed
	}
	if len(p) > a.limit-len(a.body) {
		if err := a.pass(becauseLarge); err != nil {
			return 0, err
		}
		return a.Below().Write(p)
	}
	a.body = append(a.body, p...)
	return len(p), nil
}

// Flush sends what was held back.
func (a *answer) Flush() error { return a.pass(becauseStreamed) }

// Yield sends what was held back.
func (a *answer) Yield() error { return a.pass(becauseHijacked) }

// pass sends what was held back and lets the rest through, because the response
// cannot be stored.
func (a *answer) pass(reason string) error {
	a.reason = reason
	err := a.send()
	a.Pass()
	return err
}

// send sends what was held back.
func (a *answer) send() error {
	h := a.Open()
	if a.reason != "" {
		h.Set(FieldStored, "false")
	}
	if a.Status() == 0 {
		return nil // net/http sends the header by itself
	}
	a.Send(a.Status())
	body := a.body
	a.body = nil
	if len(body) == 0 {
		return nil
	}
	_, err := a.Below().Write(body)
	return err
}

// end ends the response of a handler that has returned, and records the reason if
// it cannot be stored.
func (a *answer) end() {
	switch {
	case a.Hijacked():
		a.reason = becauseHijacked
	case a.Passing():
	case httpfield.HasTrailers(a.Header()):
		a.reason = becauseTrailers
	default:
		h := a.Open() // later changes by the handler do not count
		if length := httpfield.Length(h); length >= 0 && length != int64(len(a.body)) && !a.head && a.Status() != http.StatusNotModified {
			a.reason = becauseLength
		}
	}
}

// record returns what is stored of a complete response.
func (a *answer) record() *record {
	r := &record{status: max(a.Status(), http.StatusOK), body: a.body}
	now := a.Header()
	for _, name := range slices.Sorted(maps.Keys(now)) {
		values, was := now[name], a.before[name]
		_, known := a.before[name]
		switch {
		case ofConnection(name), known && slices.Equal(values, was):
		case len(was) > 0 && len(values) > len(was) && slices.Equal(values[:len(was)], was):
			r.fields = append(r.fields, field{addField, name, values[len(was):]})
		default:
			r.fields = append(r.fields, field{setField, name, values})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(a.before)) {
		if _, there := now[name]; !there && !ofConnection(name) {
			r.fields = append(r.fields, field{dropField, name, nil})
		}
	}
	return r
}

// ofConnection reports whether a field belongs to a single connection (RFC 9110,
// section 7.6.1) or to this package.
func ofConnection(name string) bool {
	switch name {
	case "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", FieldStored, FieldReplayed:
		return true
	}
	return false
}
