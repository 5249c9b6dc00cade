// Package otel gives requests and actions spans of OpenTelemetry, and counts and
// times requests by its semantic conventions.
//
//	telemetry, err := otel.New(otel.Options{ServerName: "api.example.com"})
//	if err != nil {
//		return err
//	}
//	cfg.Chain.Outermost = append(cfg.Chain.Outermost, telemetry.Handler)
//	cfg.Actions.Middleware = append(cfg.Actions.Middleware, telemetry.Middleware())
//
// Providers and propagators are those of the program (otel.SetTracerProvider and
// so on), unless [Options] has others.
//
// # Spans
//
// Every request has a span of the kind server, named by its method and route,
// "GET /api/users/:id", never by its path. It continues the trace that the
// client's traceparent names. Its attributes are those that the conventions for
// HTTP require and recommend, as otelhttp sets them, and
//
//   - http.route, where a route or the name of an action led the request;
//   - client.address, which is the peer's, or what trusted proxies say of the
//     client; otelhttp alone believes X-Forwarded-For from everybody;
//   - error.type, the status, of answers from 500 on;
//   - sidekick.message_id, which logs and the envelope have, too.
//
// url.query is left out: parameters can be secrets.
//
// Every action has a span inside of that, "action user", with sidekick.action and
// sidekick.version; those that an action runs lie in its own. An error that is the
// server's fault is recorded there with its text, as a panic is with its stack. An
// error of the client's, and a client that has left, are no error of the span.
//
// # Metrics
//
// http.server.request.duration, http.server.request.body.size and
// http.server.response.body.size, by method, route, status and protocol. None of
// these is what a client can choose: server.address is [Options.ServerName] and
// not the request's Host.
//
// # Logs
//
// With package logctx, which the assembled server uses, every record of a request
// has trace_id and span_id, those of the action's span within it.
//
// # Place in the chain
//
// [Telemetry.Handler] goes around everything that it shall see. Whoever hands on
// a copy of the request between it and the first piece of Sidekick hides the
// route.
//
// # Differences from Actionhero
//
// Actionhero has no such thing.
package otel
