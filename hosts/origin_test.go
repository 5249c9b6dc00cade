package hosts

import (
	"strings"
	"testing"
)

func TestParseAuthority(t *testing.T) {
	long := strings.Repeat("a", 63)
	tests := []struct {
		name, in, want string // want "" means refused
	}{
		{"O7 upper case", "GOOD.example", "good.example"},
		{"O7 one trailing dot", "good.example.", "good.example"},
		{"O7 two trailing dots", "good.example..", ""},
		{"O7 port", "good.example:8080", "good.example:8080"},
		{"O7 trailing dot and port", "good.example.:8080", "good.example:8080"},
		{"O7 leading zeros in the port", "good.example:0080", "good.example:80"},
		{"O7 empty port", "good.example:", "good.example"},
		{"O7 port too large", "good.example:99999", ""},
		{"O7 port 65536", "good.example:65536", ""},
		{"O7 port 0", "good.example:0", ""},
		{"O7 port of six digits", "good.example:000080", ""},
		{"O7 negative port", "good.example:-1", ""},
		{"O7 named port", "good.example:http", ""},
		{"O7 two ports", "good.example:80:80", ""},
		{"O7 two colons", "good.example::80", ""},
		{"empty", "", ""},
		{"a dot", ".", ""},
		{"only a port", ":80", ""},
		{"leading dot", ".good.example", ""},
		{"empty label", "good..example", ""},
		{"underscore", "my_service", "my_service"},
		{"longest label", long + ".example", long + ".example"},
		{"label too long", long + "a.example", ""},
		{"host too long", strings.Repeat(long+".", 4) + "example", ""},
		{"hyphen at the start", "-a.example", ""},
		{"hyphen at the end", "a-.example", ""},
		{"hyphen inside", "a-b--c.example", "a-b--c.example"},
		{"O3 user information", "good.example@evil.example", ""},
		{"escape", "good%2eexample", ""},
		{"slash", "good.example/x", ""},
		{"backslash", `good.example\x`, ""},
		{"space", "good.example ", ""},
		{"NUL", "good.example\x00", ""},
		{"two hosts", "good.example,evil.example", ""},
		{"O8 A-label", "XN--bcher-kva.example", "xn--bcher-kva.example"},
		{"O8 A-label of digits and letters", "xn--3e0b707e", "xn--3e0b707e"},
		{"O8 A-label of plain ASCII", "xn--example-.com", ""},
		{"O8 A-label of nothing", "xn--.com", ""},
		{"O8 A-label that is cut", "xn--bcher-kv.example", ""},
		{"O8 A-label beyond Unicode", "xn--99999999.example", ""},
		{"O8 Unicode", "bücher.example", ""},
		{"O8 Kelvin sign for k", "\u212aelvin.example", ""},
		{"O8 full stop of another script", "good\u3002example", ""},
		{"IPv4", "127.0.0.1:80", "127.0.0.1:80"},
		{"IPv4 with a trailing dot", "127.0.0.1.", "127.0.0.1"},
		{"IPv4 with three parts", "127.0.1", ""},
		{"IPv4 out of range", "256.0.0.1", ""},
		{"IPv4 octal", "127.0.0.01", ""},
		{"IPv4 hexadecimal", "0x7f.0.0.0x1", ""},
		{"IPv4 as a number", "2130706433", ""},
		{"name that ends in a number", "good.example.1", ""},
		{"O8 IPv6", "[::1]:8080", "[::1]:8080"},
		{"O8 IPv6 in another spelling", "[0:0::0:00FF]", "[::ff]"},
		{"O8 IPv4 in IPv6", "[::ffff:127.0.0.1]", "[::ffff:127.0.0.1]"},
		{"O8 IPv6 with a zone", "[fe80::1%25eth0]", ""},
		{"O8 IPv6 with a bare zone", "[fe80::1%eth0]", ""},
		{"O8 brackets around a name", "[x]", ""},
		{"O8 brackets around IPv4", "[127.0.0.1]", ""},
		{"O8 brackets not closed", "[::1", ""},
		{"O8 something after the brackets", "[::1]x", ""},
		{"O8 port without a colon", "[::1]x80", ""},
		{"O8 IPv6 without brackets", "::1", ""},
		{"O8 empty brackets", "[]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a, problem := parseAuthority(tt.in)
			got := ""
			if problem == "" {
				got = a.String()
			}
			if got != tt.want {
				t.Errorf("parseAuthority(%q): got %q (%s), want %q", tt.in, got, problem, tt.want)
			}
		})
	}
}

