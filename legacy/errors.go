package legacy

import (
	"errors"
	"net/http"
	"os"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// The errors that a [Server] responds with. Their messages are meant for clients.
// Each has a code (ErrorCode() string; "" for ErrBodyBroken and ErrBodyTooLarge)
// and matches with errors.Is; the cause is wrapped beside it, for logs.
var (
	// ErrUnreachable has the status 502: no connection could be made, or it ended
	// before the response began.
	ErrUnreachable = errorOf(http.StatusBadGateway, errcode.UpstreamUnreachable)
	// ErrTimeout has the status 504: the response did not begin within
	// [Options.ResponseTimeout].
	ErrTimeout = errorOf(http.StatusGatewayTimeout, errcode.UpstreamTimeout)
	// ErrLoop has the status 508: the request has been here before. The old server
	// sends requests back, or Options.Server leads to this program.
	ErrLoop = errorOf(http.StatusLoopDetected, errcode.UpstreamLoop)
	// ErrBodyTooSlow has the status 408: the client has sent nothing of its body
	// for [Options.BodyTimeout].
	ErrBodyTooSlow = errorOf(http.StatusRequestTimeout, errcode.BodyTooSlow)
	// ErrBodyBroken has the status 400: the client's body ended early.
	ErrBodyBroken error = &gatewayError{http.StatusBadRequest, "", "the body broke off"}
	// ErrBodyTooLarge has the status 413: the body exceeded a limit set further
	// out, for example by http.MaxBytesHandler.
	ErrBodyTooLarge error = &gatewayError{http.StatusRequestEntityTooLarge, "", "the body is too large"}
)

func errorOf(status int, code string) error {
	return &gatewayError{status, code, errcode.Text(code, nil)}
}

// gatewayError is immutable, so that the exported values cannot be changed.
type gatewayError struct {
	status  int
	code    string
	message string
}

func (e *gatewayError) Error() string         { return "legacy: " + e.message }
func (e *gatewayError) StatusCode() int       { return e.status }
func (e *gatewayError) ErrorCode() string     { return e.code }
func (e *gatewayError) ClientMessage() string { return e.message }

// failed is one of the errors above with its cause.
type failed struct{ as, cause error }

func (e *failed) Error() string   { return e.as.Error() + ": " + e.cause.Error() }
func (e *failed) Unwrap() []error { return []error{e.as, e.cause} }

// bodyError returns the error for a failed read of the client's body.
func bodyError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &failed{ErrBodyTooLarge, err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &failed{ErrBodyTooSlow, err}
	}
	return &failed{ErrBodyBroken, err}
}
