// Package shadow asks a new handler what an old one was asked, and tells where
// their answers differ. Clients get one answer, the old one unless
// [Options.NewAnswers] is set; the other is compared and thrown away.
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
// # What is asked
//
// Requests that [Options.Name] names are the old handler's, always. Of those with
// a method of [Options.Methods], which are GET and HEAD unless more are asked for,
// a share is asked of the new handler as well, once the old answer is complete:
// the same method, path, query, fields and body, with the context's values and
// what is known of the client, but apart from the client's connection, and without
// conditions and ranges, for whole answers are compared. With NewAnswers it is the
// other way round. Requests that are not named are the new handler's alone.
//
// A client neither waits for the handler that is asked second nor sees what becomes
// of it. How many comparisons run, how long, and how much of bodies they keep is
// bounded; what does not fit is counted as left out, with the reason.
//
// Whatever a handler does beside answering it does for real: it writes its log, and
// to its database. That is why other methods have to be asked for.
//
// # What is compared
//
// The status; the fields of [Options.Header], of cookies the names; and the
// body: JSON member by member, in any order, numbers by their value, script of
// JSONP by the JSON in it, everything else by its bytes. [Options.Masks] name what
// may differ. Bodies that came compressed by gzip are compared as they are inside.
//
// # What is shown
//
// Differences are counted by name, kind and path, each is logged when it is met
// first, and [Comparer.Page] lists them. Values are left out unless
// [Options.ShowValues] is set, since they are your clients' data: in their place
// stands what they are, as "string of 7 bytes". The page is not protected by
// itself: put it where only you can read it.
//
// # Place in a chain
//
// Behind whatever decides who is asking (client address, fingerprint), whose
// findings both handlers then share, and in front of whatever reads params.
package shadow
