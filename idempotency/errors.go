package idempotency

import (
	"errors"
	"net/http"
	"os"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// ConfigError is one problem of the options. [New] and [NewMemory] join all
// problems; errors.As finds the first.
type ConfigError = cfgerr.Error

// The reasons why a request is refused. A [Replayer] returns an [*Error] that
// matches one of them with errors.Is. The error's StatusCode and ErrorCode are
// given in parentheses.
var (
	// ErrKeyMissing: a key is required but missing (400, idempotency_key_missing).
	ErrKeyMissing = errors.New("no key")
	// ErrKeyInvalid: the field does not hold an acceptable key (400,
	// idempotency_key_invalid).
	ErrKeyInvalid = errors.New("invalid key")
	// ErrKeyReused: the key was sent with a different request before (422,
	// idempotency_key_reused).
	ErrKeyReused = errors.New("key was used for another request")
	// ErrAtWork: the first request with the key has not been answered yet (409 with
	// Retry-After, idempotency_request_at_work).
	ErrAtWork = errors.New("the first request is still in progress")
	// ErrIncomplete: the body broke off, was too slow or too large (400
	// body_malformed, 408 body_too_slow, 413 body_too_large).
	ErrIncomplete = errors.New("incomplete body")
	// ErrUnavailable: the store does not answer, and requests are then refused (503
	// with Retry-After, idempotency_unavailable).
	ErrUnavailable = errors.New("no answer from the store")
)

// Error says why a request is refused. Its message is for logs; the message for the
// client is ClientMessage.
type Error struct {
	Kind       error         // one of the variables above
	Reason     string        // what is wrong with a key; otherwise ""
	RetryAfter time.Duration // when to try again; 0 if waiting does not help
	Cause      error         // may be nil

	field, docs string
}

// Error returns the problem and its cause.
func (e *Error) Error() string {
	text := "idempotency: " + e.Kind.Error()
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
	case ErrKeyMissing:
		return http.StatusBadRequest, errcode.IdempotencyKeyMissing
	case ErrKeyInvalid:
		return http.StatusBadRequest, errcode.IdempotencyKeyInvalid
	case ErrKeyReused:
		return http.StatusUnprocessableEntity, errcode.IdempotencyKeyReused
	case ErrAtWork:
		return http.StatusConflict, errcode.IdempotencyAtWork
	case ErrIncomplete:
		switch {
		case e.tooLarge():
			return http.StatusRequestEntityTooLarge, errcode.BodyTooLarge
		case errors.Is(e.Cause, os.ErrDeadlineExceeded):
			return http.StatusRequestTimeout, errcode.BodyTooSlow
		}
		return http.StatusBadRequest, errcode.BodyMalformed
	}
	return http.StatusServiceUnavailable, errcode.IdempotencyUnavailable
}

func (e *Error) tooLarge() bool {
	var tooLarge *http.MaxBytesError
	return errors.As(e.Cause, &tooLarge)
}

// ClientMessage returns the message for clients.
func (e *Error) ClientMessage() string {
	switch e.Kind {
	case ErrKeyMissing:
		return "the header " + e.field + " is required: send a key that is unique to this request, and the same one when you repeat it"
	case ErrKeyInvalid:
		return "the header " + e.field + " does not contain a valid key: " + e.Reason
	case ErrKeyReused:
		return "the key in " + e.field + " was sent with another request before: send a new key with a new request"
	case ErrAtWork:
		return "the first request with this key is still in progress: send it again in " + inWords(e.RetryAfter)
	case ErrIncomplete:
		switch e.StatusCode() {
		case http.StatusRequestEntityTooLarge:
			return "the body is too large"
		case http.StatusRequestTimeout:
			return "the body was sent too slowly"
		}
		return "the body is incomplete"
	}
	return "the server cannot tell at the moment whether this request was answered before: send it again in " + inWords(e.RetryAfter)
}

func inWords(d time.Duration) string {
	if s := seconds(d); s != 1 {
		return strconv.FormatInt(s, 10) + " seconds"
	}
	return "1 second"
}

// seconds rounds up, to at least 1.
func seconds(d time.Duration) int64 { return max(1, int64((d+time.Second-1)/time.Second)) }

// SetFields sets Retry-After if waiting helps, and Link if [Options.Documentation]
// is set.
func (e *Error) SetFields(h http.Header) {
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.FormatInt(seconds(e.RetryAfter), 10))
	}
	switch e.Kind {
	case ErrKeyMissing, ErrKeyInvalid, ErrKeyReused, ErrAtWork:
		if e.docs != "" {
			h.Add("Link", "<"+e.docs+`>; rel="describedby"; type="text/html"`)
		}
	}
}
