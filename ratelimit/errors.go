package ratelimit

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/errcode"
)

// ConfigError is one problem of the options. [New] and [NewMemory] join all
// problems; errors.As finds the first.
type ConfigError = cfgerr.Error

// Errors for a [Store] that did not answer. errors.Is finds them in the cause of an
// [UnavailableError] and in what is logged.
var (
	// ErrStoreTimeout means that the store took longer than [Options.StoreTimeout].
	ErrStoreTimeout = errors.New("ratelimit: the store did not answer in time")
	// ErrStoreSkipped means that the store was not called, because it failed just
	// before. A [Store] may return it for clients that are kept in a failed part of
	// it: the other parts are still called.
	ErrStoreSkipped = errors.New("ratelimit: the store failed repeatedly and is not called for a while")
	// ErrStoreBusy means that the store was not called, because too many checks are
	// already waiting for it.
	ErrStoreBusy = errors.New("ratelimit: too many checks wait for the store")
)

// LimitedError is a refusal: the client has used up its limits. Its status is 429
// (Too Many Requests). errors.As finds it.
type LimitedError struct {
	Decision Decision
}

// Error names the limits that have refused the request.
func (e *LimitedError) Error() string {
	var names []string
	for _, l := range e.Decision.Limits() {
		if l.Refused {
			names = append(names, l.Name)
		}
	}
	which := strings.Join(names, ", ")
	if e.Decision.RetryAfter < 0 {
		return fmt.Sprintf("ratelimit: a cost of %d is never allowed by %s", e.Decision.cost, which)
	}
	return fmt.Sprintf("ratelimit: %s allows the request in %v", which, e.Decision.RetryAfter.Round(time.Millisecond))
}

// StatusCode returns 429.
func (e *LimitedError) StatusCode() int { return http.StatusTooManyRequests }

// ErrorCode returns "rate_limited".
func (e *LimitedError) ErrorCode() string { return errcode.RateLimited }

// ClientMessage tells the client when to try again.
func (e *LimitedError) ClientMessage() string {
	switch s := seconds(e.Decision.RetryAfter); {
	case s <= 0:
		return "the request costs more than is ever allowed"
	case s == 1:
		return "too many requests: try again in 1 second"
	default:
		return "too many requests: try again in " + strconv.FormatInt(s, 10) + " seconds"
	}
}

// SetFields sets the header fields of the response, see [Decision.SetFields].
func (e *LimitedError) SetFields(h http.Header) { e.Decision.SetFields(h) }

// UnavailableError means that the store does not answer, and that requests are
// therefore refused ([FallbackClosed]). Its status is 503 (Service Unavailable).
// errors.As finds it, and errors.Is its cause.
type UnavailableError struct {
	// Err is why the store did not answer: its own error, or one of this package.
	Err error
	// RetryAfter is the time until the store is called again, at the latest. 0 if ctx
	// has ended.
	RetryAfter time.Duration
}

// Error returns the cause, for logs.
func (e *UnavailableError) Error() string { return "ratelimit: no decision: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnavailableError) Unwrap() error { return e.Err }

// StatusCode returns 503.
func (e *UnavailableError) StatusCode() int { return http.StatusServiceUnavailable }

// ErrorCode returns "rate_limit_unavailable".
func (e *UnavailableError) ErrorCode() string { return errcode.RateLimitUnavailable }

// ClientMessage returns a fixed message.
func (e *UnavailableError) ClientMessage() string {
	return "the server cannot accept requests at the moment: try again soon"
}

// SetFields sets Retry-After.
func (e *UnavailableError) SetFields(h http.Header) { setRetryAfter(h, e.RetryAfter) }
