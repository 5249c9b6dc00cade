package proxyaddr

import (
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// Trusts tells whether the other end of the connection that a request came over
// is a trusted proxy.
func (p *Resolver) Trusts(r *http.Request) bool { return p.trusts(facts.PeerOf(r)) }
