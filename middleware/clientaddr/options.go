package clientaddr

import (
	"cmp"
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// Options configures a [Resolver]. The zero value believes nobody: the client is
// the peer of the connection.
type Options struct {
	_ struct{}

	// TrustedProxies are the addresses of the proxies whose Header and
	// X-Forwarded-Proto are believed. Empty trusts none. List only addresses from
	// which nobody else can send: anyone who can chooses the address that is seen,
	// logged and limited. See [Loopback], [PrivateRanges], [ParsePrefixes] and
	// [LoadPrefixes]. In configuration files and variables, "loopback" and "private"
	// stand for the first two, and a path that begins with / or ./ for the networks in
	// that file.
	TrustedProxies []netip.Prefix

	// TrustUnixPeers believes peers without an address, as on a unix socket. Set it
	// only if everybody who may connect to the socket is a proxy.
	TrustUnixPeers bool

	// Header is the one field in which the proxies report the client's address. ""
	// means X-Forwarded-For. It must be the field that the trusted proxies write:
	// other fields reach the server as the client sent them.
	//
	//   - X-Forwarded-For, for proxies that append to it, as most do: of several
	//     addresses, the nearest that is not a trusted proxy counts;
	//   - X-Real-IP, for an nginx that sets it and nothing else;
	//   - CF-Connecting-IP (Cloudflare), True-Client-IP, Fly-Client-IP and others
	//     with one address, if all requests come from that network and TrustedProxies
	//     lists its prefixes;
	//   - Forwarded (RFC 7239), which also gives the protocol; X-Forwarded-Proto is
	//     then not read.
	Header string

	// PortHeader is the field in which the proxies report the client's port, for
	// addresses without one. "" reads none: the port is then 0. Actionhero reads
	// X-Forwarded-Port, but many proxies, including those of AWS, write the server's
	// own port there.
	PortHeader string
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
func (o Options) WithDefaults() Options {
	o.Header = cmp.Or(o.Header, proxyaddr.DefaultHeader)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	problems := cfgerr.For("clientaddr")
	proxyaddr.Check(problems, "TrustedProxies", o.TrustedProxies)
	if !httpfield.IsToken(o.Header) {
		problems.Add("Header", o.Header, "want the name of a field such as X-Real-IP")
	}
	if o.PortHeader != "" && !httpfield.IsToken(o.PortHeader) {
		problems.Add("PortHeader", o.PortHeader, "want the name of a field such as X-Forwarded-Port")
	}
	return problems.Err()
}
