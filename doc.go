// Package sidekick assembles a whole API server from the pieces that live in
// the packages below it: named, versioned actions with declared inputs, one
// JSON envelope for every answer, routes, nested params, static files, JSONP,
// host redirects and a fingerprint cookie, as the web server of Actionhero has
// them.
//
//	kit, err := sidekick.New(sidekick.Development(), actions...)
//	…
//	err = kit.Run(ctx) // until a signal, or until ctx is done
//
// [Load] reads the configuration from a file and the environment.
//
// A request takes this way (see chain.go):
//
//	health ─ recover ─ access log ─ client address ─ headers ─ limits ─ hosts ─ OPTIONS ─ compress ─┬─ static
//	                                                                                              └─ fingerprint ─ JSONP ─ dispatch ─ action
//
// Every piece is also a middleware or a handler of its own, for servers that
// are there already: see the packages dispatch, envelope, params, static,
// upload, fingerprint, hosts, openapi, openapi/ui and jsclient, and those below
// middleware. Package sidekicktest runs actions in tests.
package sidekick
