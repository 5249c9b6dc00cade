// Package shadow sends requests for an old handler to a new one as well, and
// reports where their responses differ. Clients get only one response, the old one
// unless [Options.NewAnswers] is set; the other is compared and discarded.
//
//	sh, err := shadow.New(shadow.Options{
//		Old:  old, // a legacy.Server, say
//		Name: func(r *http.Request) string { … }, // "" for what is not compared
//	})
//	if err != nil {
//		return err
//	}
//	http.Handle("/api/", sh.Handler(dispatcher))
//	admin.Handle("/shadow", sh.Page())
//
// # Which requests are compared
//
// Requests that [Options.Name] names always go to the old handler. Of those with a
// method of [Options.Methods], by default GET and HEAD, a share also goes to the
// new handler, once the old response is complete. It gets the same method, path,
// query, header fields, body and context values, including what is known about the
// client, but independently of the client's connection, and without conditions and
// ranges, because complete responses are compared. With NewAnswers it is the other
// way round. Requests that are not named go only to the new handler.
//
// A client neither waits for the second handler nor sees its result. The number of
// comparisons at a time, their duration and the bytes of bodies that they keep are
// limited; requests beyond these limits are counted as skipped, with the reason.
//
// The side effects of both handlers are real: both write to their log and to their
// database. That is why other methods must be listed explicitly.
//
// # What is compared
//
// The status; the fields of [Options.Header], with only the names of cookies; and
// the body: JSON member by member, in any order, with numbers compared by value;
// JSONP by the JSON in it; everything else byte by byte. [Options.Masks] lists what
// may differ. Bodies compressed with gzip are decompressed first.
//
// # What is shown
//
// Differences are counted by name, kind and path. Each is logged at its first
// occurrence, and [Comparer.Page] lists them all. Values are not shown unless
// [Options.ShowValues] is set, since they are your clients' data; descriptions such
// as "string of 7 bytes" are shown instead. The page does not protect itself: put
// it where only you can read it.
//
// # Place in a chain
//
// It belongs inside pieces that identify the client (client address, fingerprint),
// so that both handlers share their results, and outside pieces that read
// parameters.
package shadow
