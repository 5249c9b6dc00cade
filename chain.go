package sidekick

import (
	"fmt"
	"io"
	"net/http"

	"github.com/justinas/alice"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/static"
)

// Chain has middleware of net/http of your own, by where it stands; of each the
// first is the outermost. [Kit.Chain] draws the places.
//
// A panic in any of them but Outermost is answered as a 500 in the envelope and
// logged.
type Chain struct {
	_ struct{}

	// Outermost is around everything but the probes: for metrics and traces, say,
	// which find the route in the request's Pattern when the next handler has
	// returned. What it answers itself has no headers and is not logged.
	Outermost []func(http.Handler) http.Handler

	// All is around all requests, behind recovery, access log, client address,
	// headers and limits, and in front of hosts and OPTIONS. Its answers are not
	// compressed.
	All []func(http.Handler) http.Handler

	// Actions is around actions alone, and what reaches no action below their path.
	// It knows the client's address and fingerprint, what it answers is compressed
	// and wrapped for JSONP, and a panic in it is answered for. Which action it will
	// be is not known yet: that is for Config.Actions.Middleware.
	Actions []func(http.Handler) http.Handler

	// Files is around files alone: those of Config.Static below their path, at the
	// root and by the action "file", and the folders of routes. It is not around
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

// Chain returns the middlewares that every request passes, the outermost
// first. Append your own, or put the chain in front of another handler. In
// brackets are those of [Config.Chain]:
//
//	health ─ [Outermost] ─ request id ─ recover ─ access log ─ client address ─ headers ─ limits ─ [All] ─ hosts ─ OPTIONS ─ compress
//
// What follows is not part of it:
//
//	─┬─ [Files] ─ static
//	 └─ fingerprint ─ JSONP ─ rate limit ─ [Actions] ─ dispatch ─ action
func (k *Kit) Chain() alice.Chain {
	own := &k.cfg.Chain
	chain := alice.New(k.health) // probes: any host, no log, no cookie
	chain = chain.Append(constructors(own.Outermost)...)
	chain = chain.Append(
		k.requestID.Handler,  // what every record and the answer call the request by
		k.recoverer.Handler,  // nothing below can end the process
		k.accessLog.Handler,  // sees what was really sent, panics included
		k.clientAddr.Handler, // decides who asks and whether securely, for all below
		k.headers.Handler,    // on every answer below, redirects and errors included
		k.limits.Handler,     // what is too large ends here
		k.admit,              // what comes too late, too
	)
	chain = chain.Append(constructors(own.All)...)
	chain = chain.Append(k.hosts.Handler) // sends strangers to the right door
	if !k.cfg.DisablePreflight {
		chain = chain.Append(k.preflight.Handler) // OPTIONS ends here
	}
	if k.compressor != nil {
		chain = chain.Append(k.compressor.Handler)
	}
	return chain
}

// actionChain is what only requests for actions pass: files and redirects
// carry no cookie, and are not wrapped into a script.
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

// unknownFile answers for files that are not here, if [Config.Unknown] does: it
// gets the request as it was sent, without a prefix taken away, and knows who is
// asking, as it does where no action is found. A file that an action means to
// send is a 404 all the same: the request is the action's.
func (k *Kit) unknownFile() http.Handler {
	var unknown http.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent := facts.From(r.Context()).Origin(); sent != nil {
			whole := *r
			whole.URL = sent.URL
			r = &whole
		}
		k.cfg.Unknown.ServeHTTP(w, r)
	})
	if k.fingerprint != nil {
		unknown = k.fingerprint.Handler(unknown)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if rec := facts.From(r.Context()); rec == nil || rec.Action().Name == "" {
			unknown.ServeHTTP(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "text/html")
		h.Set("Cache-Control", "no-store")
		h.Set("X-Content-Type-Options", "nosniff")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, static.DefaultNotFound) // an error says that the client has gone
	})
}

// fileChain is what only requests for files pass.
func (k *Kit) fileChain() alice.Chain { return alice.New(constructors(k.cfg.Chain.Files)...) }

func constructors(list []func(http.Handler) http.Handler) []alice.Constructor {
	out := make([]alice.Constructor, len(list))
	for i, m := range list {
		out[i] = m
	}
	return out
}
