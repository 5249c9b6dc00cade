package hosts

import (
	"net/netip"
	"strconv"
	"strings"
)

const (
	schemeHTTP  = "http"
	schemeHTTPS = "https"
)

// authority is a host and a port, normalised so that two values are equal exactly
// if they name the same server.
type authority struct {
	host string // lower case, no trailing dot; IPv6 in brackets
	port uint16 // 0 if none was given
}

// withPort returns the authority with its port filled in: the default one of the
// scheme if none was given.
func (a authority) withPort(scheme string) authority {
	if a.port == 0 {
		a.port = defaultPort(scheme)
	}
	return a
}

func defaultPort(scheme string) uint16 {
	if scheme == schemeHTTPS {
		return 443
	}
	return 80
}

// String returns the form that parseAuthority reads.
func (a authority) String() string {
	if a.port == 0 {
		return a.host
	}
	return a.host + ":" + strconv.Itoa(int(a.port))
}

// origin is one entry of Options.Allowed.
type origin struct {
	scheme    string // "" means both
	wildcard  bool   // one label precedes the host
	authority authority
}

// String returns the form that parseOrigin reads, without a default port.
func (o origin) String() string {
	s := o.authority.String()
	if o.wildcard {
		s = "*." + s
	}
	if o.scheme != "" {
		s = o.scheme + "://" + s
	}
	return s
}

// parseOrigin reads
//
//	[ ( "http" / "https" ) "://" ] [ "*." ] host [ ":" port ]
//
// and describes the problem of anything else.
func parseOrigin(s string) (o origin, problem string) {
	if scheme, rest, found := strings.Cut(s, "://"); found {
		switch o.scheme = strings.ToLower(scheme); o.scheme {
		case schemeHTTP, schemeHTTPS:
		default:
			return origin{}, "the scheme is neither http nor https"
		}
		s = rest
	}
	switch {
	case strings.ContainsAny(s, " \t\r\n"):
		return origin{}, "an origin has no spaces"
	case strings.ContainsAny(s, "/?#"):
		return origin{}, "an origin has no path, query or fragment, and no slash at its end"
	case strings.Contains(s, "@"):
		return origin{}, "an origin has no user information"
	}
	s, o.wildcard = strings.CutPrefix(s, "*.")
	if strings.Contains(s, "*") {
		return origin{}, "a wildcard stands for one whole label at the front, as in *.site.com"
	}
	if o.authority, problem = parseAuthority(s); problem != "" {
		return origin{}, problem
	}
	if o.wildcard && isAddress(o.authority.host) {
		return origin{}, "an address has no labels that a wildcard could stand for"
	}
	if o.scheme != "" && o.authority.port == defaultPort(o.scheme) {
		o.authority.port = 0
	}
	return o, ""
}

// parseAuthority normalises the value of a Host field: host [ ":" port ]. An empty
// port means no port (RFC 3986, section 6.2.3). It does not allocate for a name in
// lower case.
func parseAuthority(s string) (a authority, problem string) {
	var rest string
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return authority{}, "the bracket is not closed"
		}
		addr, err := netip.ParseAddr(s[1:end])
		if err != nil || !addr.Is6() || addr.Zone() != "" {
			return authority{}, "brackets are for an IPv6 address without a zone"
		}
		a.host, rest = "["+addr.String()+"]", s[end+1:]
	} else {
		end := strings.IndexByte(s, ':')
		if end < 0 {
			end = len(s)
		}
		if a.host, problem = parseName(s[:end]); problem != "" {
			return authority{}, problem
		}
		rest = s[end:]
	}
	if rest == "" || rest == ":" {
		return a, ""
	}
	if a.port = parsePort(rest[1:]); a.port == 0 || rest[0] != ':' {
		return authority{}, "the port is not a number from 1 to 65535"
	}
	return a, ""
}

// parsePort returns 0 if s is not a port.
func parsePort(s string) uint16 {
	if len(s) > len("65535") {
		return 0
	}
	n := 0
	for i := range len(s) {
		if !isDigit(s[i]) {
			return 0
		}
		n = n*10 + int(s[i]-'0')
	}
	if n > 65535 {
		return 0
	}
	return uint16(n)
}

// parseName normalises a host name or an IPv4 address. Underscores are accepted: no
// registry gives them out, but machines in private networks have them.
func parseName(s string) (name, problem string) {
	s = strings.TrimSuffix(s, ".")
	if s == "" {
		return "", "the host is missing"
	}
	if len(s) > 253 {
		return "", "the host is longer than 253 bytes"
	}
	start := 0 // of the label
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			switch c := s[i]; {
			case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', isDigit(c), c == '-', c == '_':
			case c >= 0x80:
				return "", "a host is in ASCII: write the A-label form (xn--…) of an internationalised name"
			default:
				return "", "the host has a byte that no host name can have"
			}
			continue
		}
		if problem := checkLabel(s[start:i]); problem != "" {
			return "", problem
		}
		if i == len(s) && endsInNumber(s[start:]) {
			addr, err := netip.ParseAddr(s)
			if err != nil || !addr.Is4() {
				return "", "the host ends in a number but is not an IPv4 address"
			}
		}
		start = i + 1
	}
	return strings.ToLower(s), ""
}

// checkLabel checks a label whose bytes are known to be allowed.
func checkLabel(label string) (problem string) {
	switch {
	case label == "":
		return "the host has an empty label"
	case len(label) > 63:
		return "the host has a label longer than 63 bytes"
	case label[0] == '-' || label[len(label)-1] == '-':
		return "the host has a label that begins or ends with a hyphen"
	case len(label) >= 4 && strings.EqualFold(label[:4], "xn--") && !validALabel(label[4:]):
		return "the host has an xn-- label that encodes no name"
	}
	return ""
}

// endsInNumber reports whether a last label makes browsers take the whole host for
// an IPv4 address (WHATWG URL, "ends in a number checker").
func endsInNumber(label string) bool {
	if len(label) >= 2 && label[0] == '0' && label[1]|0x20 == 'x' {
		return strings.Trim(label[2:], "0123456789abcdefABCDEF") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

// isAddress reports whether a normalised host is an address rather than a name.
func isAddress(host string) bool {
	return host[0] == '[' || endsInNumber(host[strings.LastIndexByte(host, '.')+1:])
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
