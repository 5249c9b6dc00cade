// Package sidekicktest runs actions in process, for tests: no listener, no
// port, and what the pieces have found out of a request is there to be checked.
//
//	func TestHello(t *testing.T) {
//		c := sidekicktest.New(t, kit)
//		res := c.Action("hello", sidekicktest.Params{"name": "world"})
//		if res.Status != 200 || res.Envelope["hello"] != "world" {
//			t.Errorf("got %v", res)
//		}
//	}
//
// The handler can be an assembled server, a dispatcher, the handler of a single
// action, or any mux that has some of these in it: the package knows
// [http.Handler] only. It takes the place of Actionhero's specHelper.
//
// # One client, many calls
//
// A [Client] keeps its cookies, so that a server that tells clients apart finds
// the same one in every call; [Response].Fingerprint says which. Make a client
// of its own for everybody who plays a part in a test. A handler without the
// piece that tells clients apart can be told by [Options].Fingerprint.
//
// # What is sent
//
// [Client.Action] sends params as a JSON body, so that lists, objects, numbers
// and null arrive as what they are. [Client.Send] has the rest: a method, a
// version, headers, files, and a path instead of an action, for routes. GET and
// HEAD carry params in the query and files make the body a multipart form; both
// write nested names in brackets, as node's qs does. [Client.Get] and
// [Client.Do] are for everything else: files of a folder, bodies of other types.
//
// # What comes back
//
// A [Response] has the status, the header, the body to its last byte, and the
// envelope. [Result] decodes it into a type; it ends the test where the answer
// is an error. [StrictResult] does not let a member pass that the type has not.
// A panic of the handler goes on to the test; an aborted answer is marked.
//
// # What it does not show
//
// There is no connection: what needs one (deadlines, hijacking, HTTP/2, clients
// that go away) is for [net/http/httptest.NewServer]. Answers come as they were
// written, encoded where the request has asked for an encoding, and redirects
// are not followed.
//
// # Differences from Actionhero
//
//   - Actions are reached by HTTP, so that routes, cookies, limits and the
//     status take part; specHelper.runAction hands the params over as they are.
//   - specHelper.buildConnection is [New], and the client keeps nothing between
//     calls but its cookies: params of one call do not reach the next.
//   - specHelper.getStaticFile is [Client.Get] with the path of the file.
//   - Tasks are none of a web server's.
package sidekicktest
