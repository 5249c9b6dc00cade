package upload

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"syscall"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// These are the reasons for refusing an upload. Parsing returns an [*Error] that matches one of
// them with errors.Is; its StatusCode and ErrorCode are in parentheses.
var (
	// ErrNotUpload: the request's Content-Type is not one that is parsed (415,
	// upload_type_not_accepted).
	ErrNotUpload = errors.New("not an upload")
	// ErrEncoded: the body has a Content-Encoding, which is not decoded (415, unsupported_coding).
	ErrEncoded = errors.New("content encoding not accepted")
	// ErrMalformed: the body does not match its Content-Type, or it ends too early (400,
	// body_malformed).
	ErrMalformed = errors.New("malformed body")
	// ErrEmptyFile: a file has no content, and Options.RefuseEmptyFiles is set (400, file_empty).
	ErrEmptyFile = errors.New("empty file")

	// ErrBodyTooLarge: the body is longer than all limits together allow, or than an enclosing
	// http.MaxBytesReader allows (413, body_too_large).
	ErrBodyTooLarge = errors.New("body too large")
	// ErrFileTooLarge: a file is larger than Options.MaxFileBytes
	// (413, file_too_large).
	ErrFileTooLarge = errors.New("file too large")
	// ErrFilesTooLarge: all files together are larger than
	// Options.MaxTotalFileBytes (413, files_too_large).
	ErrFilesTooLarge = errors.New("files too large")
	// ErrFieldsTooLarge: all fields together are larger than
	// Options.MaxFieldsBytes (413, fields_too_large).
	ErrFieldsTooLarge = errors.New("fields too large")
	// ErrTooManyFields: there are more fields than Options.MaxFields
	// (413, too_many_fields).
	ErrTooManyFields = errors.New("too many fields")
	// ErrTooManyFiles: there are more files than Options.MaxFiles
	// (413, too_many_files).
	ErrTooManyFiles = errors.New("too many files")
	// ErrPartHeaderTooLarge: the headers of a part, or of all parts together,
	// are longer than Options.MaxPartHeaderBytes allows, or those of a part
	// have more than 64 lines (413, part_header_too_large).
	ErrPartHeaderTooLarge = errors.New("part header too large")

	// ErrTooSlow: the client sent less than Options.MinBytesPerSecond (408, body_too_slow).
	ErrTooSlow = errors.New("client too slow")
	// ErrBusy: this and other requests have reached Options.MaxBytesInFlight or
	// Options.MaxFilesInFlight (503, upload_busy).
	ErrBusy = errors.New("too much in flight")
	// ErrStore: the [Store] failed (500, store_failed; 503 if the process has no file descriptors
	// left; or the StatusCode of the store's error, from 400 to 599).
	ErrStore = errors.New("store failed")
	// ErrStoreFull: the [Store] has no space left (507, store_full). Your own store reports it
	// with an error that wraps this one.
	ErrStoreFull = errors.New("store full")
)

// Error says why an upload was refused. Its text is for logs; ClientMessage is for the client.
type Error struct {
	Kind  error  // one of the Err variables of this package
	Field string // the form field, as the client spelled it; "" if there is none
	Part  int    // the part of a multipart body, counted from 1; 0 if it was not in a part
	Limit int64  // the limit that was exceeded; 0 if none was
	Cause error  // the underlying error; may be nil

	coding string // the Content-Encoding
}

// Error returns the full message, for logs.
func (e *Error) Error() string {
	text := "upload: " + e.Kind.Error()
	if e.Field != "" {
		text += fmt.Sprintf(", field %q", e.Field)
	} else if e.Part > 0 {
		text += fmt.Sprintf(", part %d", e.Part)
	}
	if e.Limit > 0 {
		text += fmt.Sprintf(", limit %d", e.Limit)
	}
	if e.coding != "" {
		text += ": " + excerpt(e.coding)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns Kind and Cause, so that errors.Is and errors.As find both.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Kind}
	}
	return []error{e.Kind, e.Cause}
}

