// Package actionhero holds Sidekick against the tests that Actionhero itself has of
// what both do: the web server, routes, static files, actions and their parameters,
// middleware, errors, specHelper, logs and utils.
//
// testdata/suite.txt lists the test cases of the original (commit d8b409f5, of June
// 2025, between 29.3.4 and 29.3.5) by file and line. Each has a row here, which says
// in our own words what it is about, and holds it:
//
//   - as written: the same request gets the same answer;
//   - another way: the same can be done, by something of Go's;
//   - on purpose: Sidekick answers otherwise, and the row says why, and holds what it
//     does instead;
//   - not applicable: there is no such thing in a web server for Go.
//
// No code or text of the original is in it.
package actionhero
