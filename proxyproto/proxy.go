package proxyproto

import (
	"cmp"
	"errors"
	"net"
	"net/netip"
	"slices"

	"github.com/pires/go-proxyproto"
)

// Proxy decides which peers may name their client. It is immutable and safe for
// concurrent use.
type Proxy struct{ options Options }

// New returns a Proxy. Its error joins every [ConfigError].
func New(o Options) (*Proxy, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.Trusted = slices.Clone(o.Trusted)
	for i, p := range o.Trusted {
		if addr := p.Addr(); addr.Is4In6() && p.Bits() >= 96 {
			o.Trusted[i] = netip.PrefixFrom(addr.Unmap(), p.Bits()-96)
		}
	}
	o.ReadHeaderTimeout = cmp.Or(o.ReadHeaderTimeout, defaultReadHeaderTimeout)
	return &Proxy{options: o}, nil
}

// Listener returns l with the client addresses that trusted peers send. The header
// is read not by Accept, but when the connection is first read or asked for its
// addresses.
func (p *Proxy) Listener(l net.Listener) net.Listener {
	return listener{&proxyproto.Listener{Listener: l, ConnPolicy: p.policy, ReadHeaderTimeout: p.options.ReadHeaderTimeout}}
}

// policy says what a peer may do. If it returned an error, the listener would end.
func (p *Proxy) policy(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) {
	switch {
	case !p.trusts(o.Upstream):
		return proxyproto.SKIP, nil // a client: its connection is left as it is
	case p.options.Optional:
		return proxyproto.USE, nil
	}
	return proxyproto.REQUIRE, nil
}

func (p *Proxy) trusts(peer net.Addr) bool {
	switch a := peer.(type) {
	case *net.UnixAddr:
		return p.options.TrustUnixPeers
	case *net.TCPAddr:
		addr := a.AddrPort().Addr().Unmap().WithZone("")
		return slices.ContainsFunc(p.options.Trusted, func(prefix netip.Prefix) bool { return prefix.Contains(addr) })
	}
	return false
}

type listener struct{ *proxyproto.Listener }

func (l listener) Accept() (net.Conn, error) {
	nc, err := l.Listener.Accept()
	if c, ok := nc.(*proxyproto.Conn); ok {
		return conn{c}, err
	}
	return nc, err
}

// conn is a connection that begins with a header.
type conn struct{ *proxyproto.Conn }

// CloseWrite ends the sending direction, so that a client that is still sending
// sees the response.
func (c conn) CloseWrite() error {
	if half, ok := c.Raw().(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// NetConn returns the underlying connection.
func (c conn) NetConn() net.Conn { return c.Raw() }
