package proxyaddr

import (
	"net/netip"
	"strconv"
	"strings"
)

// maxNodeBytes is longer than any address with a port can be.
const maxNodeBytes = 80

// parseNode reads an address as proxies write them: 192.0.2.1, 192.0.2.1:80,
// 2001:db8::1, [2001:db8::1], [2001:db8::1]:80. The port is 0 where there is
// none, or one that only the proxy understands (":_x", RFC 7239 section 6.2).
//
// IPv4 in IPv6 is unmapped. A zone names a link of the proxy's own and is
// dropped. Addresses that nobody can send from are refused.
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
	a, err := netip.ParseAddr(host)
	if err != nil || bracketed && a.Is4() {
		return netip.AddrPort{}, false
	}
	n, ok := parsePort(port)
	if a = a.WithZone("").Unmap(); !ok || a.IsUnspecified() || a.IsMulticast() {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a, n), true
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
		return 0, isToken(s)
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
