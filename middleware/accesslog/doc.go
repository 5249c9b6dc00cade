// Package accesslog logs what was sent in answer to each request.
//
//	accessLog, err := accesslog.New(accesslog.Options{Logger: slog.Default()})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, accessLog.Handler(mux))
//
// By default nothing is logged: give it a logger, or a writer for lines in
// Apache's combined form. The path is shown without its query.
//
// # Security
//
// Nothing that comes from the client can begin a line of its own or send escape
// codes to a terminal.
//
// # Place in the chain
//
// Inside of middleware/recovery, whose answer to a panic it logs too, and outside
// of everything that changes the body.
package accesslog
