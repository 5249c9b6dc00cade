// Package dispatch leads requests to named, versioned actions and renders what
// they return.
//
// The smallest use:
//
//	d, err := dispatch.New(dispatch.Options{Actions: []dispatch.Action{{
//		Name:   "hello",
//		Inputs: dispatch.Inputs{"name": {Required: true}},
//		Run: func(ctx context.Context, c *dispatch.Connection) (any, error) {
//			return map[string]any{"hello": c.Params["name"]}, nil
//		},
//	}}})
//	http.Handle("/", d) // GET /hello?name=world
//
// # How an action is reached
//
// Routes first, as they are listed; then the action's name, where the path is
// that and nothing else; then the param "action", where the path names nothing.
// HEAD answers wherever GET does. An unknown action, an unknown version and a
// method that nothing is routed for are the same 404. The route is on the
// connection, and in the request's Pattern, for metrics and traces.
//
// A request's version is the param apiVersion, of the path before the query
// before the body; the route's own is for requests that name none, and without
// either it is the newest.
//
// # What reaches it
//
// Only the inputs that it declares, and action, apiVersion, callback, file and
// messageId. Middleware runs before they are checked, and may add to them. A
// body is read only once an action that takes params is known; files are stored
// only for inputs that are declared as files, and are gone when the request
// ends unless the action keeps them.
//
// # What comes back
//
// The result or the error, in an envelope; or what the action has sent itself
// with Pipe, SendFile, ServeContent or the plain http.ResponseWriter. A panic is
// a 500, or breaks the connection if the answer had begun.
//
// # Place in a chain
//
// Innermost. Whatever decides who is asking (client address, fingerprint) comes
// before it. Params that were read by params.Handler are taken over. A mux may
// stand before it, with http.StripPrefix or [Options.Prefixes].
//
// # Differences from Actionhero
//
// A pattern's expression matches a whole segment. Versions that are numbers are
// newer than words. Missing inputs are all named, and failed validators are a
// 422. A route that can never answer is an error, unless it is allowed. TRACE
// is a 405. The extension of a path changes the type of an answer only to one
// that browsers do not run. receivedParams is in order of the names. A route's
// apiVersion yields to the request's, as in Actionhero itself; its document
// does not say so.
package dispatch
