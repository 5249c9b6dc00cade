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
//   - http_response_size_bytes, a histogram by the same labels: bytes of the body;
//   - http_requests_in_flight, a gauge;
//   - sidekick_action_duration_seconds, a histogram by action, version and outcome:
//     "ok", "refused" (a client's error), "failed" (a server's error), "panic",
//     "aborted" (by http.ErrAbortHandler), "left" (the client left).
//
// A client cannot choose the value of a label, since every invented value would
// create another series: the route is a pattern, such as "/api/users/:id", or
// "none" for files and for what is not found; an unknown method is "other". The
// code is "aborted" if the response was cut off; that a client left shows in the
// outcome of the action.
//
// # Place in the chain
//
// [Metrics.Handler] goes around everything that it should observe. Middleware
// between it and the first piece of Sidekick hides the route if it passes on a copy
// of the request.
//
// # Differences from Actionhero
//
// Actionhero has nothing like it.
package prometheus
