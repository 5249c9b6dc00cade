package proxyaddr

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Trusts reports whether the peer of the request's connection is a trusted proxy.
func (p *Resolver) Trusts(r *http.Request) bool { return p.trusts(facts.PeerOf(r)) }
