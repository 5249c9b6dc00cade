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

// ConfigError is one problem of the options. [New] and [NewMemory] return every
// problem at once, joined; errors.As finds the first.
type ConfigError = cfgerr.Error

// What a [Store] that gives no answer is reported as; errors.Is finds them in
// the cause of an [UnavailableError] and in what is logged.
var (
	// ErrStoreTimeout means that the store took longer than
	// [Options.StoreTimeout].
	ErrStoreTimeout = errors.New("ratelimit: the store did not answer in time")
	// ErrStoreSkipped means that the store was not asked, because it has failed
	// just before. A [Store] returns it for clients that are kept in a part of it
	// that has failed: the others go on asking.
	ErrStoreSkipped = errors.New("ratelimit: the store is not asked after failures")
	// ErrStoreBusy means that the store was not asked, because too many checks
	// are waiting for it already.
	ErrStoreBusy = errors.New("ratelimit: too many checks wait for the store")
)

// LimitedError is a refusal: the client has used up what it may use. It is
// answered as 429 (Too Many Requests). errors.As finds it.
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

// ClientMessage tells the client when to come back.
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

// SetFields sets the fields of the answer, see [Decision.SetFields].
func (e *LimitedError) SetFields(h http.Header) { e.Decision.SetFields(h) }

// UnavailableError means that nobody can tell what the client has used, because
// the store does not answer, and that requests are refused then
// ([FallbackClosed]). It is answered as 503 (Service Unavailable). errors.As
// finds it, and errors.Is its cause.
type UnavailableError struct {
	// Err is why the store gave no answer: its own error, or one of this package.
	Err error
	// RetryAfter is when the store is asked again at the latest. 0 if ctx has ended.
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

// ClientMessage returns a fixed text.
func (e *UnavailableError) ClientMessage() string {
	return "the server cannot take requests at the moment: try again soon"
}

// SetFields sets Retry-After.
func (e *UnavailableError) SetFields(h http.Header) { setRetryAfter(h, e.RetryAfter) }
