// Package dispatch leads requests to named, versioned actions and renders what they return.
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
// # How a request finds its action
//
// The dispatcher tries the routes first, in their order. If none matches, the path names the
// action; if the path is empty, the parameter "action" does. HEAD is answered wherever GET is. An
// unknown action and an unknown version give the same 404; a method that the path does not
// support is a 405 (see [Options.NotFoundForMethods]). The connection has the matched route, and
// the request's Pattern names it for metrics and traces.
//
// The version is the parameter apiVersion of the path, otherwise of the query, otherwise of the
// body. If the request names none, the route's version runs, or else the newest.
//
// # What reaches the action
//
// Only its declared inputs, and action, apiVersion, callback, file and messageId. Middleware runs
// before the inputs are checked and may add to them. The dispatcher reads a body only for an
// action that takes parameters, or to find the parameter "action" in it. It stores files only for
// inputs that are declared as files, and removes them when the request ends unless the action
// keeps them.
//
// # What comes back
//
// The result or the error in an envelope, or what the action sends itself with Pipe, SendFile,
// ServeContent or the plain http.ResponseWriter. A panic is answered with a 500, or breaks the
// connection if the response has begun.
//
// # Place in a chain
//
// Innermost, inside the pieces that identify the client (client address, fingerprint). It takes
// over parameters that params.Parser.Handler has read. A mux may be outside it, with
// http.StripPrefix or [Options.Prefixes].
//
// # Differences from Actionhero
//
// The regular expression of a variable must match the whole of its value. Versions that are
// numbers are newer than words. All missing inputs are reported at once, unless
// [Options.MissingFirst] is set, and failed validators are a 422. A route that can never answer
// is an error, unless [Options.AllowDeadRoutes] is set.
// TRACE is a 405. The extension of a path changes the type of a response only to types that
// browsers do not run. receivedParams is sorted by name. A route's apiVersion yields to the
// request's, which Actionhero does as well but does not document.
package dispatch
