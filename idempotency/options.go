package idempotency

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/guard"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// The defaults of [Options].
const (
	DefaultField             = "Idempotency-Key"
	DefaultKeepFor           = 24 * time.Hour
	DefaultWait              = 5 * time.Second
	DefaultLease             = 30 * time.Second
	DefaultMaxKeyBytes       = 255
	DefaultMinSharedKeyBytes = 16
	DefaultMaxAnswerBytes    = 1 << 20
	DefaultStoreTimeout      = 50 * time.Millisecond
	DefaultStoreFailures     = 5
	DefaultStorePause        = time.Second
)

const (
	mostAnswerBytes = 64 << 20
	shortestLease   = time.Second
	longestTime     = 400 * 24 * time.Hour // of KeepFor and Lease
)

// Options say to which requests keys apply, and for how long. The zero value is
// usable.
type Options struct {
	_ struct{}

	// Methods are the methods to which keys apply; other requests pass. Default:
	// POST, PUT, PATCH and DELETE.
	Methods []string

	// Required refuses requests with these methods but without a key, unless they can
	// be repeated anyway: PUT and DELETE.
	Required bool

	// Field is the name of the request field with the key. Default:
	// "Idempotency-Key".
	Field string

	// Scope identifies the client: the same key in another scope is a different key.
	// "" stands for all unidentified clients. Scope must return the same for a
	// request and its repetition, and be safe for concurrent use. Default: the value
	// of the field Authorization; without it, the id of the fingerprint piece, if the
	// client sent it; otherwise "". If access tokens are replaced, return the id of
	// the user instead: the default treats a client with a new token as a new client.
	Scope func(*http.Request) string

	// MinSharedKeyBytes is the minimum length of keys from unidentified clients, so
	// that they do not collide. Default: 16; negative: any length.
	MinSharedKeyBytes int

	// MaxKeyBytes is the maximum length of a key. Default: 255.
	MaxKeyBytes int

	// KeepFor is how long a response is kept, up to 400 days. Default: 24 hours.
	KeepFor time.Duration

	// Wait is how long a request waits for the first one with its key before it is
	// refused. At most 1024 requests wait at once. Default: 5 seconds; negative: none
	// waits.
	Wait time.Duration

	// Lease is how long a key stays held after a process has died; then the request
	// may be processed again. While the process runs, it renews the lease. At least a
	// second, at most 400 days. Default: 30 seconds.
	Lease time.Duration

	// MaxAnswerBytes limits the bodies of stored responses, each of which is held in
	// memory until its handler has returned. Up to 64 MiB. Default: 1 MiB.
	MaxAnswerBytes int

	// StoreStatus reports whether a response with that status, 200 to 999, is stored,
	// which is right if it is final. It must be safe for concurrent use. Default: all
	// below 500 except 401, 407, 408, 425, 429 and 499.
	StoreStatus func(status int) bool

	// Documentation is the URL of your documentation about keys. Refusals link to it
	// (Link, rel="describedby"). Default: none.
	Documentation string

	// ErrorHandler answers a request that [Replayer.Handler] refuses; err is an
	// [*Error], and its header fields are already set. Default: the error's status
	// with {"error": "…"} as JSON.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Store keeps the responses. Default: a new [Memory].
	Store Store

	// StoreTimeout is the longest time that a request waits for the Store, once
	// before and once after it is processed. Default: 50 ms.
	StoreTimeout time.Duration

	// StoreFailures is the number of failures in a row, without an answer for as long
	// as StoreTimeout, after which the Store is not called for StorePause; then one
	// request tries it again. Default: 5.
	StoreFailures int

	// StorePause: see StoreFailures. Default: a second.
	StorePause time.Duration

	// Fallback says what happens to requests with a key while the Store fails.
	// Default: [FallbackClosed].
	Fallback Fallback

	// Logger gets an error when the Store begins to fail and a warning when it
	// answers again, once each; a warning for responses that cannot be stored because
	// of their form; and a debug record for those that are not stored because of
	// their status. By default it is slog.Default, looked up for each record.
	Logger *slog.Logger
}

// Fallback is what happens to requests with a key while a [Store] fails. As a
// string it is "closed" or "open".
type Fallback uint8

const (
	// FallbackClosed refuses them with [ErrUnavailable]: nothing is done twice.
	FallbackClosed Fallback = iota
	// FallbackOpen lets them through: a repeated request may be processed twice.
	FallbackOpen
)

var fallbackNames = [...]string{"closed", "open"}

// String returns "closed" or "open".
func (f Fallback) String() string {
	if int(f) < len(fallbackNames) {
		return fallbackNames[f]
	}
	return fmt.Sprintf("Fallback(%d)", uint8(f))
}

