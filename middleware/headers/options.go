package headers

import (
	"log/slog"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configures a [Fields]. The zero value adds no header.
type Options struct {
	_ struct{}

	// Set are the headers to send with every response. A handler can replace one
	// (Header().Set), add a line to it (Add), or leave it out (w.Header()["X-Name"] =
	// nil). A header whose value is "" is not sent, which removes a default header of
	// the assembled server.
	//
	//   - Strict-Transport-Security is sent only if the client's own connection is
	//     encrypted, as determined by middleware/clientaddr; browsers ignore it
	//     otherwise (RFC 6797 section 7.2). One that a handler sets itself is always
	//     sent.
	//   - The names in Vary are added to those of handlers.
	//   - Refused are names that are not tokens, values that contain control
	//     characters or are surrounded by blanks, and headers that depend on the
	//     individual response: Content-Length, Content-Encoding, Content-Range,
	//     Transfer-Encoding, Trailer, Set-Cookie.
	Set map[string]string `config:"fold"`

	// Logger gets a warning for values that were refused at run time, and a debug
	// record for lines that were dropped because their field may have only one value.
	// By default it is slog.Default, looked up for each record.
	Logger *slog.Logger
}

// WithDefaults returns the options as [New] uses them. No default differs from the
// zero value, except that of Logger, which stays nil.
func (o Options) WithDefaults() Options { return o }

// reserved are the headers that depend on the individual response.
var reserved = map[string]bool{
	"Content-Length": true, "Content-Encoding": true, "Content-Range": true,
	"Transfer-Encoding": true, "Trailer": true, "Set-Cookie": true,
}
