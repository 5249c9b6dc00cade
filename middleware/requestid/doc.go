// Package requestid gives every request an id that is shared by the logs, the
// response and the services behind this one.
//
//	ids, err := requestid.New(requestid.Options{
//		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
//	})
//	if err != nil {
//		return err
//	}
//	http.ListenAndServe(addr, ids.Handler(mux))
//
// The id is the X-Request-Id sent by a trusted proxy, or else a random UUID. It is
// in the response's X-Request-Id, is returned by [FromContext], and is what other
// pieces call the message id: in the envelope, in the access log, and in every
// record of an error. With package logctx it is in all other records as well.
//
// The ids of a W3C traceparent (https://www.w3.org/TR/trace-context/) are added to
// the request's records as trace_id and span_id, OpenTelemetry's names in logs.
// Nothing depends on them, so they are accepted from every client. If something
// further out has put the ids of its own span into the context, as module otel
// does, those are kept.
//
// # Security
//
// By default no proxy is trusted, and this process makes every id. An id is
// accepted only if it has 1 to 128 letters, digits, and -_.:/+=@, so nobody can
// forge log lines or make them long.
//
// # Place in the chain
//
// It belongs outside everything that logs or responds, but inside anything that
// needs the request's Pattern: see package dispatch.
//
// # Differences from Actionhero
//
// Actionhero makes all its message ids itself and does not send them in a header.
package requestid
