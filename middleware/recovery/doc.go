// Package recovery keeps a panicking handler from taking its connection down.
//
//	recoverer, err := recovery.New(recovery.Options{})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, recoverer.Handler(mux))
//
// By default a panic is answered with status 500 and the body "Internal Server
// Error", and logged with its stack to [log/slog.Default].
//
// # Place in the chain
//
// It belongs outside every other piece except middleware/requestid, which gives the
// record of a panic the id of the request.
//
// # Differences from Actionhero
//
// A panic ends one request, never the process.
package recovery
