// Package proxyaddr finds out who sent a request, and whether the sender's own
// connection is encrypted, when there may be proxies in between.
//
// One field decides, X-Forwarded-For unless another is named: a proxy that
// writes one hands on the others as a client has sent them. It counts only if
// the other end of the connection is a trusted proxy, and only as far back as an
// unbroken row of trusted proxies wrote it: the nearest address that is no
// trusted proxy is the client's, since whatever stands before it in a list came
// from that client.
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
	// DefaultHeader is the field that decides if no other is named.
	DefaultHeader   = "X-Forwarded-For"
	xForwardedProto = "X-Forwarded-Proto"
	forwarded       = "Forwarded"
)

// maxHops bounds how many trusted proxies in a row are followed back.
const maxHops = 64

// Resolver applies one list of trusted proxies. It is immutable and safe for
// concurrent use. A nil Resolver trusts none.
type Resolver struct {
	trusted            []netip.Prefix
	trustUnix          bool
	header, portHeader string // in canonical form
}

// Options says whom to believe, and what.
type Options struct {
	Trusted        []netip.Prefix // the proxies; empty trusts none
	TrustUnixPeers bool           // believe peers without an address: those of a unix socket
	Header         string         // the field with the addresses; "" is DefaultHeader
	PortHeader     string         // the field with their ports; "" for none
}

// New returns a Resolver that believes the proxies in trusted. Entries that are
// not valid match nothing; see [Check].
func New(trusted []netip.Prefix) *Resolver { return NewWith(Options{Trusted: trusted}) }

// NewWith returns a Resolver for opts.
func NewWith(opts Options) *Resolver {
	p := &Resolver{trustUnix: opts.TrustUnixPeers, header: DefaultHeader, portHeader: http.CanonicalHeaderKey(opts.PortHeader)}
	if opts.Header != "" {
		p.header = http.CanonicalHeaderKey(opts.Header)
	}
	for _, t := range opts.Trusted {
		// Addresses are compared unmapped, so prefixes must be too.
		if a := t.Addr(); a.Is4In6() && t.Bits() >= 96 {
			t = netip.PrefixFrom(a.Unmap(), t.Bits()-96)
		}
		if t.IsValid() {
			p.trusted = append(p.trusted, t.Masked())
		}
	}
	return p
}

// Check notes every prefix that is not valid, under the field's name.
func Check(problems *cfgerr.List, field string, trusted []netip.Prefix) {
	for i, t := range trusted {
		if !t.IsValid() {
			problems.Add(indexed(field, i), t.String(), "want an address prefix such as 10.0.0.0/8 or 2001:db8::1/128")
		}
	}
}

// Resolve returns the client's address, and whether the client's connection is
// encrypted. The port is 0 where a proxy did not tell it. IPv4 in IPv6 is
// unmapped. The address is not valid when the peer has none (a unix socket) and
// no trusted proxy tells more.
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

// trusts tells whether what the connection's peer says is believed.
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
		a = a.WithZone("") // a prefix has none, and would not match
	}
	for _, t := range p.trusted {
		if t.Contains(a) {
			return true
		}
	}
	return false
}

// fromList walks a list of addresses from its right end. It stops at the first
// address that is no trusted proxy, which is the client's; and at anything that
// is no address, since nobody can say who wrote what stands before it. Empty
// elements are no entries (RFC 9110 section 5.6.1).
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

// From returns what the lines of X-Forwarded-For have from the last element on
// that is the client, each element as it was written; nil where none is.
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

// valueOf reads what was noted for the given hop, counted from the right; with
// fewer values than hops the left-most of them.
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

// isSecure compares a protocol's name; any other than http and https says nothing.
func isSecure(proto string, otherwise bool) bool {
	switch {
	case strings.EqualFold(proto, "https"):
		return true
	case strings.EqualFold(proto, "http"):
		return false
	}
	return otherwise
}

// cutLast cuts the right-most element off a list at its last comma.
func cutLast(list string) (rest, last string, more bool) {
	if i := strings.LastIndexByte(list, ','); i >= 0 {
		return list[:i], trimSpace(list[i+1:]), true
	}
	return "", trimSpace(list), false
}
