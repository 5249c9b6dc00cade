package upload

import (
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"syscall"
)

// What can be wrong with an upload. Parsing returns an [*Error], which matches
// the one that applies with errors.Is; the status in brackets is the error's
// StatusCode.
var (
	// ErrNotUpload: the request's Content-Type is not one that is parsed
	// (415).
	ErrNotUpload = errors.New("not an upload")
	// ErrMalformed: the body is not what its Content-Type says, or it ends too
	// early (400).
	ErrMalformed = errors.New("malformed body")
	// ErrEmptyFile: a file without content, where they are refused (400).
	ErrEmptyFile = errors.New("empty file")

	// ErrBodyTooLarge: the body is longer than all limits together allow, or
	// than a http.MaxBytesReader around it does (413).
	ErrBodyTooLarge = errors.New("body too large")
	// ErrFileTooLarge: a file is larger than Options.MaxFileBytes (413).
	ErrFileTooLarge = errors.New("file too large")
	// ErrFilesTooLarge: all files together are larger than
	// Options.MaxTotalFileBytes (413).
	ErrFilesTooLarge = errors.New("files too large")
	// ErrFieldsTooLarge: all fields together are larger than
	// Options.MaxFieldsBytes (413).
	ErrFieldsTooLarge = errors.New("fields too large")
	// ErrTooManyFields: there are more fields than Options.MaxFields (413).
	ErrTooManyFields = errors.New("too many fields")
	// ErrTooManyFiles: there are more files than Options.MaxFiles (413).
	ErrTooManyFiles = errors.New("too many files")
	// ErrPartHeaderTooLarge: the headers of a part are longer than
	// Options.MaxPartHeaderBytes, or have more than 64 lines (413).
	ErrPartHeaderTooLarge = errors.New("part header too large")

	// ErrTooSlow: the client sent less than Options.MinBytesPerSecond (408).
	ErrTooSlow = errors.New("client too slow")
	// ErrBusy: Options.MaxBytesInFlight or Options.MaxFilesInFlight is reached
	// by this and other requests (503).
	ErrBusy = errors.New("too much in flight")
	// ErrStore: the [Store] failed (500; 503 when the process has no file
	// descriptor left; or what the store's error says by its own StatusCode).
	ErrStore = errors.New("store failed")
	// ErrStoreFull: the [Store] has no space left (507). A store of your own
	// says so by an error that wraps this one.
	ErrStoreFull = errors.New("store full")
)

// Error is why an upload was refused. Its text is for logs; what may be shown
// to the client is ClientMessage.
type Error struct {
	Kind  error  // one of the Err variables of this package
	Field string // the form field, in the client's words; "" when there is none
	Limit int64  // the limit that was passed; 0 when it was none
	Cause error  // what lies behind it; may be nil
}

// Error returns the whole story, for logs.
func (e *Error) Error() string {
	text := "upload: " + e.Kind.Error()
	if e.Field != "" {
		text += fmt.Sprintf(", field %q", e.Field)
	}
	if e.Limit > 0 {
		text += fmt.Sprintf(", limit %d", e.Limit)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns Kind and Cause, so that both match with errors.Is and
// errors.As.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// StatusCode returns the HTTP status that the error leads to.
func (e *Error) StatusCode() int {
	switch e.Kind {
	case ErrNotUpload:
		return http.StatusUnsupportedMediaType
	case ErrMalformed, ErrEmptyFile:
		return http.StatusBadRequest
	case ErrTooSlow:
		return http.StatusRequestTimeout
	case ErrBusy:
		return http.StatusServiceUnavailable
	case ErrStoreFull:
		return http.StatusInsufficientStorage
	case ErrStore:
		var own interface{ StatusCode() int }
		if errors.As(e.Cause, &own) {
			return own.StatusCode()
		}
		if errors.Is(e.Cause, syscall.EMFILE) || errors.Is(e.Cause, syscall.ENFILE) {
			return http.StatusServiceUnavailable
		}
		return http.StatusInternalServerError
	}
	return http.StatusRequestEntityTooLarge
}

// ClientMessage returns the text that may be shown to the client.
func (e *Error) ClientMessage() string {
	switch e.Kind {
	case ErrNotUpload:
		return "This type of body is not accepted here."
	case ErrEmptyFile:
		return "A file is empty."
	case ErrBodyTooLarge:
		return "The body is too large."
	case ErrFileTooLarge:
		return fmt.Sprintf("A file is too large: at most %d bytes are accepted.", e.Limit)
	case ErrFilesTooLarge:
		return fmt.Sprintf("The files are too large: at most %d bytes together are accepted.", e.Limit)
	case ErrFieldsTooLarge:
		return fmt.Sprintf("The fields are too large: at most %d bytes together are accepted.", e.Limit)
	case ErrTooManyFields:
		return fmt.Sprintf("There are too many fields: at most %d are accepted.", e.Limit)
	case ErrTooManyFiles:
		return fmt.Sprintf("There are too many files: at most %d are accepted.", e.Limit)
	case ErrPartHeaderTooLarge:
		return "The headers of a part are too large."
	case ErrTooSlow:
		return "The body was sent too slowly."
	case ErrBusy:
		return "Too many uploads are under way. Please try again later."
	case ErrStore:
		return "The upload could not be stored."
	case ErrStoreFull:
		return "There is no space left for the upload."
	}
	return "There was an error processing this form."
}

func malformed(format string, args ...any) error {
	return &Error{Kind: ErrMalformed, Cause: fmt.Errorf(format, args...)}
}

// storeError says what a failed call of a store means.
func storeError(field string, err error) error {
	kind := ErrStore
	if isFull(err) {
		kind = ErrStoreFull
	}
	return &Error{Kind: kind, Field: field, Cause: err}
}

func isFull(err error) bool {
	const windowsDiskFull, windowsHandleDiskFull = syscall.Errno(112), syscall.Errno(39)
	if errors.Is(err, ErrStoreFull) || errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return true
	}
	return runtime.GOOS == "windows" && (errors.Is(err, windowsDiskFull) || errors.Is(err, windowsHandleDiskFull))
}
