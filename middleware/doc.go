// Package middleware has the small pieces around a handler: each is worth having
// alone in front of any [http.Handler], and all of them fit together.
//
//	recoverer, err := middleware.NewRecoverer(middleware.RecovererOptions{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, recoverer.Handler(mux))
//
// From the outside in, the order in which they expect each other:
//
//   - [Recoverer] answers a panic with a 500;
//   - [AccessLog] logs what was sent, the 500 of a panic included;
//   - [ClientAddr] finds the client's address behind trusted proxies;
//   - [Headers] sends configured headers and keeps all headers in order;
//   - [Preflight] answers OPTIONS;
//   - [Compressor] compresses bodies;
//   - [JSONP] wraps JSON for a script tag.
//
// Each constructor takes options whose zero value is safe and means the
// documented defaults, and reports every problem of its options at once. The
// method Handler of each fits alice, chi's Use, and plain nesting. Each works
// with all the others absent, and leaves Flush, Hijack, ReadFrom, deadlines and
// the other optional methods of the response writer as they were.
//
// # Security
//
// No piece believes what a client says about itself: forwarded addresses and
// protocols count only from proxies that are listed as trusted. No piece sends a
// banner. Values with line breaks never become headers or lines of a log. CORS
// headers are permissions for browsers, not access control: see [Preflight].
//
// # Differences from Actionhero
//
//   - The client's address is the nearest one that is no trusted proxy; nothing
//     forwarded is believed unless proxies are listed.
//   - Strict-Transport-Security is sent on encrypted connections only.
//   - TRACE is refused with 405 and echoes nothing; so is CONNECT.
//   - A panic ends one request, never the process.
//   - A log shows the path without its query.
package middleware
