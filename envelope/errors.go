package envelope

import (
	"errors"
	"fmt"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// Error is an error meant for clients, with the status of its response. errors.As finds
// it wherever it is wrapped.
type Error struct {
	// Status is 400 to 599; any other value means the default status.
	Status int
	// Code identifies the kind of error to programs, in snake case, such as out_of_stock. ""
	// means the status in words, such as not_found. It is sent if [ErrorOptions.Details] is on.
	Code string
	// Message is the message for the client.
	Message string
	// Value, if not nil, is sent instead of Message: an object or any other value that can be
	// encoded as JSON.
	Value any
	// Err is the cause. It is logged, and errors.Is finds it; clients never see it.
	Err error
}

// Errorf returns an [Error] with the given status and message. Like fmt.Errorf it wraps the
// operands of %w. Their texts become part of the message, so wrap only what the client may see.
func Errorf(status int, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	e := &Error{Status: status, Message: err.Error(), Err: errors.Unwrap(err)}
	if _, several := err.(interface{ Unwrap() []error }); several {
		e.Err = err
	}
	return e
}

// Error returns the message, or the status text if there is none.
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

// StatusCode returns the status of the response.
func (e *Error) StatusCode() int {
	if e == nil {
		return 0
	}
	return e.Status
}

// ErrorCode returns the code, or "" for the code of the status.
func (e *Error) ErrorCode() string {
	if e == nil {
		return ""
	}
	return e.Code
}

// ClientMessage returns the message for the client. For a nil *Error, which a function may return
// by mistake as a non-nil error, it is "": the error is then answered like one that is not meant
// for clients.
func (e *Error) ClientMessage() string {
	if e == nil {
		return ""
	}
	return e.Error()
}

// ClientValue returns what is sent as the member "error" instead of a message, or nil.
func (e *Error) ClientValue() any {
	if e == nil {
		return nil
	}
	return e.Value
}

// ParamError says what is wrong with one parameter: Param is its name, Code identifies the
// problem to programs, Message describes it to people, and Expected says what would be accepted,
// if it can. Min and Max are the violated bounds, for translations; they are not sent. An error
// that is meant for clients may list its own in a method ParamErrors() []ParamError.
type ParamError = failure.Param

// isErrorStatus reports whether an error may choose status. Lower ones would change the framing
// of the response.
func isErrorStatus(status int) bool { return status >= 400 && status <= 599 }

// Status returns the status of the response to err: that of its method StatusCode() int if it is
// 400 to 599, otherwise the default. It is 200 for nil and, with [Options.AlwaysOK], for every
// error.
func (e *Envelope) Status(err error) int {
	if err == nil || e.opts.AlwaysOK {
		return http.StatusOK
	}
	return e.ownStatus(err)
}

// ownStatus is the Status of an error without AlwaysOK.
func (e *Envelope) ownStatus(err error) int {
	return failure.StatusOr(err, e.opts.DefaultErrorStatus)
}
