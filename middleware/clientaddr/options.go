package clientaddr

import (
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Options configures a [Resolver]. The zero value believes nobody: the client is
// the other end of the connection.
type Options struct {
	_ struct{}

	// TrustedProxies are the addresses of the proxies whose Header and
	// X-Forwarded-Proto are believed. Empty trusts none. List only what nobody else
	// can send from: whoever can, chooses the address that is seen, logged and
	// limited. See [Loopback], [PrivateRanges], [ParsePrefixes] and [LoadPrefixes].
	TrustedProxies []netip.Prefix

	// TrustUnixPeers believes peers that have no address, as those of a unix
	// socket do. Set it only if everybody who may connect to the socket is a proxy.
	TrustUnixPeers bool

	// Header is the one field in which the proxies tell the client's address. ""
	// means X-Forwarded-For. It must be the field that the trusted proxies write:
	// other fields reach the server as the client has sent them.
	//
	//   - X-Forwarded-For, for proxies that add to it, as most do: of several
	//     addresses the nearest that is no trusted proxy counts;
	//   - X-Real-IP, for an nginx that sets it and nothing else;
	//   - CF-Connecting-IP (Cloudflare), True-Client-IP, Fly-Client-IP and others
	//     with one address, if all requests come from that network, and its
	//     prefixes are the TrustedProxies;
	//   - Forwarded (RFC 7239), which tells the protocol as well; X-Forwarded-Proto
	//     is not read then.
	Header string

	// PortHeader is the field in which the proxies tell the client's port, where
	// the address itself comes without one. "" reads none: the port is 0 then.
	// Actionhero reads X-Forwarded-Port; many proxies, those of AWS among them,
	// write the server's own port there.
	PortHeader string
}

// resolver checks the options and returns what goes by them.
func (o Options) resolver() (*proxyaddr.Resolver, error) {
	problems := cfgerr.For("clientaddr")
	proxyaddr.Check(problems, "TrustedProxies", o.TrustedProxies)
	if o.Header != "" && !httpfield.IsToken(o.Header) {
		problems.Add("Header", o.Header, "want the name of a field such as X-Real-IP")
	}
	if o.PortHeader != "" && !httpfield.IsToken(o.PortHeader) {
		problems.Add("PortHeader", o.PortHeader, "want the name of a field such as X-Forwarded-Port")
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return proxyaddr.NewWith(proxyaddr.Options{
		Trusted:        o.TrustedProxies,
		TrustUnixPeers: o.TrustUnixPeers,
		Header:         o.Header,
		PortHeader:     o.PortHeader,
	}), nil
}
