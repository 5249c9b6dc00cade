package envelope

import (
	"log/slog"
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

// Options configure an [Envelope]. The zero value is usable: both blocks of
// metadata, no padding, the texts of unknown errors hidden.
type Options struct {
	_ struct{}

	// ServerName and APIVersion are shown in serverInformation. The defaults
	// are "Sidekick API" and "1.0.0".
	ServerName string
	APIVersion string

	// OmitServerInformation leaves the serverInformation block out.
	OmitServerInformation bool

	// OmitRequesterInformation leaves the requesterInformation block out: the
	// ids, the client's address and the params it sent.
	OmitRequesterInformation bool

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

	// Logger gets one record for every error that is not made to be shown and
	// for every result that cannot be sent as it is. The default discards them.
	Logger *slog.Logger

	// NewID makes the message id of a request that has none yet. The default
	// is a random UUID. It must be safe for concurrent use.
	NewID func() string

	// Now gives the current time. The default is time.Now.
	Now func() time.Time
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
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return bad.Err()
}
