// Package proxyaddr finds out who sent a request, and whether the sender's own
// connection is encrypted, when there may be proxies in between.
//
// What X-Real-IP, X-Forwarded-For, X-Forwarded-Proto and Forwarded (RFC 7239)
// say counts only if the other end of the connection is a trusted proxy, and
// only as far back as an unbroken row of trusted proxies wrote it: the nearest
// address that is no trusted proxy is the client's, since whatever stands
// before it in a list came from that client.
package proxyaddr

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
)

const (
	xForwardedFor   = "X-Forwarded-For"
	xForwardedProto = "X-Forwarded-Proto"
	xRealIP         = "X-Real-Ip"
	forwarded       = "Forwarded"
)

// maxHops bounds how many trusted proxies in a row are followed back.
const maxHops = 64

// Resolver applies one list of trusted proxies. It is immutable and safe for
// concurrent use. A nil Resolver trusts none.
type Resolver struct {
	trusted      []netip.Prefix
	trustUnix    bool
	ignoreRealIP bool
}

// Options says whom to believe, and what.
type Options struct {
	Trusted        []netip.Prefix // the proxies; empty trusts none
	TrustUnixPeers bool           // believe peers without an address: those of a unix socket
	IgnoreRealIP   bool           // leave X-Real-IP unread
}

// New returns a Resolver that believes the proxies in trusted. Entries that are
// not valid match nothing; see [Check].
func New(trusted []netip.Prefix) *Resolver { return NewWith(Options{Trusted: trusted}) }

// NewWith returns a Resolver for opts.
func NewWith(opts Options) *Resolver {
	p := &Resolver{trustUnix: opts.TrustUnixPeers, ignoreRealIP: opts.IgnoreRealIP}
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
	var hop int // how many trusted proxies stand between the client and the peer
	forLines, protoLines := r.Header[xForwardedFor], r.Header[xForwardedProto]
	var realIPLines []string
	if !p.ignoreRealIP {
		realIPLines = r.Header[xRealIP]
	}
	if len(forLines) == 0 && len(protoLines) == 0 && len(realIPLines) == 0 {
		return p.fromForwarded(r.Header[forwarded], client, secure)
	}
	client, hop = p.fromXForwardedFor(forLines, client)
	if n := len(realIPLines); n > 0 {
		// A proxy behind another sees only that one; then the list knows more.
		if ap, ok := parseNode(trimSpace(realIPLines[n-1])); ok && (len(forLines) == 0 || !p.contains(ap.Addr())) {
			client = ap
		}
	}
	return client, xForwardedSecure(protoLines, hop, secure)
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

// fromXForwardedFor walks the list from its right end. It stops at the first
// address that is no trusted proxy, which is the client's; and at anything that
// is no address, since nobody can say who wrote what stands before it. Empty
// elements are no entries (RFC 9110 section 5.6.1).
func (p *Resolver) fromXForwardedFor(lines []string, peer netip.AddrPort) (client netip.AddrPort, hop int) {
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

// xForwardedSecure reads the protocol that was noted for the given hop, counted
// from the right; with fewer values than hops the left-most of them.
func xForwardedSecure(lines []string, hop int, otherwise bool) bool {
	var proto string
	for i := len(lines) - 1; i >= 0 && hop >= 0; i-- {
		for rest, more := lines[i], true; more && hop >= 0; {
			var entry string
			rest, entry, more = cutLast(rest)
			if entry != "" {
				proto = entry
				hop--
			}
		}
	}
	return isSecure(proto, otherwise)
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