// MarshalText returns the same as String. It fails for values other than the
// constants.
func (f Fallback) MarshalText() ([]byte, error) {
	if int(f) >= len(fallbackNames) {
		return nil, fmt.Errorf("idempotency: there is no %v", f)
	}
	return []byte(f.String()), nil
}

// UnmarshalText reads "closed" and "open".
func (f *Fallback) UnmarshalText(text []byte) error {
	for i, name := range fallbackNames {
		if string(text) == name {
			*f = Fallback(i)
			return nil
		}
	}
	return fmt.Errorf(`idempotency: invalid fallback %q: want "closed" or "open"`, text)
}

// storesStatus is the default of Options.StoreStatus. The excluded statuses ask the
// client to try again, or to authenticate first.
func storesStatus(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusTooEarly, http.StatusTooManyRequests, failure.StatusClientGone:
		return false
	}
	return status < 500
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// Functions, Store and Logger stay nil if they are: New makes those.
func (o Options) WithDefaults() Options {
	if len(o.Methods) == 0 {
		o.Methods = []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	}
	o.Field = cmp.Or(o.Field, DefaultField)
	o.MinSharedKeyBytes = cmp.Or(o.MinSharedKeyBytes, DefaultMinSharedKeyBytes)
	o.MaxKeyBytes = cmp.Or(o.MaxKeyBytes, DefaultMaxKeyBytes)
	o.KeepFor = cmp.Or(o.KeepFor, DefaultKeepFor)
	o.Wait = cmp.Or(o.Wait, DefaultWait)
	o.Lease = cmp.Or(o.Lease, DefaultLease)
	o.MaxAnswerBytes = cmp.Or(o.MaxAnswerBytes, DefaultMaxAnswerBytes)
	o.StoreTimeout = cmp.Or(o.StoreTimeout, DefaultStoreTimeout)
	o.StoreFailures = cmp.Or(o.StoreFailures, DefaultStoreFailures)
	o.StorePause = cmp.Or(o.StorePause, DefaultStorePause)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	errs := cfgerr.For("idempotency")
	for i, method := range o.Methods {
		if !httpfield.IsToken(method) || method != strings.ToUpper(method) {
			errs.Add(fmt.Sprintf("Methods[%d]", i), method, "want a method in capitals, such as POST")
		}
	}
	if !httpfield.IsToken(o.Field) {
		errs.Add("Field", o.Field, "want the name of a header field (RFC 9110, section 5.1)")
	}
	if o.MaxKeyBytes < 1 || o.MaxKeyBytes > 4096 {
		errs.Add("MaxKeyBytes", o.MaxKeyBytes, "want 1 to 4096, or 0 for %d", DefaultMaxKeyBytes)
	} else if o.MinSharedKeyBytes > o.MaxKeyBytes {
		errs.Add("MinSharedKeyBytes", o.MinSharedKeyBytes, "want no more than MaxKeyBytes (%d), or less than 0 for any key", o.MaxKeyBytes)
	}
	if o.MaxAnswerBytes < 0 || o.MaxAnswerBytes > mostAnswerBytes {
		errs.Add("MaxAnswerBytes", o.MaxAnswerBytes, "want 1 to %d, or 0 for %d", mostAnswerBytes, DefaultMaxAnswerBytes)
	}
	o.checkTimes(errs)
	if u, err := url.Parse(o.Documentation); err != nil || strings.ContainsAny(o.Documentation, "<>\" ") || httpfield.HasControl(o.Documentation) || o.Documentation != "" && u.Path == "" && u.Host == "" {
		errs.Add("Documentation", o.Documentation, "want the address of a page, such as https://example.com/docs/retries")
	}
	guard.CheckOptions(errs, o.StoreTimeout, o.StoreFailures, o.StorePause)
	if int(o.Fallback) >= len(fallbackNames) {
		errs.Add("Fallback", o.Fallback, "want FallbackClosed or FallbackOpen")
	}
	return errs.Err()
}

// checkTimes finds the problems of KeepFor and Lease.
func (o Options) checkTimes(errs *cfgerr.List) {
	if o.KeepFor < 0 {
		errs.Add("KeepFor", o.KeepFor, "want a positive time, or 0 for %v", DefaultKeepFor)
	} else if o.KeepFor > longestTime {
		errs.Add("KeepFor", o.KeepFor, "want 400 days (%v) or less", longestTime)
	}
	if o.Lease < shortestLease {
		errs.Add("Lease", o.Lease, "want %v or more, or 0 for %v", shortestLease, DefaultLease)
	} else if o.Lease > longestTime {
		errs.Add("Lease", o.Lease, "want 400 days (%v) or less", longestTime)
	}
}
