package params

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

// These are the reasons for refusing parameters. Parsing returns an [*Error] that matches one of
// them with errors.Is; the number in parentheses is its StatusCode. Uploads are refused with
// errors of package upload.
var (
	// ErrMalformed: the query or the body is not valid (400).
	ErrMalformed = errors.New("cannot be parsed")
	// ErrTooMany: there are more parameters than a limit allows (400).
	ErrTooMany = errors.New("too many parameters")
	// ErrTooLarge: the body is longer than Options.MaxBodyBytes or Options.MaxRawBodyBytes, or
	// than an enclosing http.MaxBytesReader allows (413).
	ErrTooLarge = errors.New("body too large")
	// ErrUnsupported: the body's charset or content coding is not accepted (415).
	ErrUnsupported = errors.New("charset or content coding not accepted")
	// ErrTooSlow: the server's read deadline passed before the body was complete (408).
	ErrTooSlow = errors.New("body too slow")
)

// errBodyTwice reports a mistake in the calling program.
var errBodyTwice = errors.New("params: Body was called a second time for one Set")

// Error says why a query or a body was refused. Its string is for logs; ClientMessage is for the
// client, and ErrorCode for programs.
type Error struct {
	Kind  error  // one of the Err variables of this package
	From  string // "query", "body" or "path"
	Limit int64  // the limit that was exceeded; 0 if none was
	// Reason says what is wrong and where: "not valid JSON: want a comma or }, at byte 7". It is
	// shown to the client as part of a sentence. "" adds nothing to Kind. Bytes are counted from
	// 0, after gzip decoding.
	Reason string
	Cause  error // the underlying error; may be nil

	code string            // if Kind and From do not determine it
	args map[string]string // of the message, besides Limit and Reason

	quoted *quoted // nil if Reason quotes nothing
}

// Error returns the full message, for logs.
func (e *Error) Error() string {
	text := "params: " + e.From + ": " + e.Kind.Error()
	if e.Limit > 0 {
		text += fmt.Sprintf(", limit %d", e.Limit)
	}
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	if e.Cause != nil && !strings.HasPrefix(e.Reason, e.Cause.Error()) {
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
	case ErrTooLarge:
		return http.StatusRequestEntityTooLarge
	case ErrUnsupported:
		return http.StatusUnsupportedMediaType
	case ErrTooSlow:
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// ErrorCode returns the code of the error: query_malformed, path_malformed,
// content_type_malformed, body_malformed, body_too_large, body_too_slow, too_many_params,
// unsupported_charset or unsupported_coding.
func (e *Error) ErrorCode() string {
	switch {
	case e.code != "":
		return e.code
	case e.Kind == ErrTooMany:
		return errcode.TooManyParams
	case e.Kind == ErrTooLarge:
		return errcode.BodyTooLarge
	case e.Kind == ErrTooSlow:
		return errcode.BodyTooSlow
	case e.Kind == ErrUnsupported:
		return errcode.UnsupportedCoding
	case e.From == "query":
		return errcode.QueryMalformed
	case e.From == "path":
		return errcode.PathMalformed
	}
	return errcode.BodyMalformed
}

// ErrorArgs returns the values for the placeholders of the client's message, by name.
func (e *Error) ErrorArgs() map[string]string {
	args := maps.Clone(e.args)
	if args == nil {
		args = map[string]string{}
	}
	args["limit"], args["reason"] = strconv.FormatInt(e.Limit, 10), e.Reason
	if e.Kind == ErrTooMany {
		args["what"] = "parameters in the " + e.From
		switch {
		case errors.Is(e.Cause, errTooManyKeys):
			args["what"] = "members in the JSON"
		case errors.Is(e.Cause, errTooManyItems):
			args["what"] = "elements in the JSON"
		}
	}
	return args
}

// ClientMessage returns the message for the client.
func (e *Error) ClientMessage() string {
	switch {
	case e.Kind == ErrMalformed && e.Reason == "":
		return "The " + e.From + " cannot be read."
	case e.Kind == ErrMalformed && e.From == "path":
		return "The path cannot be read: " + e.Reason + "."
	case e.Kind == ErrUnsupported && e.args == nil:
		return "The charset or content coding of the body is not accepted."
	}
	return errcode.Text(e.ErrorCode(), e.ErrorArgs())
}

// malformed returns the error for an invalid body. The cause may itself have a reason for the
// client.
func malformed(cause error) *Error {
	e := &Error{Kind: ErrMalformed, From: "body", Cause: cause}
	var j *jsonError
	if errors.As(cause, &j) {
		e.Reason = j.Error()
	}
	return e
}

// because is malformed with a reason for the client.
func because(reason string, cause error) *Error {
	return &Error{Kind: ErrMalformed, From: "body", Reason: reason, Cause: cause}
}

// badContentType returns the error for an invalid Content-Type.
func badContentType(reason string) *Error {
	return &Error{Kind: ErrMalformed, From: "body", Reason: reason, code: errcode.ContentTypeMalformed}
}

// readError converts an error from reading a body.
func readError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &Error{Kind: ErrTooLarge, From: "body", Limit: tooLarge.Limit, Cause: err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{Kind: ErrTooSlow, From: "body", Cause: err}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return because("not complete", err)
	}
	return because("not readable", fmt.Errorf("reading the body: %w", err))
}
