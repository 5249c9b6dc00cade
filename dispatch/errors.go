package dispatch

import (
	"cmp"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
	"github.com/sidekick-http/sidekick/envelope"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/params"
)

// ConfigError is one problem of [Options], an [Action] or a [Route]. [New] joins all of them;
// errors.As finds the first.
type ConfigError = cfgerr.Error

// These are the errors that the dispatcher itself responds with. Their messages are meant for
// clients, in Actionhero's words. Each has a code (ErrorCode() string) and works with errors.Is.
var (
	// ErrUnknownAction has the status 404: no route, name or parameter leads to an action, or the
	// action does not have the requested version.
	ErrUnknownAction error = &requestError{status: http.StatusNotFound, code: errcode.UnknownAction, message: "unknown action or invalid apiVersion"}
	// ErrBlockedConnectionType means that web clients may not run the action. As in Actionhero it
	// has no status of its own and gets the default one.
	ErrBlockedConnectionType error = &requestError{code: errcode.BlockedConnection, message: "this action does not support the web connection type"}
	// ErrTooManyPending has the status 429, with Retry-After: the client already has
	// [Options.MaxPending] actions running.
	ErrTooManyPending error = &requestError{status: http.StatusTooManyRequests, code: errcode.TooManyPending, message: "you have too many pending requests"}
	// ErrShuttingDown has the status 503, with Retry-After and Connection: close, after
	// [Dispatcher.Drain].
	ErrShuttingDown error = &requestError{status: http.StatusServiceUnavailable, code: errcode.ShuttingDown, message: "the server is shutting down"}
	// ErrTimeout has the status 504: the action returned an error after [Options.Timeout] had
	// passed.
	ErrTimeout error = &requestError{status: http.StatusGatewayTimeout, code: errcode.Timeout, message: "the action took too long"}
	// ErrMethodNotAllowed has the status 405: the path does not support the method. TRACE and
	// CONNECT never run an action.
	ErrMethodNotAllowed error = &requestError{status: http.StatusMethodNotAllowed, code: errcode.MethodNotAllowed, message: "this method is not allowed"}
	// ErrBodyNotKept has the status 413: [Options.Unknown] should answer the request, but the
	// body was too long to be kept while the dispatcher looked for the action in it.
	ErrBodyNotKept error = &requestError{status: http.StatusRequestEntityTooLarge, code: errcode.BodyTooLarge, message: "the body is too large to be searched for the action or its version: name them in the path or the query"}
	// ErrFileNotTaken has the status 415: the request has a file that no input of the action
	// takes, or the action takes files and the body has a type that is not read. The message
	// names the form field or the type, and the fields that are taken.
	ErrFileNotTaken error = &requestError{status: http.StatusUnsupportedMediaType, code: errcode.FilesNotAccepted, message: "this action does not take the file"}
	// ErrHandlerAction is returned when [Connection.Run] or [Dispatcher.Run] runs an action that
	// has a Handler, or that writes its response itself instead of returning a result.
	ErrHandlerAction error = &requestError{status: http.StatusInternalServerError, code: errcode.NotRunnable, message: "this action writes its response itself, so only a request can run it"}
	// ErrTooDeep is returned when actions call each other more than 100 levels deep.
	ErrTooDeep error = &requestError{status: http.StatusInternalServerError, code: errcode.TooDeep, message: "actions call each other too deeply"}
)

// retryAfter is how long clients should wait after a 429 or 503.
const retryAfter = time.Second

// requestError is immutable, so that nobody can change the exported values.
type requestError struct {
	status  int
	code    string
	message string
}

func (e *requestError) Error() string         { return "dispatch: " + e.message }
func (e *requestError) StatusCode() int       { return e.status }
func (e *requestError) ErrorCode() string     { return e.code }
func (e *requestError) ClientMessage() string { return e.message }

// MissingParamsError names the required inputs that a request did not send. null and an empty
// string count as missing. Its status is 422.
type MissingParamsError struct {
	// Names are the inputs in alphabetical order, for a typed action in the order of its fields.
	// A nested input is written with dots, as in "address.street".
	Names []string
	// More says that further inputs are missing or invalid. At most 100 problems of a request are
	// listed, in this error and [InvalidParamsError] together.
	More bool
}

func (e *MissingParamsError) Error() string { return "dispatch: " + e.ClientMessage() }

// StatusCode returns 422.
func (e *MissingParamsError) StatusCode() int { return http.StatusUnprocessableEntity }

// ClientMessage says which inputs are missing, each in Actionhero's words.
func (e *MissingParamsError) ClientMessage() string {
	parts := make([]string, len(e.Names), len(e.Names)+1)
	for i, name := range e.Names {
		parts[i] = missingText(name)
	}
	if e.More {
		parts = append(parts, moreProblems().Message)
	}
	return strings.Join(parts, "; ")
}

func missingText(name string) string { return name + " is a required parameter for this action" }

// moreProblems says that there are more problems than are listed.
func moreProblems() envelope.ParamError {
	most := strconv.Itoa(typed.MostProblems)
	return envelope.ParamError{Code: errcode.ParamsMore, Message: errcode.Text(errcode.ParamsMore, map[string]string{"max": most}), Max: most}
}

// ErrorCode returns params_missing.
func (e *MissingParamsError) ErrorCode() string { return errcode.ParamsMissing }

// ParamErrors lists the inputs, each with the code "required". If there are more, the last element
// says so: it has no name, and the code "more_params".
func (e *MissingParamsError) ParamErrors() []envelope.ParamError {
	list := make([]envelope.ParamError, len(e.Names))
	for i, name := range e.Names {
		list[i] = envelope.ParamError{Param: name, Code: errcode.ParamRequired, Message: missingText(name)}
	}
	if e.More {
		list = append(list, moreProblems())
	}
	return list
}

