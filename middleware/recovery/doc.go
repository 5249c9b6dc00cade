// Package recovery keeps a panicking handler from taking its connection down.
//
//	recoverer, err := recovery.New(recovery.Options{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, recoverer.Handler(mux))
//
// By default a panic is answered with status 500 and the text "Internal Server
// Error", and is logged with its stack by [log/slog.Default].
//
// # Place in the chain
//
// Outside of every other piece but middleware/requestid, so that the record of a
// panic has the id of the request.
//
// # Differences from Actionhero
//
// A panic ends one request, never the process.
package recovery
