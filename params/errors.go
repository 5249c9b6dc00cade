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

// Why params are refused. Parsing returns an [*Error], which matches the one
// that applies with errors.Is; the status in brackets is the error's
// StatusCode. Uploads are refused with errors of package upload.
var (
	// ErrMalformed: the query or the body is not what it should be (400).
	ErrMalformed = errors.New("cannot be parsed")
	// ErrTooMany: there are more params than a limit allows (400).
	ErrTooMany = errors.New("too many params")
	// ErrTooLarge: the body is longer than Options.MaxBodyBytes or
	// Options.MaxRawBodyBytes, or than a http.MaxBytesReader around it allows
	// (413).
	ErrTooLarge = errors.New("body too large")
	// ErrUnsupported: the body's charset or content coding is not accepted
	// (415).
	ErrUnsupported = errors.New("charset or content coding not accepted")
	// ErrTooSlow: the server's read deadline passed before the body was
	// complete (408).
	ErrTooSlow = errors.New("body too slow")
)

// errBodyTwice is a programmer's mistake.
var errBodyTwice = errors.New("params: Body was called a second time for one Set")

// Error is why a query or a body was refused. Its text is for logs; what may
// be shown to the client is ClientMessage, and ErrorCode is for programs.
type Error struct {
	Kind  error  // one of the Err variables of this package
	From  string // "query", "body" or "path"
	Limit int64  // the limit that was passed; 0 when it was none
	// Reason says what is wrong, and where: "not valid JSON: want a comma or },
	// at byte 7". It is shown to the client, in a sentence. "" is nothing more
	// than what Kind says. Bytes are counted from 0, after a gzip was decoded.
	Reason string
	Cause  error // what lies behind it; may be nil

	code string            // where Kind and From do not tell
	args map[string]string // of the text, besides Limit and Reason
}

// Error returns the whole story, for logs.
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
	case ErrTooLarge:
		return http.StatusRequestEntityTooLarge
	case ErrUnsupported:
		return http.StatusUnsupportedMediaType
	case ErrTooSlow:
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// ErrorCode returns the code of the error, in snake case: query_malformed,
// path_malformed, content_type_malformed, body_malformed, body_too_large,
// body_too_slow, too_many_params, unsupported_charset or unsupported_coding.
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

// ErrorArgs returns the values of which the client's text is made, by the names
// of their placeholders.
func (e *Error) ErrorArgs() map[string]string {
	args := maps.Clone(e.args)
	if args == nil {
		args = map[string]string{}
	}
	args["limit"], args["reason"] = strconv.FormatInt(e.Limit, 10), e.Reason
	if e.Kind == ErrTooMany {
		args["what"] = "params in the " + e.From
		switch {
		case errors.Is(e.Cause, errTooManyKeys):
			args["what"] = "members in the JSON"
		case errors.Is(e.Cause, errTooManyItems):
			args["what"] = "elements in the JSON"
		}
	}
	return args
}

// ClientMessage returns the text that may be shown to the client.
func (e *Error) ClientMessage() string {
	switch {
	case e.Kind == ErrMalformed && e.Reason == "":
		return "The " + e.From + " cannot be read."
	case e.Kind == ErrUnsupported && e.args == nil:
		return "The charset or content coding of the body is not accepted."
	}
	return errcode.Text(e.ErrorCode(), e.ErrorArgs())
}

// malformed is the error for a body that is not what it should be. The cause may
// say by itself why, in words for the client.
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

// badContentType is the error for a Content-Type that cannot be read.
func badContentType(reason string) *Error {
	return &Error{Kind: ErrMalformed, From: "body", Reason: reason, code: errcode.ContentTypeMalformed}
}

// readError says what an error of reading a body means.
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
