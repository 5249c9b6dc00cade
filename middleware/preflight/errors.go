package preflight

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// RefusedError says why a [Responder] refused a request. [Options.ErrorHandler] gets
// it.
type RefusedError struct {
	// Status is 405 for TRACE and CONNECT, and 431 for a preflight that asks about more
	// than 4 KiB of header names.
	Status int
}

// Error returns the message.
func (e *RefusedError) Error() string { return "preflight: " + e.ClientMessage() }

// StatusCode returns e.Status.
func (e *RefusedError) StatusCode() int { return e.Status }

// ErrorCode returns "method_not_allowed" or "header_too_large".
func (e *RefusedError) ErrorCode() string {
	if e.Status == http.StatusMethodNotAllowed {
		return errcode.MethodNotAllowed
	}
	return errcode.HeaderTooLarge
}

// ClientMessage returns the message for the client.
func (e *RefusedError) ClientMessage() string { return errcode.Text(e.ErrorCode(), nil) }

// answerError is the default of Options.ErrorHandler.
func answerError(w http.ResponseWriter, _ *http.Request, err error) {
	status := err.(*RefusedError).Status
	http.Error(w, http.StatusText(status), status)
}
