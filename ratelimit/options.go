package ratelimit

import (
	"cmp"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/guard"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// The defaults of [Options].
const (
	DefaultIPv6PrefixBits = 64
	DefaultStoreTimeout   = 50 * time.Millisecond
	DefaultStoreFailures  = 5
	DefaultStorePause     = time.Second
)

// Options say what clients may use and how they are told apart. Limits is required;
// for all other fields the zero value means the documented default.
type Options struct {
	_ struct{}

	// Limits are the limits that apply together: a request must be allowed by all of
	// them, and one that any of them refuses is counted by none. 1 to [MaxLimits].
	Limits []Limit

	// Scope names what the limits are for, such as "login": up to 64 letters, digits
	// and the characters . - _ /. Limiters on one Store with the same Scope and the
	// same limits count together; all others count separately. Default: none.
	Scope string

	// KeyFingerprint tells clients apart by the id of the fingerprint piece, which
	// must run first. A client that sent no id is told apart by its address, so that
	// it gains nothing by omitting its cookie. It can collect many ids, however: see
	// the package comment.
	KeyFingerprint bool

	// KeyHeader tells clients apart by the value of a request field, such as
	// "X-API-Key", and those that send none by their address. Of several values the
	// first counts. The value is not verified: see the package comment. It is hashed,
	// so no store sees it.
	KeyHeader string

	// Key tells clients apart by the string that it returns, or by their address if
	// that is "". It must be safe for concurrent use. At most one of KeyFingerprint,
	// KeyHeader and Key can be set. Default: the address.
	Key func(*http.Request) string

	// IPv6PrefixBits is how many bits of an IPv6 address identify a client, 32 to
	// 128. Default: 64, since a client is given at least a /64 network (RFC 6177), in
	// which it can usually choose its address freely. An IPv4 address is one client.
	IPv6PrefixBits int

	// TrustedProxies lists the networks whose forwarding fields are believed about
	// the client's address. It is not used for requests whose client another piece
	// has already determined. Empty: none.
	TrustedProxies []netip.Prefix `config:"from=clientAddr.trustedProxies"`

	// Cost returns how many units a request uses; 0 exempts it. A request whose cost
	// is negative or above a Burst is refused. It must be safe for concurrent use.
	// Default: 1 for every request.
	Cost func(*http.Request) int64

	// ExemptPaths lists decoded paths whose requests pass without being counted.
	// "/healthz" means only that path; one that ends in a slash also covers
	// everything below it. Paths that others may read differently are counted: those
	// with escaped slashes and the like, and below a folder those with empty, "." and
	// ".." segments.
	ExemptPaths []string

	// FieldsAlways sends the RateLimit and RateLimit-Policy fields also with
	// responses to allowed requests, not only with refusals.
	FieldsAlways bool

	// OmitFields sends neither field. A refusal still has Retry-After.
	OmitFields bool

	// ErrorHandler answers a refused request; err is a [*LimitedError] or an
	// [*UnavailableError]. The header fields are already set. Default: the error's
	// status with {"error": "…"} as JSON.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Store keeps what clients have used. Default: a new [Memory].
	Store Store

	// StoreTimeout is the longest time that a request waits for the Store. It is not
	// used for a [Memory], which does not wait. Default: 50 ms.
	StoreTimeout time.Duration

	// StoreFailures is the number of failures in a row, without an answer for as long
	// as StoreTimeout, after which the Store is not called for StorePause; then one
	// request tries it again. Default: 5.
	StoreFailures int

	// StorePause: see StoreFailures. Default: a second.
	StorePause time.Duration

	// Fallback says what happens to requests while the Store fails. Default:
	// [FallbackLocal].
	Fallback Fallback

	// Logger gets a record when the Store begins to fail and when it answers again,
	// once each. By default it is slog.Default, looked up for each record.
	Logger *slog.Logger
}

// Fallback is what happens to requests while a [Store] fails. As a string it is
// "local", "open" or "closed".
type Fallback uint8

const (
	// FallbackLocal counts only what this process sees: with n processes a client may
	// get n times its limits until the store is back.
	FallbackLocal Fallback = iota
	// FallbackOpen lets all requests through.
	FallbackOpen
	// FallbackClosed refuses all requests with an [UnavailableError].
	FallbackClosed
)

var fallbackNames = [...]string{"local", "open", "closed"}

// String returns "local", "open" or "closed".
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
		return nil, fmt.Errorf("ratelimit: there is no %v", f)
	}
	return []byte(f.String()), nil
}

