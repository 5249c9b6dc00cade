// Package sidekick assembles a whole API server from the pieces in its subpackages:
// named, versioned actions with declared inputs, one JSON envelope for every
// response, routes, nested parameters, static files, JSONP, host redirects and a
// fingerprint cookie, as in the web server of Actionhero.
//
//	kit, err := sidekick.New(sidekick.Development(), actions...)
//	…
//	err = kit.Run(ctx) // until a signal, or until ctx is done
//
// [Load] reads the configuration from a file and the environment.
//
// A request passes these pieces (see chain.go):
//
//	health ─ request id ─ recovery ─ access log ─ client address ─ headers ─ limits ─ hosts ─ OPTIONS ─ compress ─┬─ static
//	                                                                                                              └─ fingerprint ─ JSONP ─ rate limit ─ dispatch ─ action
//
// Every piece also works alone, as middleware or as a handler in an existing
// server: see the packages dispatch, envelope, params, static, upload, fingerprint,
// hosts, ratelimit, idempotency, openapi, openapi/ui and jsclient, and those below
// middleware. Package logctx adds the request's id to log records, legacy and
// shadow help to replace an old server, and sidekicktest runs actions in tests.
package sidekick
