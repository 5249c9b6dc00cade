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
)

// Options say for which requests keys count, and for how long. The zero value is
// usable.
type Options struct {
	_ struct{}

	// Methods are those for which keys count; requests with others go through.
	// Default: POST, PUT, PATCH and DELETE.
	Methods []string

	// Required refuses requests of these methods that bring no key, unless they
	// can be repeated anyway: PUT and DELETE.
	Required bool

	// Field is the request field that has the key. Default: "Idempotency-Key".
	Field string

	// Scope returns who asks: a key of one is nothing to another. "" stands for
	// all whom nobody knows. It must be the same for a request and its
	// repetition, and be safe for concurrent use. Default: the value of the field
	// Authorization; where there is none the id of the fingerprint piece, if the
	// client has brought it; otherwise "".
	Scope func(*http.Request) string

	// MinSharedKeyBytes is how long the key must be of a client whom nobody
	// knows, so that it does not meet another's. Default: 16; negative: any key
	// will do.
	MinSharedKeyBytes int

	// MaxKeyBytes is how long a key may be. Default: 255.
	MaxKeyBytes int

	// KeepFor is how long an answer is kept after it was given. Default: 24 hours.
	KeepFor time.Duration

	// Wait is how long a request waits for the first one with its key, before it
	// is refused. At most 1024 requests wait at once. Default: 5 seconds;
	// negative: none waits.
	Wait time.Duration

	// Lease is how long a key is held after a process has ended without a word;
	// then the request may be worked on again. As long as a process works it holds
	// the key. At least a second. Default: 30 seconds.
	Lease time.Duration

	// MaxAnswerBytes bounds the bodies of answers that are stored, each of which
	// is in memory until its handler has returned. Up to 64 MiB. Default: 1 MiB.
	MaxAnswerBytes int

	// StoreStatus tells whether an answer with that status, 200 to 999, is stored:
	// true is for what remains the answer to this request. It must be safe for
	// concurrent use. Default: all below 500 but 401, 407, 408, 425, 429 and 499.
	StoreStatus func(status int) bool

	// Documentation is the address of what you tell clients about keys. It is
	// linked to in refusals (Link, rel="describedby"). Default: none.
	Documentation string

	// ErrorHandler answers, for [Replayer.Handler], a request that is refused; err
	// is an [*Error], and its fields are set. Default: the error's status with
	// {"error": "…"} as JSON.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Store keeps the answers. Default: a [Memory] of its own.
	Store Store

	// StoreTimeout is how long a request waits for the Store at most, once before
	// it is worked on and once after that. Default: 50 ms.
	StoreTimeout time.Duration

	// StoreFailures is after how many failures in a row, and no answer for as long
	// as StoreTimeout, the Store is left alone for StorePause; then one request
	// tries it again. Default: 5.
	StoreFailures int

	// StorePause: see StoreFailures. Default: a second.
	StorePause time.Duration

	// Fallback says what happens to requests with a key while the Store fails.
	// Default: [FallbackClosed].
	Fallback Fallback

	// Logger is told when the Store begins to fail and when it answers again, once
	// each, as an error and a warning; of answers that cannot be stored because of
	// what they are, as a warning; and of those that are not because of their
	// status, at debug level. By default it is slog.Default, looked up at each
	// record.
	Logger *slog.Logger
}

// Fallback is what happens to requests with a key while a [Store] fails. As text
// it is "closed" or "open".
type Fallback uint8

const (
	// FallbackClosed refuses them with [ErrUnavailable]: nothing is done twice.
	FallbackClosed Fallback = iota
	// FallbackOpen lets them through: one that is repeated may be done twice.
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

// MarshalText returns what String does. It fails for other values than the
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

// storesStatus is the default of Options.StoreStatus. What is left out asks the
// client to try again, or to say who it is first.
func storesStatus(status int) bool {
	switch status {
	case http.StatusUnauthorized, http.StatusProxyAuthRequired, http.StatusRequestTimeout,
		http.StatusTooEarly, http.StatusTooManyRequests, failure.StatusClientGone:
		return false
	}
	return status < 500
}

// withDefaults fills in what the zero values stand for.
func (o Options) withDefaults() Options {
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
	if o.StoreStatus == nil {
		o.StoreStatus = storesStatus
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = answerError
	}
	o.Logger = failure.Logger(o.Logger)
	return o
}

// check finds every problem of options whose defaults are filled in.
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
	if o.KeepFor < 0 {
		errs.Add("KeepFor", o.KeepFor, "want a positive time, or 0 for %v", DefaultKeepFor)
	}
	if o.Lease < shortestLease {
		errs.Add("Lease", o.Lease, "want %v or more, or 0 for %v", shortestLease, DefaultLease)
	}
	if u, err := url.Parse(o.Documentation); err != nil || strings.ContainsAny(o.Documentation, "<>\" ") || httpfield.HasControl(o.Documentation) || o.Documentation != "" && u.Path == "" && u.Host == "" {
		errs.Add("Documentation", o.Documentation, "want the address of a page, such as https://example.com/docs/retries")
	}
	if o.StoreTimeout < 0 {
		errs.Add("StoreTimeout", o.StoreTimeout, "want a positive time, or 0 for %v", DefaultStoreTimeout)
	}
	if o.StoreFailures < 0 {
		errs.Add("StoreFailures", o.StoreFailures, "want 1 or more, or 0 for %d", DefaultStoreFailures)
	}
	if o.StorePause < 0 {
		errs.Add("StorePause", o.StorePause, "want a positive time, or 0 for %v", DefaultStorePause)
	}
	if int(o.Fallback) >= len(fallbackNames) {
		errs.Add("Fallback", o.Fallback, "want FallbackClosed or FallbackOpen")
	}
	return errs.Err()
}
