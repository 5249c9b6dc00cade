package proxyaddr

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// maxNodeBytes is longer than any address with a port can be.
const maxNodeBytes = 80

// parseNode reads an address as proxies write it: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:80, fe80::1%eth0. The port is 0 if
// there is none, or if only the proxy understands it (":_x", RFC 7239 section 6.2).
//
// IPv4 in IPv6 is unmapped. A zone, which names a network link of the proxy, is
// kept; it may have the form for URLs, with %25 (RFC 6874). Addresses that nobody
// can send from are refused.
func parseNode(s string) (netip.AddrPort, bool) {
	if len(s) > maxNodeBytes {
		return netip.AddrPort{}, false
	}
	host, port, bracketed := s, "", false
	switch colon := strings.IndexByte(s, ':'); {
	case strings.HasPrefix(s, "["):
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return netip.AddrPort{}, false
		}
		host, port, bracketed = s[1:end], s[end+1:], true
	case colon >= 0 && strings.IndexByte(s[colon+1:], ':') < 0:
		host, port = s[:colon], s[colon:]
	}
	host, zone, zoned := strings.Cut(host, "%")
	if inURL := strings.TrimPrefix(zone, "25"); inURL != "" { // otherwise it is zone 25
		zone = inURL
	}
	if zoned && !isZone(zone) {
		return netip.AddrPort{}, false
	}
	a, err := netip.ParseAddr(host)
	if err != nil || (bracketed || zoned) && a.Is4() {
		return netip.AddrPort{}, false
	}
	n, ok := parsePort(port)
	if a = a.WithZone(zone).Unmap(); !ok || a.IsUnspecified() || a.IsMulticast() {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a, n), true
}

// isZone reports whether s can be the name of a link: letters, digits, and the
// punctuation in names of interfaces.
func isZone(s string) bool {
	for i := range len(s) {
		if c := s[i]; c != '-' && c != '.' && c != '_' && (c < '0' || '9' < c) && (c|0x20 < 'a' || 'z' < c|0x20) {
			return false
		}
	}
	return s != ""
}

// parsePort reads ":80", ":_x" or nothing.
func parsePort(s string) (uint16, bool) {
	if s == "" {
		return 0, true
	}
	if s[0] != ':' {
		return 0, false
	}
	if s = s[1:]; len(s) > 1 && s[0] == '_' {
		return 0, httpfield.IsToken(s)
	}
	if s == "" || s[0] == '+' {
		return 0, false
	}
	n, err := strconv.ParseUint(s, 10, 16)
	return uint16(n), err == nil
}

// trimSpace removes the blanks that RFC 9110 allows around list elements.
func trimSpace(s string) string { return strings.Trim(s, " \t") }

// indexed names an entry of a list in the options.
func indexed(field string, i int) string { return field + "[" + strconv.Itoa(i) + "]" }
