package sidekick

import (
	"io"
	"net/http"
	"strings"

	"github.com/justinas/alice"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/static"
)

// Chain returns the middlewares that every request passes, the outermost
// first. Append your own, or put the chain in front of another handler:
//
//	health ─ (Config.Around) ─ request id ─ recover ─ access log ─ client address ─ headers ─ limits ─ hosts ─ OPTIONS ─ compress
func (k *Kit) Chain() alice.Chain {
	chain := alice.New(k.health) // probes: any host, no log, no cookie
	for _, around := range k.cfg.Around {
		chain = chain.Append(around) // the user's own: metrics and traces
	}
	chain = chain.Append(
		k.requestID.Handler,  // what every record and the answer call the request by
		k.recoverer.Handler,  // nothing below can end the process
		k.accessLog.Handler,  // sees what was really sent, panics included
		k.clientAddr.Handler, // decides who asks and whether securely, for all below
		k.headers.Handler,    // on every answer below, redirects and errors included
		k.gate,               // what is too large or comes too late ends here
		k.hosts.Handler,      // sends strangers to the right door
		k.preflight.Handler,  // OPTIONS ends here
	)
	if k.compressor != nil {
		chain = chain.Append(k.compressor.Handler)
	}
	return chain
}

// actionChain is what only requests for actions pass: files and redirects
// carry no cookie, and are not wrapped into a script.
func (k *Kit) actionChain() alice.Chain {
	chain := alice.New(k.fingerprint.Handler)
	for _, around := range k.cfg.AroundActions {
		chain = chain.Append(around) // the user's own
	}
	return chain.Append(k.jsonp.Handler)
}

// unknownFile answers for files that are not here, if [Config.Unknown] does: it
// gets the request as it was sent, without a prefix taken away, and knows who is
// asking, as it does where no action is found. A file that an action means to
// send is a 404 all the same: the request is the action's.
func (k *Kit) unknownFile() http.Handler {
	unknown := k.fingerprint.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if sent := facts.From(r.Context()).Origin(); sent != nil {
			whole := *r
			whole.URL = sent.URL
			r = &whole
		}
		k.cfg.Unknown.ServeHTTP(w, r)
	}))
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

// split parts the way: files to the left, actions to the right.
func (k *Kit) split(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case k.openAPIPath != "" && path == k.openAPIPath:
		name(r, k.openAPIPath)
		k.openAPI.ServeHTTP(w, r)
	case isBelow(path, k.docsPrefix):
		name(r, k.docsPrefix)
		k.docs.ServeHTTP(w, r)
	case isBelow(path, k.actionPrefix):
		if folder, ok := k.dispatcher.Folder(r); ok {
			folder.ServeHTTP(w, r)
			return
		}
		k.actions.ServeHTTP(w, r)
	case isBelow(path, k.filePrefix):
		name(r, k.filePrefix)
		k.filesBelow.ServeHTTP(w, r)
	case k.files != nil && isBelow(path, fileRoute):
		name(r, fileRoute)
		k.filesBelowFile.ServeHTTP(w, r)
	default:
		if folder, ok := k.dispatcher.Folder(r); ok {
			folder.ServeHTTP(w, r)
			return
		}
		k.root.ServeHTTP(w, r)
	}
}

// name tells metrics, traces and the log what answers, as the dispatcher does
// where it is an action: the first piece has made a record for it.
func name(r *http.Request, pattern string) {
	if rec := facts.From(r.Context()); rec != nil {
		rec.SetPattern(r, pattern)
	}
}

// fileRoute is where Actionhero serves files beside urlPathForFiles.
const fileRoute = "/file"

// isBelow tells whether path is prefix or lies below it; nothing lies below
// "".
func isBelow(path, prefix string) bool {
	if prefix == "" || !strings.HasPrefix(path, prefix) {
		return false
	}
	return len(path) == len(prefix) || path[len(prefix)] == '/'
}