func TestParseOrigin(t *testing.T) {
	tests := []struct {
		name, in, want string // want "" means refused
	}{
		{"https", "https://www.site.com", "https://www.site.com"},
		{"upper case", "HTTPS://WWW.Site.COM", "https://www.site.com"},
		{"port", "http://api.site.com:8080", "http://api.site.com:8080"},
		{"default port of http", "http://site.com:80", "http://site.com"},
		{"default port of https", "https://site.com:443", "https://site.com"},
		{"default port of the other scheme", "https://site.com:80", "https://site.com:80"},
		{"trailing dot", "https://site.com.", "https://site.com"},
		{"O13 no scheme", "www.site.com", "www.site.com"},
		{"O13 no scheme, port", "www.site.com:443", "www.site.com:443"},
		{"IPv6", "https://[0:0::1]:8443", "https://[::1]:8443"},
		{"wildcard", "https://*.site.com:8443", "https://*.site.com:8443"},
		{"wildcard without a scheme", "*.site.com", "*.site.com"},
		{"O13 path", "https://site.com/path", ""},
		{"O13 slash at the end", "https://site.com/", ""},
		{"O13 two slashes", "//site.com", ""},
		{"O13 query", "https://site.com?x", ""},
		{"O13 fragment", "https://site.com#x", ""},
		{"O13 space before", " https://site.com", ""},
		{"O13 space inside", "https://site .com", ""},
		{"O13 line end", "https://site.com\n", ""},
		{"O13 user information", "https://me@site.com", ""},
		{"O13 other scheme", "ftp://site.com", ""},
		{"O13 no scheme name", "://site.com", ""},
		{"O13 scheme only", "https://", ""},
		{"O13 scheme with no slashes", "https:site.com", ""},
		{"O13 empty", "", ""},
		{"O8 Unicode", "https://bücher.example", ""},
		{"star alone", "*", ""},
		{"https star", "https://*", ""},
		{"star and dot", "*.", ""},
		{"part of a label", "https://a*.site.com", ""},
		{"star in the middle", "https://a.*.site.com", ""},
		{"two stars", "https://*.*.site.com", ""},
		{"star for a port", "https://site.com:*", ""},
		{"wildcard of an address", "https://*.127.0.0.1", ""},
		{"wildcard of an IPv6 address", "https://*.[::1]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			o, problem := parseOrigin(tt.in)
			got := ""
			if problem == "" {
				got = o.String()
			}
			if got != tt.want {
				t.Errorf("parseOrigin(%q): got %q (%s), want %q", tt.in, got, problem, tt.want)
			}
		})
	}
}

func TestValidALabel(t *testing.T) {
	// The first rows are the samples of RFC 3492, section 7.1.
	for _, s := range []string{
		"egbpdaj6bu4bxfgehfvwxn", "ihqwcrb4cv8a8dqg056pqjye", "Proprostnemluvesky-uyb24dma41a",
		"4dbcagdahymbxekheh6e0a7fei0b", "PorqunopuedensimplementehablarenEspaol-fmd56a",
		"3B-ww4c5e180e575a65lsy2b", "-with-SUPER-MONKEYS-pc58ag80a8qai00g7n9n", "2-u9tlzr9756bt3uc0v",
		"MajiKoi5-783gue6qz075azm5e", "d9juau41awczczp", "mgba",
	} {
		if !validALabel(s) {
			t.Errorf("validALabel(%q): got false, want true", s)
		}
	}
	for _, s := range []string{"", "-", "abc-", "a-b-", "a", "zz", "99999999", "a.b", "ü", "zzzzzzzzzzzzzzzzzzzzzzzzzz"} {
		if validALabel(s) {
			t.Errorf("validALabel(%q): got true, want false", s)
		}
	}
}
