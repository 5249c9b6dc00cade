package envelope

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// Error is an error made to be shown to clients, with the status of its
// answer. It matches with errors.As wherever it is wrapped.
type Error struct {
	// Status is 400 to 599; any other value means the default status.
	Status int
	// Code tells programs what kind of error it is, in snake case, such as
	// out_of_stock. The default, of "", is the status in words: not_found. It is
	// sent where [ErrorOptions.Details] is on.
	Code string
	// Message is what the client reads.
	Message string
	// Value, when not nil, is sent instead of Message: an object or any other
	// value that can be encoded as JSON.
	Value any
	// Err is the cause. It is logged, and found by errors.Is; clients never see
	// it.
	Err error
}

// Errorf returns an [Error] with the given status and message. Like
// fmt.Errorf it wraps the operands of %w, whose texts are then part of the
// message: wrap only what the client may read.
func Errorf(status int, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Status: status, Message: err.Error(), Err: errors.Unwrap(err)}
	if _, several := err.(interface{ Unwrap() []error }); several {
		e.Err = err
	}
	return e
}

// Error returns the message, or the status text when there is none.
func (e *Error) Error() string {
	switch {
	case e == nil:
		return "envelope: a nil *Error was returned as an error"
	case e.Message != "":
		return e.Message
	case e.Value != nil:
		return fmt.Sprint(e.Value)
	case http.StatusText(e.Status) != "":
		return http.StatusText(e.Status)
	default:
		return "error"
	}
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	if e == nil {
		return nil
	}
	return e.Err
}

// StatusCode returns the status of the answer.
func (e *Error) StatusCode() int {
	if e == nil {
		return 0
	}
	return e.Status
}

// ErrorCode returns the code, "" for that of the status.
func (e *Error) ErrorCode() string {
	if e == nil {
		return ""
	}
	return e.Code
}

// ClientMessage returns what the client may read. Of a nil pointer, which a
// function returned for want of an error, that is nothing: it is answered as an
// error that is not made to be shown.
func (e *Error) ClientMessage() string {
	if e == nil {
		return ""
	}
	return e.Error()
}

// ClientValue returns what is sent as the member "error" instead of a text, or
// nil.
func (e *Error) ClientValue() any {
	if e == nil {
		return nil
	}
	return e.Value
}

// ParamError is what is wrong with one parameter: Param is its name, Code tells
// it to programs, Message to people, and Expected is what would be accepted, as
// far as it can be said. Min and Max are the bounds that were passed, for texts in
// other languages; they are not sent. An error that is made to be shown lists its
// own by a method ParamErrors() []ParamError.
type ParamError = failure.Param

// isErrorStatus reports whether status is one that an error may choose. Lower
// ones would change how the response is framed.
func isErrorStatus(status int) bool { return status >= 400 && status <= 599 }

// Status returns the status that the answer to err has: what the error says by
// StatusCode() int if that is 400 to 599, otherwise the default; 200 for nil
// and, with [Options.AlwaysOK], for every error.
func (e *Envelope) Status(err error) int {
	if err == nil || e.opts.AlwaysOK {
		return http.StatusOK
	}
	return e.ownStatus(err)
}

// ownStatus is Status without AlwaysOK, for an error.
func (e *Envelope) ownStatus(err error) int {
	return failure.StatusOr(err, e.opts.DefaultErrorStatus)
}
