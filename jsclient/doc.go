// Package jsclient serves the JavaScript library with which pages made for Actionhero call its
// actions, for a server that only speaks HTTP.
//
//	script, err := jsclient.New(jsclient.Options{})
//	if err != nil {
//		return err
//	}
//	http.Handle("/public/"+jsclient.Path, script)
//
// A page loads it and calls actions, without connecting:
//
//	<script src="/public/javascript/ActionheroWebsocketClient.js"></script>
//
//	const client = new ActionheroWebsocketClient();
//	client.action("cacheTest", { key: "k", value: "v" }, function (error, data) { … });
//
// It has no dependencies, is smaller than 5 KB, runs in every browser that supports ECMAScript
// 2015, and works under the policy "default-src 'self'".
//
// # Calls
//
// new ActionheroWebsocketClient(options) takes url, the origin of the server (by default the
// page's), and apiPath (by default [Options.APIPath]). Another origin gets no cookies, and must
// allow the page's origin.
//
// action(name, params, callback) posts params as JSON to apiPath, with the action's name in the
// query; params and callback may be omitted. The member httpMethod of params chooses another
// method. GET sends params in the query, as strings: a list repeats name[] for each element,
// objects become name[member], lists that contain objects or lists name[0], and null "null".
// Dates are sent in their JSON form, undefined is not sent. A File, a Map or anything else that
// JSON would lose is refused with an error that names it, and nothing is sent. actionWeb(params,
// callback) does the same, with the name as params.action.
//
// A callback that declares two parameters gets (error, data), any other gets (data). Parameters
// with a default value do not count as declared. data is the whole response. error is data.error,
// usually a string, or null; if there was no response, or it was not JSON, error is an object
// with statusText and responseText. Without a callback the call returns a promise. It resolves
// with data or, if there is a data.error, is rejected with an Error that has the members data and
// status.
//
// connect passes an Error, which says that HTTP is used, to its callback, its promise and the
// event error; an unhandled promise raises nothing. The other calls that need a websocket get the
// same error, in the form of a response: say, file, detailsView, roomView, roomAdd, roomLeave,
// documentation and send. The state is always "disconnected" and id is null. on, once, off, emit,
// listeners and removeAllListeners exist.
//
// # Differences from Actionhero
//
// Unlike Actionhero's, the client offers promises; supports callbacks with two parameters, as
// Actionhero's documentation shows them; allows calls without a callback; escapes names and
// values in a query, and sends lists, objects and dates there in a form that the server reads;
// treats a response with status 200 that is not JSON as an error instead of ignoring it; and
// neither changes params nor sends httpMethod.
package jsclient