// UnmarshalText reads "local", "open" and "closed".
func (f *Fallback) UnmarshalText(text []byte) error {
	for i, name := range fallbackNames {
		if string(text) == name {
			*f = Fallback(i)
			return nil
		}
	}
	return fmt.Errorf(`ratelimit: invalid fallback %q: want "local", "open" or "closed"`, text)
}

// WithDefaults returns the options as [New] uses them: what is zero has its default,
// also in Limits. Functions, Store and Logger stay nil if they are: New makes those.
func (o Options) WithDefaults() Options {
	o.Limits = slices.Clone(o.Limits)
	for i, l := range o.Limits {
		o.Limits[i] = l.withDefaults(len(o.Limits) == 1)
	}
	o.IPv6PrefixBits = cmp.Or(o.IPv6PrefixBits, DefaultIPv6PrefixBits)
	o.StoreTimeout = cmp.Or(o.StoreTimeout, DefaultStoreTimeout)
	o.StoreFailures = cmp.Or(o.StoreFailures, DefaultStoreFailures)
	o.StorePause = cmp.Or(o.StorePause, DefaultStorePause)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	errs := cfgerr.For("ratelimit")
	o.checkLimits(errs)
	if o.Scope != "" && !isName(o.Scope) {
		errs.Add("Scope", o.Scope, nameSigns)
	}
	o.checkKey(errs)
	proxyaddr.Check(errs, "TrustedProxies", o.TrustedProxies)
	for i, path := range o.ExemptPaths {
		if !strings.HasPrefix(path, "/") {
			errs.Add(fmt.Sprintf("ExemptPaths[%d]", i), path, "a path begins with a slash")
		}
	}
	if o.FieldsAlways && o.OmitFields {
		errs.Add("OmitFields", o.OmitFields, "FieldsAlways is set: leave one of the two out")
	}
	guard.CheckOptions(errs, o.StoreTimeout, o.StoreFailures, o.StorePause)
	if int(o.Fallback) >= len(fallbackNames) {
		errs.Add("Fallback", o.Fallback, "want FallbackLocal, FallbackOpen or FallbackClosed")
	}
	return errs.Err()
}

func (o Options) checkLimits(errs *cfgerr.List) {
	if n := len(o.Limits); n == 0 || n > MaxLimits {
		errs.Add("Limits", nil, "there are %d: want 1 to %d, each with a rate and a time for it", n, MaxLimits)
	}
	names := map[string]int{}
	for i, l := range o.Limits {
		field := fmt.Sprintf("Limits[%d]", i)
		if !l.check(errs, field) {
			continue // its name may come from what is wrong
		}
		if first, twice := names[l.Name]; twice {
			errs.Add(field+".Name", l.Name, "Limits[%d] has the same name", first)
			continue
		}
		names[l.Name] = i
	}
}

func (o Options) checkKey(errs *cfgerr.List) {
	ways := 0
	for _, set := range []bool{o.KeyFingerprint, o.KeyHeader != "", o.Key != nil} {
		if set {
			ways++
		}
	}
	if ways > 1 {
		errs.Add("KeyFingerprint, KeyHeader, Key", nil, "%d of them are set: want one at most", ways)
	}
	if o.KeyHeader != "" && !httpfield.IsToken(o.KeyHeader) {
		errs.Add("KeyHeader", o.KeyHeader, "want the name of a header field (RFC 9110, section 5.1)")
	}
	if o.IPv6PrefixBits < 32 || o.IPv6PrefixBits > 128 {
		errs.Add("IPv6PrefixBits", o.IPv6PrefixBits, "want 32 to 128, or 0 for %d", DefaultIPv6PrefixBits)
	}
}
