package tus

import (
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// ConfigError is one problem of the options. [New] joins all of them; errors.As finds the first.
type ConfigError = cfgerr.Error

// These are the reasons for refusing a request. An [*Error] matches one of them with errors.Is;
// its status and ErrorCode are in parentheses. What the [upload.Parser] refuses is an *upload.Error.
var (
	// ErrVersion: the client uses another version of the protocol (412, tus_version).
	ErrVersion = errors.New("unsupported protocol version")
	// ErrMalformed: a header is missing or malformed (400, tus_malformed).
	ErrMalformed = errors.New("malformed request")
	// ErrForbidden: Options.Authorize refused, without a status of its own (403, tus_forbidden).
	ErrForbidden = errors.New("forbidden")
	// ErrNotFound: there is no such upload, it belongs to another client, or it has expired (404,
	// tus_not_found).
	ErrNotFound = errors.New("no such upload")
	// ErrMethod: the method is not supported here (405, tus_method).
	ErrMethod = errors.New("method not allowed")
	// ErrOffset: the piece does not begin where the last one ended (409, tus_offset).
	ErrOffset = errors.New("wrong offset")
	// ErrTooLarge: the file is larger than Options.MaxBytes and other limits allow, or a piece
	// extends past the file's length (413, tus_too_large).
	ErrTooLarge = errors.New("too large")
	// ErrType: a piece must have the type application/offset+octet-stream and no Content-Encoding
	// (415, tus_type).
	ErrType = errors.New("wrong content type")
	// ErrLocked: another request is using this upload (423, tus_locked).
	ErrLocked = errors.New("upload in use")
	// ErrChecksum: the piece does not match its checksum (460, tus_checksum).
	ErrChecksum = errors.New("checksum mismatch")
	// ErrBusy: there are too many unfinished uploads (503, tus_busy).
	ErrBusy = errors.New("too many unfinished uploads")
	// ErrStaging: the folder failed (500, or 507 if it is full, tus_staging).
	ErrStaging = errors.New("upload folder failed")
)

// StatusChecksum is the protocol's status for [ErrChecksum].
const StatusChecksum = 460

// Error says why a request was refused.
type Error struct {
	Kind   error  // one of the variables above
	Reason string // what is wrong, for the client; may be ""
	Cause  error  // the underlying error, for logs; may be nil
}

// Error returns the full message, for logs.
func (e *Error) Error() string {
	text := "upload/tus: " + e.Kind.Error()
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns Kind and Cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// StatusCode returns the status of the response.
func (e *Error) StatusCode() int {
	status, _ := e.outcome()
	return status
}

// ErrorCode returns a code for programs.
func (e *Error) ErrorCode() string {
	_, code := e.outcome()
	return code
}

func (e *Error) outcome() (status int, code string) {
	switch e.Kind {
	case ErrVersion:
		return http.StatusPreconditionFailed, errcode.TusVersion
	case ErrMalformed:
		return http.StatusBadRequest, errcode.TusMalformed
	case ErrForbidden:
		return http.StatusForbidden, errcode.TusForbidden
	case ErrNotFound:
		return http.StatusNotFound, errcode.TusNotFound
	case ErrMethod:
		return http.StatusMethodNotAllowed, errcode.TusMethod
	case ErrOffset:
		return http.StatusConflict, errcode.TusOffset
	case ErrTooLarge:
		return http.StatusRequestEntityTooLarge, errcode.TusTooLarge
	case ErrType:
		return http.StatusUnsupportedMediaType, errcode.TusType
	case ErrLocked:
		return http.StatusLocked, errcode.TusLocked
	case ErrChecksum:
		return StatusChecksum, errcode.TusChecksum
	case ErrBusy:
		return http.StatusServiceUnavailable, errcode.TusBusy
	}
	if failure.IsDiskFull(e.Cause) {
		return http.StatusInsufficientStorage, errcode.TusStaging
	}
	return http.StatusInternalServerError, errcode.TusStaging
}

// ClientMessage returns the message for the client.
func (e *Error) ClientMessage() string {
	if e.Kind == ErrStaging {
		return "The upload could not be stored."
	}
	if e.Reason != "" {
		return e.Reason
	}
	switch e.Kind {
	case ErrVersion:
		return "Tus-Resumable must be 1.0.0."
	case ErrForbidden:
		return "This is not allowed."
	case ErrNotFound:
		return "There is no such upload."
	case ErrMethod:
		return "This method is not allowed here."
	case ErrOffset:
		return "Upload-Offset is not where the last piece ended: request the offset with HEAD."
	case ErrTooLarge:
		return "The file is too large."
	case ErrType:
		return "The Content-Type must be application/offset+octet-stream."
	case ErrLocked:
		return "Another request is using this upload."
	case ErrChecksum:
		return "The piece does not match Upload-Checksum."
	case ErrBusy:
		return "There are too many unfinished uploads. Please try again later."
	}
	return "The request is malformed."
}

func refuse(kind error, reason string) error { return &Error{Kind: kind, Reason: reason} }

// staging wraps an error of the folder.
func staging(err error) error {
	if err == nil {
		return nil
	}
	var known *Error
	if errors.As(err, &known) {
		return err
	}
	return &Error{Kind: ErrStaging, Cause: err}
}
