// Package sidekicktest runs actions in process, for tests: without a listener or a port, and with
// access to what the pieces recorded about a request.
//
//	func TestHello(t *testing.T) {
//		c := sidekicktest.New(t, kit)
//		res := c.Action("hello", sidekicktest.Params{"name": "world"})
//		if res.Status != 200 || res.Envelope["hello"] != "world" {
//			t.Errorf("got %v", res)
//		}
//	}
//
// The handler can be an assembled server, a dispatcher, the handler of a single action, or a mux
// that contains some of these: the package only needs an [http.Handler]. It replaces Actionhero's
// specHelper.
//
// # One client, many calls
//
// A [Client] keeps its cookies, so that a server that identifies clients recognizes it in every
// call; [Response].Fingerprint is the id. Use a separate client for every user in a test. For a
// handler without the piece that identifies clients, set [Options].Fingerprint.
//
// # What is sent
//
// [Client.Action] sends parameters as a JSON body, so that lists, objects, numbers and null keep
// their types. [Client.Send] can do more: a method, a version, headers, files, and a path instead
// of an action, for routes. GET and HEAD send parameters in the query, and files turn the body
// into a multipart form; both write nested names in brackets, like node's qs. [Client.Get] and
// [Client.Do] are for everything else, such as static files and bodies of other types.
//
// # What comes back
//
// A [Response] has the status, the header, the complete body, and the envelope. [Result] decodes
// it into a type, and ends the test if the response is an error. [StrictResult] also ends it if the
// response has a member that the type lacks. A panic of the handler propagates to the test; an
// aborted response is marked.
//
// # What it does not cover
//
// There is no connection. Use [net/http/httptest.NewServer] for what needs one: deadlines,
// hijacking, HTTP/2, clients that disconnect. Responses are returned as they were written,
// encoded if the request asked for an encoding, and redirects are not followed.
//
// # Differences from Actionhero
//
//   - Actions are called through HTTP, with routes, cookies, limits and the
//     status; specHelper.runAction passes the parameters on directly.
//   - specHelper.buildConnection is [New]. Between calls the client keeps only
//     its cookies: parameters of one call do not reach the next.
//   - specHelper.getStaticFile is [Client.Get] with the path of the file.
//   - There are no tasks, which do not belong to a web server.
package sidekicktest
