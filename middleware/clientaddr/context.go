package clientaddr

import (
	"context"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// FromContext returns the client's address that a [Resolver] found;
// ok is false if none has run, or the client has no address.
func FromContext(ctx context.Context) (client netip.AddrPort, ok bool) {
	if rec := facts.From(ctx); rec != nil {
		client, _, _ = rec.Client()
	}
	return client, client.IsValid()
}

// NewContext returns a context with the client's address, and whether
// its connection is encrypted, for programs that know them from elsewhere: of a
// request, or of a connection in a server's ConnContext. If a piece outside has
// noted facts of the request already, they are noted there, for that piece to
// see too.
func NewContext(ctx context.Context, client netip.AddrPort, secure bool) context.Context {
	rec := facts.From(ctx)
	if !rec.IsOfRequest() {
		ctx, rec = facts.NewContext(ctx)
	}
	rec.SetClient(netip.AddrPortFrom(client.Addr().Unmap(), client.Port()), secure)
	return ctx
}
