package clientaddr

import (
	"context"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// FromContext returns the client's address that a [Resolver] determined. ok is
// false if none has run, or if the client has no address.
func FromContext(ctx context.Context) (client netip.AddrPort, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		client, _, _ = rec.Client()
	}
	return client, client.IsValid()
}

// NewContext returns a context with the client's address and whether its connection
// is encrypted. It is for programs that know these by other means, for a request
// or, in a server's ConnContext, for a connection. If an outer piece has already
// recorded facts about the request, they are recorded there, so that the outer
// piece sees them.
func NewContext(ctx context.Context, client netip.AddrPort, secure bool) context.Context {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		ctx, rec = facts.NewContext(ctx)
	}
	rec.SetClient(netip.AddrPortFrom(client.Addr().Unmap(), client.Port()), secure)
	return ctx
}
