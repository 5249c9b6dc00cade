package sidekick

import (
	"fmt"
	"net/http"

	"github.com/justinas/alice"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
)

// Chain has net/http middleware of your own, grouped by its place in the chain; in
// each list the first is the outermost. [Kit.Chain] draws the places.
//
// A panic in any of them except Outermost is logged and answered with a 500 in the
// envelope.
type Chain struct {
	_ struct{}

	// Outermost is around everything except the probes. It is for metrics and traces, for
	// example, which find the route in the request's Pattern after the next handler has
	// returned. Responses of its own have no configured headers and are not logged.
	Outermost []func(http.Handler) http.Handler

	// All is around all requests, inside recovery, access log, client address,
	// headers and limits, and outside hosts and OPTIONS. Its responses are not
	// compressed.
	All []func(http.Handler) http.Handler

	// Actions is around actions only, and around requests below their path that match
	// no action. It knows the client's address and fingerprint; its responses are
	// compressed and wrapped for JSONP, and panics in it are recovered. The action is
	// not known yet: middleware that needs it belongs in Config.Actions.Middleware.
	Actions []func(http.Handler) http.Handler

	// Files is around files only: those of Config.Static (below their path, at the
	// root and through the action "file") and the folders of routes. It is not around
	// files that an action sends itself, nor around the page of Config.Docs.
	Files []func(http.Handler) http.Handler
}

func (c *Chain) check(bad *cfgerr.List) {
	check := func(place string, list []func(http.Handler) http.Handler) {
		for i, m := range list {
			if m == nil {
				bad.Add(fmt.Sprintf("Chain.%s[%d]", place, i), nil, "want a middleware")
			}
		}
	}
	check("Outermost", c.Outermost)
	check("All", c.All)
	check("Actions", c.Actions)
	check("Files", c.Files)
}

// Chain returns the middlewares that every request passes, the outermost first.
// Append your own, or put the chain in front of another handler. The brackets mark
// the places of [Config.Chain]:
//
//	health ─ [Outermost] ─ request id ─ recovery ─ access log ─ client address ─ headers ─ limits ─ [All] ─ hosts ─ OPTIONS ─ compress
//
// The rest is not part of it:
//
//	─┬─ [Files] ─ static
//	 └─ fingerprint ─ JSONP ─ rate limit ─ [Actions] ─ dispatch ─ action
func (k *Kit) Chain() alice.Chain {
	own := &k.cfg.Chain
	chain := alice.New(k.health) // probes: any host, no log, no cookie
	chain = chain.Append(constructors(own.Outermost)...)
	chain = chain.Append(
		k.requestID.Handler, // the id in every log record and response
		k.recoverer.Handler, // no panic inside ends the process
	)
	if !k.cfg.DisableAccessLog {
		chain = chain.Append(k.accessLog.Handler) // sees what was really sent, even after a panic
	}
	chain = chain.Append(
		k.clientAddr.Handler, // determines, for everything inside, who the client is and whether it uses HTTPS
		k.assumeScheme,       // unless the configuration says whether it uses HTTPS
		k.headers.Handler,    // on every response from inside, including redirects and errors
		k.limits,             // refuses requests that are too large
		k.admit,              // refuses requests that come too late
	)
	chain = chain.Append(constructors(own.All)...)
	chain = chain.Append(k.hosts.Handler) // redirects or refuses other hosts
	if !k.cfg.DisablePreflight {
		chain = chain.Append(k.preflight.Handler) // OPTIONS ends here
	}
	if k.compressor != nil {
		chain = chain.Append(k.compressor.Handler)
	}
	return chain
}

// assumeScheme makes every inner piece use the scheme that the configuration assumes, not
// only hosts: it decides whether cookies are Secure and whether HSTS is sent.
func (k *Kit) assumeScheme(next http.Handler) http.Handler {
	assumed := k.cfg.Hosts.AssumeScheme
	if assumed == "" {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r, rec := facts.Ensure(r)
		client, _, _ := rec.Client()
		rec.SetClient(client, assumed == "https")
		next.ServeHTTP(w, r)
	})
}

// actionChain is the middleware that only requests for actions pass: files and
// redirects set no cookie and are not wrapped into a script.
func (k *Kit) actionChain() alice.Chain {
	chain := alice.New()
	if !k.cfg.DisableFingerprint {
		chain = chain.Append(k.fingerprint.Handler)
	}
	if !k.cfg.DisableJSONP {
		chain = chain.Append(k.jsonp.Handler)
	}
	if k.limiter != nil {
		chain = chain.Append(k.limiter.Handler)
	}
	return chain.Append(constructors(k.cfg.Chain.Actions)...)
}

// fileChain is the middleware that only requests for files pass.
func (k *Kit) fileChain() alice.Chain { return alice.New(constructors(k.cfg.Chain.Files)...) }

func constructors(list []func(http.Handler) http.Handler) []alice.Constructor {
	out := make([]alice.Constructor, len(list))
	for i, m := range list {
		out[i] = m
	}
	return out
}
