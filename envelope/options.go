package envelope

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// ConfigError is one problem of [Options]. [New] joins all of them; errors.As
// finds the first.
type ConfigError = cfgerr.Error

const (
	defaultServerName  = "Sidekick API"
	defaultAPIVersion  = "1.0.0"
	defaultErrorStatus = 500
	defaultMaxBytes    = 64 << 20
	mostPadding        = 16
)

// Options configure an [Envelope]. The zero value is usable: no metadata,
// no padding, the texts of unknown errors hidden.
type Options struct {
	_ struct{}

	// ServerName and APIVersion are shown in serverInformation. The defaults
	// are "Sidekick API" and "1.0.0".
	ServerName string
	APIVersion string

	// ServerInformation adds the block serverInformation to responses: the name
	// and version above, how long the request took, and the time. It is off by
	// default; Actionhero always has it.
	ServerInformation bool

	// RequesterInformation adds the block requesterInformation: the ids, the
	// client's address and the parameters it sent. It is off by default;
	// Actionhero always has it.
	RequesterInformation bool

	// Padding is the number of spaces by which nested JSON is indented, 0 to
	// 16. The default 0 writes everything on one line.
	Padding int

	// AlwaysOK answers errors with status 200, so that only the member "error"
	// tells of them. A status that was set on purpose still stands.
	AlwaysOK bool

	// DefaultErrorStatus is the status of an error that chooses none, 400 to
	// 599. The default is 500.
	DefaultErrorStatus int

	// ExposeErrors shows the text of every error to the client, as Actionhero
	// does. Leave it off in production: texts of errors name tables, paths and
	// hosts.
	ExposeErrors bool

	// MaxBytes bounds an encoded answer; past it the answer is a 500. A list
	// is measured element by element, any other value after its encoding.
	// The default is 64 MiB; a negative value means no bound.
	MaxBytes int

	// Errors says what clients read of errors, and who else hears of them.
	Errors ErrorOptions

	// Logger gets one record for every error that is answered, with all that it
	// wraps: see the package comment. nil means [slog.Default], as it is at that
	// moment; slog.DiscardHandler silences it.
	Logger *slog.Logger

	// NewID makes the message id of a request that has none yet. The default
	// is a random UUID. It must be safe for concurrent use.
	NewID func() string

	// Now gives the current time. The default is time.Now.
	Now func() time.Time
}

// ErrorOptions say what clients read of errors, and who else hears of them:
// Actionhero's config/errors. Its functions must be safe for concurrent use. One
// that panics is logged, and counts as one that was not given.
type ErrorOptions struct {
	_ struct{}

	// Details adds to an answer with an error, beside the member "error",
	// "errorCode", which tells programs what kind of error it is (see the package
	// comment), and for wrong params "errorParams", a list of [ParamError]. Both
	// names are reserved then. Without it answers have Actionhero's form.
	Details bool

	// Texts replaces texts that the product makes, by the code of the error; an
	// error of the program's own that bears one of these codes has that text,
	// too. A text may have placeholders, such as {limit}; the package comment
	// lists them with the codes, and New refuses others. internal_error is what
	// Actionhero calls the generic error.
	Texts map[string]string

	// Translate is asked for every text of an error that has a code, after Texts:
	// of the product's own errors, of each [ParamError], and of others that have
	// a method ErrorCode() string beside ClientMessage. It returns the text to
	// send, "" to keep it. r is the request with its context; it must not be
	// changed, and its body not be read.
	Translate func(r *http.Request, m Message) string

	// Serialize returns what stands under "error" in the answer, anything that
	// JSON can say; nil means what would stand there without it. What cannot be
	// encoded makes the answer a 500 without Serialize. Nothing of err.Err is
	// meant for clients.
	Serialize func(ctx context.Context, err *ClientError) any

	// Reporters get every failure that is logged as an error (not what clients
	// did wrong), once, after it was logged and before the answer is sent. The
	// context is the request's, but does not end with it.
	Reporters []func(ctx context.Context, f Failure)
}

func (o *Options) withDefaults() error {
	bad := cfgerr.For("envelope")
	if o.Padding < 0 || o.Padding > mostPadding {
		bad.Add("Padding", o.Padding, "want a number of spaces from 0 to %d", mostPadding)
	}
	if o.DefaultErrorStatus == 0 {
		o.DefaultErrorStatus = defaultErrorStatus
	} else if !isErrorStatus(o.DefaultErrorStatus) {
		bad.Add("DefaultErrorStatus", o.DefaultErrorStatus, "want a status from 400 to 599")
	}
	if o.ServerName == "" {
		o.ServerName = defaultServerName
	}
	if o.APIVersion == "" {
		o.APIVersion = defaultAPIVersion
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	o.Logger = failure.Logger(o.Logger)
	o.Errors.check(bad)
	return bad.Err()
}
