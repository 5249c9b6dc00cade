package proxyaddr

import (
	"net/netip"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// fromForwarded walks Forwarded (RFC 7239) in the same way as fromList walks its
// list.
func (p *Resolver) fromForwarded(lines []string, peer netip.AddrPort, secure bool) (netip.AddrPort, bool) {
	client, hop := peer, 0
	for i := len(lines) - 1; i >= 0; i-- {
		for rest, more := lines[i], true; more; {
			var element string
			rest, element, more = cutLastElement(rest)
			if element == "" {
				continue
			}
			e, ok := parseElement(element)
			if !ok || hop > maxHops {
				return client, secure
			}
			ap, ok := parseNode(e.node)
			if !ok {
				return client, secure
			}
			// The proxy that wrote this element is trusted, and says how it was reached.
			client, secure = ap, isSecure(e.proto, secure)
			hop++
			if !p.contains(ap.Addr()) {
				return client, secure
			}
		}
	}
	return client, secure
}

// cutLastElement cuts off the right-most element of a list whose elements may
// contain quoted strings with commas. It reads from the right, so that a quote left
// open by a client cannot swallow what a proxy added after it.
func cutLastElement(list string) (rest, last string, more bool) {
	quoted := false
	for i := len(list) - 1; i >= 0; i-- {
		switch list[i] {
		case '"':
			if !quoted {
				quoted = true // the closing one
			} else if escapes(list[:i])%2 == 0 {
				quoted = false
			}
		case ',':
			if !quoted {
				return list[:i], trimSpace(list[i+1:]), true
			}
		}
	}
	return "", trimSpace(list), false
}

// escapes counts the backslashes at the end of s.
func escapes(s string) int { return len(s) - len(strings.TrimRight(s, `\`)) }

// element is the relevant part of what one proxy said.
type element struct{ node, proto string }

// parseElement reads name=value pairs separated by semicolons. A name that occurs
// twice makes the element invalid.
func parseElement(s string) (e element, ok bool) {
	var hasNode, hasProto bool
	for s != "" {
		if s[0] == ';' { // pairs may be empty
			s = trimSpace(s[1:])
			continue
		}
		var name, value string
		if name, s, ok = strings.Cut(s, "="); !ok {
			return element{}, false
		}
		if value, s, ok = cutValue(s); !ok {
			return element{}, false
		}
		if s = trimSpace(s); s != "" && s[0] != ';' {
			return element{}, false
		}
		switch {
		case !httpfield.IsToken(name):
			return element{}, false
		case strings.EqualFold(name, "for"):
			if hasNode {
				return element{}, false
			}
			e.node, hasNode = value, true
		case strings.EqualFold(name, "proto"):
			if hasProto {
				return element{}, false
			}
			e.proto, hasProto = value, true
		}
	}
	return e, true
}

// cutValue cuts a token or a quoted string off the front of s. A token may also
// contain the colons and brackets of an address, which many proxies forget to
// quote.
func cutValue(s string) (value, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		i := 0
		for i < len(s) && (httpfield.IsTokenByte(s[i]) || s[i] == ':' || s[i] == '[' || s[i] == ']') {
			i++
		}
		return s[:i], s[i:], i > 0
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '"':
			return unescape(s[1:i]), s[i+1:], true
		case '\\':
			i++
		}
	}
	return "", "", false
}

// unescape removes the backslashes of a quoted string's quoted pairs.
func unescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
