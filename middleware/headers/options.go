package headers

import "log/slog"

// Options configures a [Fields]. The zero value adds no header.
type Options struct {
	_ struct{}

	// Set are the headers to send with every response. A handler that sets one of
	// them itself (Header().Set) replaces it, one that adds to it (Add) adds a
	// line, and one that sets it to nil leaves it out
	// (w.Header()["X-Name"] = nil). A header whose value is "" is not sent: that
	// takes out one of those that the assembled server sends by default.
	//
	//   - Strict-Transport-Security is sent only where the client's own connection
	//     is encrypted, as middleware/clientaddr decides it; browsers ignore it
	//     elsewhere (RFC 6797 section 7.2). What a handler sets itself is sent
	//     everywhere.
	//   - What is listed for Vary is added to what handlers list.
	//   - Refused are names that are no token, values with control characters or
	//     blanks around them, and headers that only the response itself can know:
	//     Content-Length, Content-Encoding, Content-Range, Transfer-Encoding,
	//     Trailer, Set-Cookie.
	Set map[string]string `config:"fold"`

	// Logger is told at level warn of values that were refused at run time, and at
	// level debug of lines that were dropped because their field has one value.
	// By default it is slog.Default, looked up at each record.
	Logger *slog.Logger
}

// reserved are the headers that no configuration can know.
var reserved = map[string]bool{
	"Content-Length": true, "Content-Encoding": true, "Content-Range": true,
	"Transfer-Encoding": true, "Trailer": true, "Set-Cookie": true,
}
