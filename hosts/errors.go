package hosts

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// MisdirectedError says how to answer a request that may not pass.
// [Redirector.Check] returns it; errors.As finds it.
type MisdirectedError struct {
	// Status is 302 or 307 for a redirect, 421 for a request that cannot follow one,
	// and 400 for a malformed host or a redirect that would never end.
	Status int
	// Location is where the request is redirected, or "" if it is refused.
	Location string
	// Reason is a fixed message that says what is wrong. It repeats nothing from the
	// request.
	Reason string
}

// Error returns the reason.
func (e *MisdirectedError) Error() string { return "hosts: " + e.Reason }

// StatusCode returns e.Status.
func (e *MisdirectedError) StatusCode() int { return e.Status }

// ErrorCode returns "host_malformed" for a host that cannot be compared with those
// that are allowed, and otherwise "host_not_allowed".
func (e *MisdirectedError) ErrorCode() string {
	if e.Reason == reasonHost || e.Reason == reasonTwo {
		return errcode.HostMalformed
	}
	return errcode.HostNotAllowed
}

// ClientMessage returns the message for the client. It repeats nothing from the
// request.
func (e *MisdirectedError) ClientMessage() string { return errcode.Text(e.ErrorCode(), nil) }

// write sends the response. Its body contains nothing from the request, because a
// browser might be made to read that as HTML.
func (e *MisdirectedError) write(w http.ResponseWriter) {
	body := "This server does not answer to that name.\n"
	h := w.Header()
	if e.Location != "" {
		h.Set("Location", e.Location)
		body = "This server has another name.\n"
	}
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_, _ = w.Write([]byte(body)) // an error means that the client has gone
}
