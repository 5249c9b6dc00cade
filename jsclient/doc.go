// Package jsclient is the JavaScript library with which pages made for
// Actionhero call its actions, for a server that answers over HTTP only.
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
// It needs nothing else, is less than 5 KB, runs in every browser that knows
// ECMAScript 2015, and works under the policy "default-src 'self'".
//
// # Calls
//
// new ActionheroWebsocketClient(options) takes url, the origin of the server,
// which is the page's by default, and apiPath, by default what [Options.APIPath]
// says. Another origin gets no cookies, and must allow the page's.
//
// action(name, params, callback) posts params as JSON to apiPath with the
// action's name in the query; params and callback may be missing. The member
// httpMethod of params names another method. GET sends params in the query, as
// strings: a list as name[] once for each element, objects as name[member], and
// lists with objects or lists in them as name[0]; null as "null". Dates are sent
// as JSON has them, undefined not at all. A File, Map or whatever else JSON would
// lose is refused, with an error that names it; nothing is sent then.
// actionWeb(params, callback) does the same, with the name as params.action.
//
// A callback that declares two parameters gets (error, data), any other gets
// (data): a parameter with a default value is none that is declared. data is the answer whole. error is data.error, mostly a text, or null;
// where the answer was no JSON, or there was none, it is an object with
// statusText and responseText. Without a callback there is a promise: it
// resolves with data or, where there is data.error, is rejected with an Error
// that has the members data and status.
//
// connect answers its callback, its promise and the event error with an Error
// that says that HTTP is used; a promise that nobody waits for raises nothing. So do, in the form of an answer, the other calls
// that need a websocket: say, file, detailsView, roomView, roomAdd, roomLeave,
// documentation and send. The state is always "disconnected" and id is null. on,
// once, off, emit, listeners and removeAllListeners are there.
//
// # Differences from Actionhero
//
// Unlike Actionhero's, the client offers promises; callbacks with two
// parameters, as Actionhero's page shows them, are served; a call without a
// callback is no error; names and values in a query are escaped, lists there are
// lists, and objects and dates are what the server reads; an answer with status 200 that is no
// JSON is an error in place of silence; params are not changed, and httpMethod
// is not sent.
package jsclient
