package envelope

import (
	"errors"
	"fmt"
	"net/http"
)

// Error is an error made to be shown to clients, with the status of its
// answer. It matches with errors.As wherever it is wrapped.
type Error struct {
	// Status is 400 to 599; any other value means the default status.
	Status int
	// Message is what the client reads.
	Message string
	// Value, when not nil, is sent instead of Message: an object or any other
	// value that can be encoded as JSON.
	Value any
	// Err is the cause, for logs and errors.Is; clients never see it.
	Err error
}

// Errorf returns an [Error] with the given status and message. Like
// fmt.Errorf it wraps the operand of %w, whose text is then part of the
// message: wrap only what the client may read.
func Errorf(status int, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Status: status, Message: err.Error(), Err: errors.Unwrap(err)}
}

// Error returns the message, or the status text when there is none.
func (e *Error) Error() string {
	switch {
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
func (e *Error) Unwrap() error { return e.Err }

// StatusCode returns the status of the answer.
func (e *Error) StatusCode() int { return e.Status }

// ClientMessage returns what the client may read.
func (e *Error) ClientMessage() string { return e.Error() }

// ClientValue returns what is sent as the member "error" instead of a text, or
// nil.
func (e *Error) ClientValue() any { return e.Value }

// internalMessage is what clients read of an error that is not made for them.
// Actionhero's text, and the id under which the error was logged.
const internalMessage = "The server experienced an internal error"

// isErrorStatus tells whether status is one that an error may choose. Lower
// ones would change how the response is framed.
func isErrorStatus(status int) bool { return status >= 400 && status <= 599 }

// Status returns the status that the answer to err has: what the error says by
// StatusCode() int if that is 400 to 599, otherwise the default; 200 for nil
// and, with [Options.AlwaysOK], for every error.
func (e *Envelope) Status(err error) int {
	if err == nil || e.opts.AlwaysOK {
		return http.StatusOK
	}
	var coded interface{ StatusCode() int }
	if errors.As(err, &coded) {
		if s := coded.StatusCode(); isErrorStatus(s) {
			return s
		}
	}
	return e.opts.DefaultErrorStatus
}

// clientError returns what the client may read of err, and whether err was
// made to be read by clients.
func clientError(err error) (value any, made bool) {
	var object interface{ ClientValue() any }
	if errors.As(err, &object) {
		if v := object.ClientValue(); v != nil {
			return v, true
		}
	}
	var text interface{ ClientMessage() string }
	if errors.As(err, &text) {
		return text.ClientMessage(), true
	}
	return nil, false
}
