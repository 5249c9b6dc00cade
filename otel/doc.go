// Package otel gives requests and actions OpenTelemetry spans, and counts and times
// requests according to its semantic conventions.
//
//	telemetry, err := otel.New(otel.Options{ServerName: "api.example.com"})
//	if err != nil {
//		return err
//	}
//	cfg.Chain.Outermost = append(cfg.Chain.Outermost, telemetry.Handler)
//	cfg.Actions.Middleware = append(cfg.Actions.Middleware, telemetry.Middleware())
//
// Providers and propagators are the global ones (otel.SetTracerProvider and so on),
// unless [Options] has others.
//
// # Spans
//
// Every request has a server span, named by its method and route, "GET
// /api/users/:id", never by its path. It continues the trace in the client's
// traceparent. It has the attributes that the HTTP conventions require and
// recommend, as set by otelhttp, and
//
//   - http.route, if the request matched a route or the name of an action;
//   - client.address, the peer's or the one reported by trusted proxies; otelhttp
//     alone believes X-Forwarded-For from everybody;
//   - error.type, the status, for responses of 500 and above;
//   - sidekick.message_id, which is also in logs and the envelope.
//
// url.query is left out, because parameters can be secrets.
//
// Every action has a span inside that one, such as "action user", with
// sidekick.action and sidekick.version; actions that it runs have spans inside its
// own. An error that is the server's fault is recorded there with its message, a
// panic with its stack. A client's error, or a client that leaves, is not an error
// of the span.
//
// # Metrics
//
// http.server.request.duration, http.server.request.body.size and
// http.server.response.body.size, by method, route, status and protocol. A client
// can choose none of these: server.address is [Options.ServerName], not the
// request's Host.
//
// # Logs
//
// With package logctx, which the assembled server uses, every record of a request
// has trace_id and span_id; inside an action these are those of the action's span.
//
// # Place in the chain
//
// [Telemetry.Handler] goes around everything that it should observe. Middleware
// between it and the first piece of Sidekick hides the route if it passes on a copy
// of the request.
//
// # Differences from Actionhero
//
// Actionhero has nothing like it.
package otel
