// Package openapi describes the actions and routes of a dispatcher: as an OpenAPI 3.1 document,
// which is also an http.Handler, and as the Swagger 2.0 document of Actionhero's action
// "swagger".
//
//	doc, err := openapi.New(openapi.Options{Dispatcher: d, Title: "Shop", Version: "1.0.0"})
//	mux.Handle("GET /api/openapi.json", doc)
//
// The document is made on first use.
//
// # What it contains
//
// It contains every route, and every action by its name if names are enabled. A name is shown
// for GET and POST if it answers them. HEAD is left out where GET does the same. Also left out
// are actions that web clients may not run, routes that lead nowhere or can never match, JSONP,
// and the parameter "action".
//
// A variable of a route is a path parameter, with its expression as pattern. If RE2 and ECMA-262
// differ, the expression is in the description instead. OpenAPI cannot distinguish routes that
// differ only in their variables (/users/:id(\d+) and /users/:name): the document has the first,
// which is also tried first. Literals are spelled as in the first route.
//
// The inputs of GET, HEAD and DELETE are query parameters. Other methods take them as JSON or as
// a form, and with files as multipart/form-data. Typed actions have a complete schema. The
// formatters of plain actions are functions, so their inputs may be anything; Required, Default,
// Description and Schema are shown.
//
// Several versions of an action form one operation with the parameter apiVersion, by default the
// newest version. A query parameter is required if every version requires it; a body has the
// inputs of one of the versions. A route with a version of its own (dispatch.Route.APIVersion)
// shows only that version.
//
// A response is the result in the envelope with its metadata. Typed actions have the schema of
// their result; OutputExample is an example, completed with the metadata. Actions with a Handler
// respond with any content. The document lists the error statuses that Sidekick itself responds
// with; 4XX and 5XX stand for those that an action chooses.
//
// Properties of actions (dispatch.Action.Meta) are not shown, except those that
// [Options.ShowMeta] makes extensions of operations, such as x-permission.
package openapi
