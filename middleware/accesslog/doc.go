// Package accesslog logs the response to each request.
//
//	accessLog, err := accesslog.New(accesslog.Options{Logger: slog.Default()})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, accessLog.Handler(mux))
//
// By default nothing is logged: give it a logger, or a writer for lines in Apache's
// combined form. The path is shown without its query.
//
// # Security
//
// Nothing that a client sends can start a new line in the log or send escape codes
// to a terminal.
//
// # Place in the chain
//
// It belongs inside middleware/recovery, whose response to a panic it then logs as
// well, and outside everything that changes the body.
package accesslog
