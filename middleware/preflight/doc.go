// Package preflight answers OPTIONS requests, and refuses TRACE and CONNECT.
//
//	responder, err := preflight.New(preflight.Options{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, responder.Handler(mux))
//
// By default every OPTIONS request gets status 200, no body, and headers that let
// pages of every origin send their requests.
//
// # Security
//
// CORS headers are permissions for browsers, not access control: see [Responder].
//
// # Place in the chain
//
// It belongs inside pieces that set headers, such as middleware/headers, and
// outside everything that redirects.
//
// # Differences from Actionhero
//
// TRACE is refused with 405 and echoes nothing; so is CONNECT.
package preflight
