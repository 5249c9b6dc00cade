// Package proxyaddr determines who sent a request, and whether the sender's own
// connection is encrypted, when there may be proxies in between.
//
// A single field decides, X-Forwarded-For by default, because a proxy that writes
// one field passes the others on as the client sent them. It counts only if the
// peer of the connection is a trusted proxy, and only as far back as an unbroken
// chain of trusted proxies wrote it. The nearest address that is not a trusted
// proxy is the client's, since the client sent everything before it in the list.
package proxyaddr

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
)

const (
	// DefaultHeader is the field that decides by default.
	DefaultHeader   = "X-Forwarded-For"
	xForwardedProto = "X-Forwarded-Proto"
	forwarded       = "Forwarded"
)

// maxHops limits how many trusted proxies in a row are followed back.
const maxHops = 64

// Resolver applies one list of trusted proxies. It is immutable and safe for
// concurrent use. A nil Resolver trusts none.
type Resolver struct {
	trusted            []netip.Prefix
	trustUnix          bool
	header, portHeader string // in canonical form
}

// Options says whom to believe, and about what.
type Options struct {
	Trusted        []netip.Prefix // the proxies; empty trusts none
	TrustUnixPeers bool           // believe peers without an address, as on a unix socket
	Header         string         // the field with the addresses; "" means DefaultHeader
	PortHeader     string         // the field with their ports; "" means none
}

// New returns a Resolver that believes the proxies in trusted. Invalid entries
// match nothing; see [Check].
func New(trusted []netip.Prefix) *Resolver { return NewWith(Options{Trusted: trusted}) }

// NewWith returns a Resolver for opts.
func NewWith(opts Options) *Resolver {
	p := &Resolver{trustUnix: opts.TrustUnixPeers, header: DefaultHeader, portHeader: http.CanonicalHeaderKey(opts.PortHeader)}
	if opts.Header != "" {
		p.header = http.CanonicalHeaderKey(opts.Header)
	}
	for _, t := range opts.Trusted {
		// Addresses are compared unmapped, so prefixes must be unmapped as well.
		if a := t.Addr(); a.Is4In6() && t.Bits() >= 96 {
			t = netip.PrefixFrom(a.Unmap(), t.Bits()-96)
		}
		if t.IsValid() {
			p.trusted = append(p.trusted, t.Masked())
		}
	}
	return p
}

// Check reports every invalid prefix, under the field's name.
func Check(problems *cfgerr.List, field string, trusted []netip.Prefix) {
	for i, t := range trusted {
		if !t.IsValid() {
			problems.Add(indexed(field, i), t.String(), "want an address prefix such as 10.0.0.0/8 or 2001:db8::1/128")
		}
	}
}

// Resolve returns the client's address, and whether the client's connection is
// encrypted. The port is 0 if a proxy did not report it. IPv4 in IPv6 is unmapped.
// The address is not valid if the peer has none (a unix socket) and no trusted
// proxy reports one.
func (p *Resolver) Resolve(r *http.Request) (client netip.AddrPort, secure bool) {
	client, secure = facts.PeerOf(r), r.TLS != nil
	if !p.trusts(client) {
		return client, secure
	}
	lines := r.Header[p.header]
	if p.header == forwarded {
		return p.fromForwarded(lines, client, secure)
	}
	client, hop := p.fromList(lines, client)
	if p.portHeader != "" && client.Port() == 0 {
		if port, err := strconv.ParseUint(valueOf(r.Header[p.portHeader], hop), 10, 16); err == nil {
			client = netip.AddrPortFrom(client.Addr(), uint16(port))
		}
	}
	return client, isSecure(valueOf(r.Header[xForwardedProto], hop), secure)
}

// Trusts reports whether the peer of the request's connection is a trusted proxy.
func (p *Resolver) Trusts(r *http.Request) bool { return p.trusts(facts.PeerOf(r)) }

// trusts reports whether the connection's peer is believed.
func (p *Resolver) trusts(peer netip.AddrPort) bool {
	if p == nil {
		return false
	}
	if !peer.IsValid() {
		return p.trustUnix
	}
	return p.contains(peer.Addr())
}

func (p *Resolver) contains(a netip.Addr) bool {
	if a.Zone() != "" {
		a = a.WithZone("") // a prefix has no zone, so the address would not match
	}
	for _, t := range p.trusted {
		if t.Contains(a) {
			return true
		}
	}
	return false
}

// fromList walks a list of addresses from its right end. It stops at the first
// address that is not a trusted proxy, which is the client's, and at anything that
// is not an address, since nobody knows who wrote what precedes it. Empty elements
// are ignored (RFC 9110 section 5.6.1).
func (p *Resolver) fromList(lines []string, peer netip.AddrPort) (client netip.AddrPort, hop int) {
	client = peer
	hop = -1
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var entry string
			rest, entry, more = cutLast(rest)
			if entry == "" {
				continue
			}
			ap, ok := parseNode(entry)
			if !ok || hop == maxHops {
				return client, max(hop, 0)
			}
			client = ap
			hop++
			if !p.contains(ap.Addr()) {
				return client, hop
			}
		}
	}
	return client, max(hop, 0)
}

// From returns the part of X-Forwarded-For that starts at the last element equal to
// client, with each element as it was written; nil if there is none.
func From(lines []string, client netip.Addr) []string {
	var hops []string
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var entry string
			rest, entry, more = cutLast(rest)
			if entry == "" {
				continue
			}
			if len(hops) > maxHops {
				return nil
			}
			hops = append(hops, entry)
			if ap, ok := parseNode(entry); !ok {
				return nil
			} else if ap.Addr() == client {
				slices.Reverse(hops)
				return hops
			}
		}
	}
	return nil
}

// valueOf returns the value for the given hop, counted from the right, or the
// left-most one if there are fewer values than hops.
func valueOf(lines []string, hop int) string {
	var value string
	for i := len(lines) - 1; i >= 0 && hop >= 0; i-- {
		for rest, more := lines[i], true; more && hop >= 0; {
			var entry string
			rest, entry, more = cutLast(rest)
			if entry != "" {
				value = entry
				hop--
			}
		}
	}
	return value
}

// isSecure evaluates the name of a protocol; anything but http and https is
// ignored.
func isSecure(proto string, otherwise bool) bool {
	switch {
	case strings.EqualFold(proto, "https"):
		return true
	case strings.EqualFold(proto, "http"):
		return false
	}
	return otherwise
}

// cutLast cuts the right-most element off a list, at its last comma.
func cutLast(list string) (rest, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], trimSpace(list[i+1:]), true
	}
	return "", trimSpace(list), false
}
