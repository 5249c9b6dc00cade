// Package openapi describes the actions and routes of a dispatcher: as an
// OpenAPI 3.1 document, which is a handler, too, and as the Swagger 2.0
// document of Actionhero's action "swagger".
//
//	doc, err := openapi.New(openapi.Options{Dispatcher: d, Title: "Shop", Version: "1.0.0"})
//	mux.Handle("GET /api/openapi.json", doc)
//
// The document is made when it is first asked for.
//
// # What is in it
//
// Every route, and every action by its name where names answer: there for GET
// and POST, of the methods that a name answers. HEAD is left out where GET
// does the same. So are actions that are not offered to the web, routes that
// lead nowhere or can never match, JSONP, and the param "action".
//
// A variable of a route is a path parameter, and its expression the pattern.
// Where RE2 has it otherwise than ECMA-262 the description has the expression.
// Of routes that differ by no more than that (/users/:id(\d+) and /users/:name)
// OpenAPI can tell but one: the first is there, as it is the first to be tried.
// Literals stand as the first route has written them.
//
// The inputs of GET, HEAD and DELETE are query parameters; the other methods
// take them as JSON or as a form, and with files as multipart/form-data.
// Typed actions have their whole schema. Of plain ones the formatters are
// functions, so that an input may be anything; Required, Default, Description
// and Schema are shown.
//
// An action of several versions is one operation that takes apiVersion, the
// newest by default: a query parameter is required where every version requires
// it, a body is one of the versions' inputs. A route of one version
// (dispatch.Route.APIVersion) is that version's alone.
//
// An answer is the result in the envelope with its metadata: typed actions have
// the schema of theirs, OutputExample is an example with the metadata added.
// Actions with a Handler answer with any content. Errors are listed by the
// statuses that Sidekick itself answers with; 4XX and 5XX stand for those that
// an action chooses.
package openapi
