package legacy

import (
	"errors"
	"net/http"
	"os"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// The errors that a [Server] answers with. Each is made to be shown to clients,
// has a code (ErrorCode() string; "" for ErrBodyBroken and ErrBodyTooLarge) and
// matches with errors.Is; what has happened is wrapped beside it, for logs.
var (
	// ErrUnreachable is answered as 502: no connection could be made, or it ended
	// before the answer began.
	ErrUnreachable = errorOf(http.StatusBadGateway, errcode.UpstreamUnreachable)
	// ErrTimeout is answered as 504: the answer did not begin within
	// [Options.ResponseTimeout].
	ErrTimeout = errorOf(http.StatusGatewayTimeout, errcode.UpstreamTimeout)
	// ErrLoop is answered as 508: the request has been here before. The old server
	// sends requests back, or Options.Server leads to this program.
	ErrLoop = errorOf(http.StatusLoopDetected, errcode.UpstreamLoop)
	// ErrBodyTooSlow is answered as 408: the client has sent nothing of its body for
	// [Options.BodyTimeout].
	ErrBodyTooSlow = errorOf(http.StatusRequestTimeout, errcode.BodyTooSlow)
	// ErrBodyBroken is answered as 400: the client's body could not be read to its
	// end.
	ErrBodyBroken error = &gatewayError{http.StatusBadRequest, "", "the body broke off"}
	// ErrBodyTooLarge is answered as 413: a limit outside was passed, that of
	// http.MaxBytesHandler say.
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

// failed is one of the errors above with what has happened.
type failed struct{ as, cause error }

func (e *failed) Error() string   { return e.as.Error() + ": " + e.cause.Error() }
func (e *failed) Unwrap() []error { return []error{e.as, e.cause} }

// bodyError tells what reading the client's body failed with.
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
