// Package requestid gives every request an id that logs, the answer and the
// services behind have in common.
//
//	ids, err := requestid.New(requestid.Options{
//		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, ids.Handler(mux))
//
// The id is the X-Request-Id that a trusted proxy has sent, and otherwise a
// random UUID. It is in the answer's X-Request-Id, in [FromContext], and what
// other pieces call the message id: in the envelope, in the access log, in every
// record of an error. With package logctx it is in all other records, too.
//
// A W3C traceparent (https://www.w3.org/TR/trace-context/) has its ids in the
// records of the request, as trace_id and span_id, the names that OpenTelemetry
// has for logs. They tell where a request belongs and nothing is decided by them,
// so that they are taken from every client. Where something outside has put the ids of
// a span of its own into the context, as module otel does, those stay.
//
// # Security
//
// By default no proxy is trusted, and every id is one of this process. An id that
// is taken has 1 to 128 letters, digits, and -_.:/+=@; any other is not the
// request's: nobody can forge lines of a log, or make them long.
//
// # Place in the chain
//
// First, so that whatever logs or answers has the id; but inside of what looks for
// the request's Pattern, see package dispatch.
//
// # Differences from Actionhero
//
// Actionhero's message ids are its own, and in no header.
package requestid
