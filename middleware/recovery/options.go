package recovery

import (
	"log/slog"
	"net/http"
)

// Options configures a [Recoverer]. The zero value is usable.
type Options struct {
	_ struct{}

	// Respond answers a request whose handler panicked; err is a [*PanicError]. It is
	// called only if nothing has been sent yet. Nothing in err is meant for clients.
	// If Respond is nil, writes nothing or panics itself, the response is status 500
	// with the body "Internal Server Error".
	Respond func(w http.ResponseWriter, r *http.Request, err error)

	// Logger gets a record of each panic, at level error, with its message id, stack
	// and cause, unless Respond answers through an envelope, which logs it in the
	// same form. nil means the current [slog.Default].
	Logger *slog.Logger
}

// WithDefaults returns the options as [New] uses them. No default differs from the
// zero value, except that of Logger, which stays nil.
func (o Options) WithDefaults() Options { return o }
