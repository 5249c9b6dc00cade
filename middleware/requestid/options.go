package requestid

import (
	"net/netip"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the [Options]. [New] returns every problem at
// once, joined; errors.As finds the first.
type ConfigError = cfgerr.Error

// Options configures a [Setter]. The zero value takes no id from anybody, and
// sends the request's in X-Request-Id.
type Options struct {
	_ struct{}

	// Header is the header field of the id, in requests and in answers. The
	// default "" is "X-Request-Id".
	Header string

	// OmitHeader leaves the field out of answers.
	OmitHeader bool

	// TrustedProxies are the addresses whose ids are taken. Empty trusts none.
	TrustedProxies []netip.Prefix `config:"-"` // the assembled server has clientaddr.Options

	// TrustUnixPeers takes the ids of peers that have no address, as those of a
	// unix socket. Set it only if everybody who may connect to the socket is a
	// proxy.
	TrustUnixPeers bool `config:"-"`

	// NewID makes the id of a request that brings none. nil makes a random UUID.
	// It must be safe for concurrent use.
	NewID func() string
}

const defaultHeader = "X-Request-Id"
