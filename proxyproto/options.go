package proxyproto

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Options configures a [Proxy].
type Options struct {
	_ struct{}

	// Trusted are the addresses of the load balancers. An IPv4 address mapped into
	// IPv6 counts as IPv4.
	Trusted []netip.Prefix

	// TrustUnixPeers trusts peers without an address, as on a unix socket. Set it
	// only if everybody who may connect to the socket is a load balancer.
	TrustUnixPeers bool

	// Optional lets trusted peers omit the header, as some do for their own health
	// checks instead of using the protocol's LOCAL. Anyone who can connect through
	// them without a header is then taken for the load balancer.
	Optional bool

	// ReadHeaderTimeout is how long a trusted peer may take to send the header. The
	// default 0 means 5 seconds; a negative value means no limit other than that of
	// http.Server.
	ReadHeaderTimeout time.Duration
}

const defaultReadHeaderTimeout = 5 * time.Second

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError struct{ Field, Value, Reason string }

func (e *ConfigError) Error() string {
	return fmt.Sprintf("proxyproto: %s: invalid value %q: %s", e.Field, e.Value, e.Reason)
}

func (o *Options) check() error {
	var errs []error
	if len(o.Trusted) == 0 && !o.TrustUnixPeers {
		errs = append(errs, &ConfigError{"Trusted", "", "want the addresses of the balancers, such as 10.0.0.0/8"})
	}
	for i, p := range o.Trusted {
		if !p.IsValid() {
			errs = append(errs, &ConfigError{fmt.Sprintf("Trusted[%d]", i), p.String(), "want a prefix such as 10.0.0.0/8"})
		}
	}
	return errors.Join(errs...)
}
