package params

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
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

// formError is what Actionhero tells its clients of a body that it cannot
// parse.
const formError = "There was an error processing this form."

// Error is why a query or a body was refused. Its text is for logs; what may
// be shown to the client is ClientMessage.
type Error struct {
	Kind  error  // one of the Err variables of this package
	From  string // "query", "body" or "path"
	Limit int64  // the limit that was passed; 0 when it was none
	Cause error  // what lies behind it; may be nil
}

// Error returns the whole story, for logs.
func (e *Error) Error() string {
	text := "params: " + e.From + ": " + e.Kind.Error()
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
	case ErrTooLarge:
		return http.StatusRequestEntityTooLarge
	case ErrUnsupported:
		return http.StatusUnsupportedMediaType
	case ErrTooSlow:
		return http.StatusRequestTimeout
	}
	return http.StatusBadRequest
}

// ClientMessage returns the text that may be shown to the client.
func (e *Error) ClientMessage() string {
	switch e.Kind {
	case ErrTooMany:
		return fmt.Sprintf("There are too many params in the %s: at most %d are accepted.", e.From, e.Limit)
	case ErrTooLarge:
		return fmt.Sprintf("The body is too large: at most %d bytes are accepted.", e.Limit)
	case ErrUnsupported:
		return "The charset or content coding of the body is not accepted."
	case ErrTooSlow:
		return "The body was sent too slowly."
	}
	switch e.From {
	case "query":
		return "The query cannot be read."
	case "path":
		return "The path cannot be read."
	}
	return formError
}

// malformed is the error for a body that is not what it should be.
func malformed(cause error) *Error {
	return &Error{Kind: ErrMalformed, From: "body", Cause: cause}
}

// readError says what an error of reading a body means.
func readError(err error) error {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return &Error{Kind: ErrTooLarge, From: "body", Limit: tooLarge.Limit, Cause: err}
	case errors.Is(err, os.ErrDeadlineExceeded):
		return &Error{Kind: ErrTooSlow, From: "body", Cause: err}
	}
	return malformed(fmt.Errorf("reading the body: %w", err))
}

// answerError is the default of Options.ErrorHandler.
func answerError(w http.ResponseWriter, _ *http.Request, err error) {
	status, text := http.StatusInternalServerError, "Internal Server Error"
	var coded interface {
		StatusCode() int
		ClientMessage() string
	}
	if errors.As(err, &coded) {
		status, text = coded.StatusCode(), coded.ClientMessage()
	}
	h := w.Header()
	h.Del("Content-Length")
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	body, err := json.Marshal(map[string]string{"error": text})
	if err == nil {
		_, _ = w.Write(body) // the client may have gone
	}
}
