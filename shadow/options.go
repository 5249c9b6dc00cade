package shadow

import (
	"cmp"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configure a [Comparer]. Old and Name are required.
type Options struct {
	_ struct{}

	// Old answers the clients, unless NewAnswers is set.
	Old http.Handler

	// NewAnswers lets the new handler answer the clients and calls the old one
	// afterwards. It is for the time between the switch and the end of the old
	// handler.
	NewAnswers bool

	// Name returns the name under which a request is counted, for example its action,
	// which dispatch.Dispatcher.Find returns. "" leaves the request to the new
	// handler alone. Name must be safe for concurrent use and must not read the body.
	// Only the first 1000 names are counted separately.
	Name func(r *http.Request) string

	// Methods are the methods of requests that go to both handlers. The default is
	// GET and HEAD. With other methods, both handlers carry out the request: only one
	// response is sent, but both have changed their data.
	Methods []string

	// Share is the fraction of these requests that is compared, greater than 0 and at
	// most 1. The default 0 means 1, a negative value none.
	Share float64

	// MaxRunning is how many comparisons may run at once, each from the start of the
	// first response to the end of the second. The default is 16.
	MaxRunning int

	// Timeout is how long the second handler may take. Then its context ends; a
	// handler that ignores that still counts as running. The default is 5 seconds.
	Timeout time.Duration

	// MaxBodyBytes is how much is kept of a request's body, and of the body of each
	// response. Requests that need more are skipped. The default is 1 MiB.
	MaxBodyBytes int64

	// Header lists the fields that are compared. The default, nil, is Content-Type,
	// Content-Disposition, Content-Language, Location, Set-Cookie (only the names of
	// the cookies) and WWW-Authenticate.
	Header []string

	// Masks lists what may differ in JSON, in addition to [DefaultMasks], which cover
	// what always differs in Actionhero's envelope, unless OmitDefaultMasks is set.
	Masks            []Mask
	OmitDefaultMasks bool

	// ShowValues shows and logs the values that differ and the paths of requests.
	// They may contain personal data and secrets.
	ShowValues bool

	// Logger gets a warning for the first occurrence of each difference, and a debug
	// record for every other. nil means the current [slog.Default];
	// slog.DiscardHandler silences it.
	Logger *slog.Logger

	// Rand returns numbers from 0 up to 1, which select the requests to compare. The
	// default is rand.Float64.
	Rand func() float64

	// Now returns the time. The default is time.Now.
	Now func() time.Time
}

const (
	defaultMaxRunning   = 16
	defaultTimeout      = 5 * time.Second
	defaultMaxBodyBytes = 1 << 20
	mostNames           = 1000
	mostDifferences     = 100 // counted separately, for one name
)

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	if len(o.Methods) == 0 {
		o.Methods = []string{http.MethodGet, http.MethodHead}
	}
	o.Share = cmp.Or(o.Share, 1)
	o.MaxRunning = cmp.Or(o.MaxRunning, defaultMaxRunning)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	o.MaxBodyBytes = cmp.Or(o.MaxBodyBytes, defaultMaxBodyBytes)
	if o.Header == nil {
		o.Header = []string{"Content-Type", "Content-Disposition", "Content-Language", "Location", setCookie, "WWW-Authenticate"}
	}
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("shadow")
	if o.Old == nil {
		bad.Add("Old", nil, "want the handler that answers clients")
	}
	if o.Name == nil {
		bad.Add("Name", nil, "want a function that names the requests to compare")
	}
	for i, m := range o.Methods {
		if !httpfield.IsToken(m) {
			bad.Add(fmt.Sprintf("Methods[%d]", i), m, "want a method such as GET")
		}
	}
	if o.Share > 1 || o.Share != o.Share {
		bad.Add("Share", o.Share, "want more than 0 and up to 1, or a negative value for none")
	}
	const positive = "want more than 0, or 0 for %v"
	if o.MaxRunning < 0 {
		bad.Add("MaxRunning", o.MaxRunning, positive, defaultMaxRunning)
	}
	if o.Timeout < 0 {
		bad.Add("Timeout", o.Timeout, positive, defaultTimeout)
	}
	if o.MaxBodyBytes < 0 {
		bad.Add("MaxBodyBytes", o.MaxBodyBytes, positive, defaultMaxBodyBytes)
	}
	for i, name := range o.Header {
		if !httpfield.IsToken(name) {
			bad.Add(fmt.Sprintf("Header[%d]", i), name, "want the name of a field such as Content-Type")
		}
	}
	for i := range o.Masks {
		o.Masks[i].check(bad, i)
	}
	return bad.Err()
}

// complete makes the functions and the logger that are nil, and copies lists in the form
// in which they are used.
func (o Options) complete() Options {
	o.Methods, o.Header, o.Masks = slices.Clone(o.Methods), slices.Clone(o.Header), slices.Clone(o.Masks)
	for i, m := range o.Methods {
		o.Methods[i] = strings.ToUpper(m)
	}
	for i, name := range o.Header {
		o.Header[i] = http.CanonicalHeaderKey(name)
	}
	if !o.OmitDefaultMasks {
		o.Masks = append(o.Masks, DefaultMasks()...)
	}
	o.Logger = failure.Logger(o.Logger)
	if o.Rand == nil {
		o.Rand = rand.Float64
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}