// fileNotTaken is ErrFileNotTaken with the names of the form fields.
type fileNotTaken struct {
	fields []string // none if it is the whole body that is not taken
	kind   string   // the type of such a body
	taken  []string // inputs that take files
}

func (e *fileNotTaken) Error() string   { return "dispatch: " + e.ClientMessage() }
func (e *fileNotTaken) Unwrap() error   { return ErrFileNotTaken }
func (e *fileNotTaken) StatusCode() int { return http.StatusUnsupportedMediaType }
func (e *fileNotTaken) ErrorCode() string {
	return errcode.FilesNotAccepted
}

func (e *fileNotTaken) ErrorArgs() map[string]string {
	quoted := make([]string, len(e.fields))
	for i, field := range e.fields {
		quoted[i] = typed.Quote(field)
	}
	return map[string]string{"fields": strings.Join(quoted, ", "), "accepted": strings.Join(e.taken, ", ")}
}

func (e *fileNotTaken) ClientMessage() string {
	args := e.ErrorArgs()
	if len(e.fields) == 0 {
		what := "without a Content-Type"
		if e.kind != "" {
			what = "of the type " + typed.Quote(e.kind)
		}
		return "this action does not take a body " + what + "; send a multipart form: it takes files in " + args["accepted"]
	}
	text := "this action does not take the file in the field " + args["fields"]
	if len(e.fields) > 1 {
		text = "this action does not take the files in the fields " + args["fields"]
	}
	if len(e.taken) == 0 {
		return text + "; it takes no files"
	}
	return text + "; it takes files in " + args["accepted"]
}

// paramsError is returned if some parameters are missing and others invalid. errors.As finds both
// errors.
type paramsError struct {
	missing *MissingParamsError
	invalid *InvalidParamsError
}

func (e *paramsError) Error() string   { return "dispatch: " + e.ClientMessage() }
func (e *paramsError) Unwrap() []error { return []error{e.missing, e.invalid} }
func (e *paramsError) StatusCode() int { return e.invalid.StatusCode() }
func (e *paramsError) ErrorCode() string {
	return errcode.ParamsInvalid
}
func (e *paramsError) ParamErrors() []envelope.ParamError {
	return append(e.missing.ParamErrors(), e.invalid.ParamErrors()...)
}
func (e *paramsError) ClientMessage() string {
	return e.missing.ClientMessage() + "; " + e.invalid.ClientMessage()
}

// InvalidParamsError holds the errors of formatters and validators for the inputs of one request.
// Its status is 422, or that of the first failure that has a method StatusCode() int.
type InvalidParamsError struct {
	Failures []ParamFailure // in the order of [MissingParamsError.Names]
	// More says that further inputs are invalid or missing. At most 100 problems of a request are
	// listed, in this error and [MissingParamsError] together; the rest of its inputs are not
	// checked.
	More bool
}

// ParamFailure is one input that was refused.
type ParamFailure struct {
	Name string
	Err  error
}

func (e *InvalidParamsError) Error() string { return "dispatch: " + e.ClientMessage() }

// Unwrap returns the failures' errors.
func (e *InvalidParamsError) Unwrap() []error {
	errs := make([]error, len(e.Failures))
	for i, f := range e.Failures {
		errs[i] = f.Err
	}
	return errs
}

// StatusCode returns the first status from 400 to 599 that a failure chooses, otherwise 422.
func (e *InvalidParamsError) StatusCode() int {
	for _, f := range e.Failures {
		if s := failure.StatusOr(f.Err, 0); s != 0 {
			return s
		}
	}
	return http.StatusUnprocessableEntity
}

// ErrorCode returns params_invalid.
func (e *InvalidParamsError) ErrorCode() string { return errcode.ParamsInvalid }

// ParamErrors lists the failures. The code of an error from the program's own formatter or
// validator is its ErrorCode() string, or else invalid_param. If there are more, the last element
// says so, as in [MissingParamsError.ParamErrors].
func (e *InvalidParamsError) ParamErrors() []envelope.ParamError {
	list := make([]envelope.ParamError, len(e.Failures))
	for i, f := range e.Failures {
		p := envelope.ParamError{Param: f.Name, Code: errcode.ParamInvalid, Message: f.clientMessage()}
		switch err := f.Err.(type) {
		case *kindError:
			p.Code, p.Expected, p.Min, p.Max = err.code, err.want, err.least, err.most
		case *params.ShapeError: // whose ErrorCode applies to the whole request
			p = err.ParamErrors()[0]
		case interface{ ErrorCode() string }:
			p.Code = cmp.Or(err.ErrorCode(), p.Code)
		}
		list[i] = p
	}
	if e.More {
		list = append(list, moreProblems())
	}
	return list
}

// clientMessage is the message of the formatter or validator, which is meant for the client.
func (f *ParamFailure) clientMessage() string {
	switch err := f.Err.(type) {
	case *kindError:
		return f.Name + " " + err.Error()
	case interface{ ClientMessage() string }:
		return err.ClientMessage()
	}
	return f.Err.Error()
}

// ClientMessage returns the messages of the formatters and validators, which are meant for the
// client.
func (e *InvalidParamsError) ClientMessage() string {
	var parts []string
	for _, f := range e.Failures {
		text := f.clientMessage()
		if len(parts) == 0 || parts[len(parts)-1] != text {
			parts = append(parts, text)
		}
	}
	if e.More {
		parts = append(parts, moreProblems().Message)
	}
	return strings.Join(parts, "; ")
}