// StatusCode returns the status of the response.
func (e *Error) StatusCode() int {
	switch e.Kind {
	case ErrNotUpload, ErrEncoded:
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
			if status := own.StatusCode(); status >= 400 && status <= 599 {
				return status
			}
		}
		if errors.Is(e.Cause, syscall.EMFILE) || errors.Is(e.Cause, syscall.ENFILE) {
			return http.StatusServiceUnavailable
		}
		return http.StatusInternalServerError
	}
	return http.StatusRequestEntityTooLarge
}

// ErrorCode returns the code that identifies the error to programs. Each kind of error has one
// code, listed with the variables of this package, which does not change between releases.
func (e *Error) ErrorCode() string {
	switch e.Kind {
	case ErrNotUpload:
		return errcode.NotUpload
	case ErrEncoded:
		return errcode.UnsupportedCoding
	case ErrMalformed:
		return errcode.BodyMalformed
	case ErrEmptyFile:
		return errcode.FileEmpty
	case ErrFileTooLarge:
		return errcode.FileTooLarge
	case ErrFilesTooLarge:
		return errcode.FilesTooLarge
	case ErrFieldsTooLarge:
		return errcode.FieldsTooLarge
	case ErrTooManyFields:
		return errcode.TooManyFields
	case ErrTooManyFiles:
		return errcode.TooManyFiles
	case ErrPartHeaderTooLarge:
		return errcode.PartHeaderTooLarge
	case ErrTooSlow:
		return errcode.BodyTooSlow
	case ErrBusy:
		return errcode.UploadBusy
	case ErrStore:
		return errcode.StoreFailed
	case ErrStoreFull:
		return errcode.StoreFull
	}
	return errcode.BodyTooLarge
}

// ClientMessage returns the message for the client. It quotes at most 40 characters of what the
// client sent.
func (e *Error) ClientMessage() string {
	switch e.Kind {
	case ErrNotUpload:
		return "This type of body is not accepted here."
	case ErrEmptyFile:
		return "A file is empty."
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
	case ErrBusy:
		return "Too many uploads are under way. Please try again later."
	case ErrStore:
		return "The upload could not be stored."
	case ErrStoreFull:
		return "There is no space left for the upload."
	case ErrMalformed:
		if e.reason() == "" {
			return "The body cannot be read."
		}
	}
	return errcode.Text(e.ErrorCode(), e.ErrorArgs()) // as for all bodies
}

// ErrorArgs returns the values for the placeholders of the client's message, by name: "field",
// "limit" and "reason", and for a Content-Encoding "coding" and "accepted". A value that the
// error does not have is "".
func (e *Error) ErrorArgs() map[string]string {
	args := map[string]string{"field": e.Field, "limit": "", "reason": e.reason()}
	if e.Limit > 0 {
		args["limit"] = strconv.FormatInt(e.Limit, 10)
	}
	if e.Kind == ErrEncoded {
		args["coding"], args["accepted"] = excerpt(e.coding), "none"
	}
	return args
}

// reason says what is wrong with a malformed body, and in which part; "" if there is no more to
// say.
func (e *Error) reason() string {
	var why *reason
	if !errors.As(e.Cause, &why) {
		return ""
	}
	if e.Part > 0 {
		return fmt.Sprintf("%s, in part %d", why.text, e.Part)
	}
	return why.text
}

// reason says, in words for the client, what is wrong with a body. The cause is for logs.
type reason struct {
	text  string
	cause error // may be nil
}

func (r *reason) Error() string {
	if r.cause == nil {
		return r.text
	}
	return r.text + ": " + r.cause.Error()
}

func (r *reason) Unwrap() error { return r.cause }

// malformed returns an error that tells the client what is wrong with its multipart body.
func malformed(format string, args ...any) error {
	return because("not valid multipart: "+fmt.Sprintf(format, args...), nil)
}

// because returns an error that tells the client what is wrong with its body.
func because(text string, cause error) error {
	return &Error{Kind: ErrMalformed, Cause: &reason{text, cause}}
}

// excerpt quotes the beginning of what the client sent.
func excerpt[T string | []byte](v T) string { return fmt.Sprintf("%.40q", string(v)) }

// storeError converts an error from a store.
func storeError(field string, err error) error {
	kind := ErrStore
	if isFull(err) {
		kind = ErrStoreFull
	}
	return &Error{Kind: kind, Field: field, Cause: err}
}

func isFull(err error) bool { return errors.Is(err, ErrStoreFull) || failure.IsDiskFull(err) }
