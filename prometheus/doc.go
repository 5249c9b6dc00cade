// Package prometheus counts and times requests and actions for Prometheus.
//
//	numbers, err := prometheus.New(prometheus.Options{})
//	if err != nil {
//		return err
//	}
//	cfg.Chain.Outermost = append(cfg.Chain.Outermost, numbers.Handler)
//	cfg.Actions.Middleware = append(cfg.Actions.Middleware, numbers.Middleware())
//	...
//	go http.Serve(private, numbers.Scrape()) // on a listener that clients cannot reach
//
// # Metrics
//
//   - http_request_duration_seconds, a histogram by method, code and route: how
//     long requests took, to the last byte of the response;
//   - http_response_size_bytes, a histogram by the same: bytes of the body;
//   - http_requests_in_flight, a gauge;
//   - sidekick_action_duration_seconds, a histogram by action, version and
//     outcome: "ok", "refused" (an error of the client's), "failed" (one of the
//     server's), "panic", "aborted" (by http.ErrAbortHandler), "left" (by the
//     client).
//
// No label is what a client can choose, or there would be a series for every
// client that makes one up: the route is a pattern, "/api/users/:id", and "none"
// for files and what is not found; a method that HTTP has no name for is "other".
// The code is "aborted" where the response was cut off; a client that has left
// shows in the outcome of the action.
//
// # Place in the chain
//
// [Metrics.Handler] goes around everything that it shall see. Whoever hands on a
// copy of the request between it and the first piece of Sidekick hides the route.
//
// # Differences from Actionhero
//
// Actionhero has no such thing.
package prometheus
