package requestid

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

// Options configures a [Setter]. The zero value accepts ids from nobody, and sends
// the request's id in X-Request-Id.
type Options struct {
	_ struct{}

	// Header is the header field of the id, in requests and in responses. The default
	// "" is "X-Request-Id".
	Header string

	// OmitHeader leaves the field out of responses.
	OmitHeader bool

	// TrustedProxies are the addresses from which ids are accepted. Empty trusts
	// none.
	TrustedProxies []netip.Prefix `config:"from=clientAddr.trustedProxies"`

	// TrustUnixPeers accepts ids from peers without an address, as on a unix socket.
	// Set it only if everybody who may connect to the socket is a proxy.
	TrustUnixPeers bool `config:"from=clientAddr.trustUnixPeers"`

	// NewID makes the id of a request that has none. nil makes a random UUID. It must
	// be safe for concurrent use.
	NewID func() string
}

const defaultHeader = "X-Request-Id"

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// A NewID that is nil stays nil.
func (o Options) WithDefaults() Options {
	o.Header = cmp.Or(o.Header, defaultHeader)
	return o
}

// check finds all problems of options whose defaults are filled in.
func (o Options) check() error {
	bad := cfgerr.For("requestid")
	if !httpfield.IsToken(o.Header) {
		bad.Add("Header", o.Header, "want the name of a header field, such as %q", defaultHeader)
	}
	proxyaddr.Check(bad, "TrustedProxies", o.TrustedProxies)
	return bad.Err()
}
