package envelope

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
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

// Options configure an [Envelope]. The zero value is usable: no metadata, no indentation, and the
// messages of unknown errors hidden.
type Options struct {
	_ struct{}

	// ServerName and APIVersion appear in serverInformation. The defaults are "Sidekick API" and
	// "1.0.0".
	ServerName string
	APIVersion string

	// ServerInformation adds the block serverInformation to responses: ServerName, APIVersion,
	// how long the request took, and the time. It is off by default; Actionhero always has it.
	ServerInformation bool

	// RequesterInformation adds the block requesterInformation: the ids, the client's address and
	// the parameters that it sent. It is off by default; Actionhero always has it.
	RequesterInformation bool

	// Padding is the number of spaces by which nested JSON is indented, 0 to 16. 0, the default,
	// writes everything on one line.
	Padding int

	// AlwaysOK answers errors with status 200, so that only the member "error" shows them. A
	// status that was set explicitly still counts.
	AlwaysOK bool

	// DefaultErrorStatus is the status of errors that choose none, 400 to 599. The default is
	// 500.
	DefaultErrorStatus int

	// ExposeErrors shows the client the message of every error, as Actionhero does. Leave it off
	// in production: messages contain names of tables, paths and hosts.
	ExposeErrors bool

	// MaxBytes limits an encoded response; a larger one becomes a 500. A list is measured
	// element by element, any other value after encoding. The default is 64 MiB; a negative value
	// means no limit.
	MaxBytes int

	// Errors controls what clients see of errors, and who else is told about them.
	Errors ErrorOptions

	// Logger gets one record for every error that is sent, with everything it wraps: see the
	// package comment. nil means [slog.Default] at the time of logging; slog.DiscardHandler
	// silences it.
	Logger *slog.Logger

	// NewID makes the message id of a request that has none yet. The default is a random UUID. It
	// must be safe for concurrent use.
	NewID func() string

	// Now returns the current time. The default is time.Now.
	Now func() time.Time
}

// ErrorOptions control what clients see of errors, and who else is told about them, like
// Actionhero's config/errors. The functions must be safe for concurrent use. If one panics, the
// panic is logged, and the response is made as without the function.
type ErrorOptions struct {
	_ struct{}

	// Details adds to a response, next to the member "error", the member "errorCode", which
	// identifies the kind of error to programs (see the package comment), and for invalid
	// parameters "errorParams", a list of [ParamError]. Both names are then reserved. Without
	// Details responses have Actionhero's form.
	Details bool

	// Texts replaces Sidekick's messages, by the code of the error. It also applies to the
	// program's own errors with one of these codes. A message may contain placeholders, such as
	// {limit}; the package comment lists them with the codes, and New refuses others.
	// internal_error is Actionhero's generic error.
	Texts map[string]string

	// Translate is called, after Texts, for every message of an error that has a code: Sidekick's
	// own errors, each [ParamError], and other errors that have a method ErrorCode() string
	// beside ClientMessage. It returns the message to send, or "" to keep the given one. It must
	// not change r, the request with its context, or read its body.
	Translate func(r *http.Request, m Message) string

	// Serialize returns the value of "error" in the response, which may be any value that can be
	// encoded as JSON; nil means the default value. If the value cannot be encoded, the response
	// is a 500 without Serialize. Send nothing from err.Err, which is not meant for clients.
	Serialize func(ctx context.Context, err *ClientError) any

	// Reporters get every failure that is logged as an error (not the client's mistakes), once,
	// after it was logged and before the response is sent. The context is the request's, but does
	// not end with it.
	Reporters []func(ctx context.Context, f Failure)
}

// WithDefaults returns the options as [New] uses them: what is zero has its default. Functions
// and Logger stay nil if they are: New makes those.
func (o Options) WithDefaults() Options {
	o.ServerName = cmp.Or(o.ServerName, defaultServerName)
	o.APIVersion = cmp.Or(o.APIVersion, defaultAPIVersion)
	o.DefaultErrorStatus = cmp.Or(o.DefaultErrorStatus, defaultErrorStatus)
	o.MaxBytes = cmp.Or(o.MaxBytes, defaultMaxBytes)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("envelope")
	if o.Padding < 0 || o.Padding > mostPadding {
		bad.Add("Padding", o.Padding, "want a number of spaces from 0 to %d", mostPadding)
	}
	if !isErrorStatus(o.DefaultErrorStatus) {
		bad.Add("DefaultErrorStatus", o.DefaultErrorStatus, "want a status from 400 to 599")
	}
	o.Errors.check(bad)
	return bad.Err()
}
