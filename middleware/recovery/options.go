package recovery

import (
	"log/slog"
	"net/http"
)

// Options configures a [Recoverer]. The zero value is usable.
type Options struct {
	_ struct{}

	// Respond answers a request whose handler panicked; err is a [*PanicError]. It
	// is called only where nothing was sent yet. Nothing of err is meant for
	// clients. If Respond is nil, writes nothing or panics itself, the answer is
	// status 500 with the text "Internal Server Error".
	Respond func(w http.ResponseWriter, r *http.Request, err error)

	// Logger gets a record of each panic, at level error, with its message id,
	// stack and cause, unless Respond has an envelope answer it, which logs it in
	// the same form. nil means [slog.Default], as it is at that moment.
	Logger *slog.Logger
}
