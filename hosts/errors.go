package hosts

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the [Options]. [New] returns every problem at
// once, joined; errors.As finds the first.
type ConfigError = cfgerr.Error

// MisdirectedError says how a request that may not pass is to be answered.
// [Redirector.Check] returns it; errors.As finds it.
type MisdirectedError struct {
	// Status is 302 or 307 for a redirect, 421 for a request that cannot follow
	// one, and 400 for one whose host is malformed or whose redirect would not
	// end.
	Status int
	// Location is where the request is redirected, "" where it is refused.
	Location string
	// Reason says in fixed words what is wrong. It repeats nothing of the request.
	Reason string
}

// Error returns the reason.
func (e *MisdirectedError) Error() string { return "hosts: " + e.Reason }

// StatusCode returns e.Status.
func (e *MisdirectedError) StatusCode() int { return e.Status }

// write sends the answer. Nothing of the request is in its body, which a
// browser could be made to read as HTML.
func (e *MisdirectedError) write(w http.ResponseWriter) {
	body := "This server does not answer under that name.\n"
	h := w.Header()
	if e.Location != "" {
		h.Set("Location", e.Location)
		body = "This server is found under another name.\n"
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(e.Status)
	_, _ = w.Write([]byte(body)) // a client that has gone away is nobody's problem here
}
