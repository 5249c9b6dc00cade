package clientaddr

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"strings"

	"github.com/sidekick-http/sidekick/internal/bounded"
	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Loopback returns the addresses of the machine itself: 127.0.0.0/8 and ::1.
func Loopback() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("127.0.0.0/8"),
		netip.MustParsePrefix("::1/128"),
	}
}

// PrivateRanges returns the networks that are not routed on the internet:
// 10.0.0.0/8, 172.16.0.0/12 and 192.168.0.0/16 (RFC 1918), and fc00::/7 (RFC 4193).
// Trust them only if every client comes through a proxy: in a private network with
// other people's machines, anybody can send from there.
func PrivateRanges() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("10.0.0.0/8"),
		netip.MustParsePrefix("172.16.0.0/12"),
		netip.MustParsePrefix("192.168.0.0/16"),
		netip.MustParsePrefix("fc00::/7"),
	}
}

// ParsePrefixes reads addresses and prefixes: "192.0.2.1" stands for that single
// address, "192.0.2.0/24" for a network. Its error joins all problems, each a
// [*ConfigError].
func ParsePrefixes(list ...string) ([]netip.Prefix, error) {
	problems := cfgerr.For("clientaddr")
	var prefixes []netip.Prefix
	for i, s := range list {
		p, ok := parsePrefix(s)
		if !ok {
			problems.Add(fmt.Sprintf("prefixes[%d]", i), s, wantPrefix)
			continue
		}
		prefixes = append(prefixes, p)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return prefixes, nil
}

const wantPrefix = "want an address such as 192.0.2.1, or a prefix such as 10.0.0.0/8 or 2001:db8::/32"

func parsePrefix(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Prefix{}, false
	}
	a = a.Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

// maxListBytes limits a list of prefixes. The lists of large networks have a few
// kilobytes.
const maxListBytes = 1 << 20

// mostProblems is how many wrong values of a list are reported one by one. A file of
// another kind may have thousands.
const mostProblems = 10

// ReadPrefixes reads a list of addresses and prefixes in the form in which networks
// publish theirs, such as https://www.cloudflare.com/ips-v4: any number per line,
// separated by blanks or commas. "#" starts a comment. A list without any prefix,
// or of more than 1 MiB, is an error. The error joins the first ten problems, each a
// [*ConfigError] that names the line, and one that says how many more there are.
func ReadPrefixes(r io.Reader) ([]netip.Prefix, error) {
	return readPrefixes(r, "line", true)
}

// LoadPrefixes reads the regular file of that name as [ReadPrefixes] does. Errors name the line
// and not its content, since the name may be that of another file by mistake.
func LoadPrefixes(name string) ([]netip.Prefix, error) {
	f, err := bounded.OpenRegular(name)
	if err != nil {
		return nil, fmt.Errorf("clientaddr: %w", err)
	}
	defer f.Close() // it was only read
	return readPrefixes(f, name+": line", false)
}

// readPrefixes reads a list. Errors refer to lines by line and a number. They show
// wrong values if shown is set.
func readPrefixes(r io.Reader, line string, shown bool) ([]netip.Prefix, error) {
	problems := cfgerr.For("clientaddr")
	limited := &io.LimitedReader{R: r, N: maxListBytes + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxListBytes+2)
	var prefixes []netip.Prefix
	wrong := 0
	for n := 1; lines.Scan(); n++ {
		text, _, _ := strings.Cut(lines.Text(), "#")
		for _, s := range strings.FieldsFunc(text, isBetween) {
			p, ok := parsePrefix(s)
			if !ok {
				if wrong++; wrong > mostProblems {
					continue
				}
				var value any // nil is not shown
				if shown {
					value = s
				}
				problems.Add(fmt.Sprintf("%s %d", line, n), value, wantPrefix)
				continue
			}
			prefixes = append(prefixes, p)
		}
	}
	if wrong > mostProblems {
		problems.Add(line+"s", nil, "and %d more wrong values", wrong-mostProblems)
	}
	switch {
	case lines.Err() != nil:
		return nil, fmt.Errorf("clientaddr: %w", lines.Err())
	case limited.N == 0:
		problems.Add(line+"s", nil, "want a list of at most 1 MiB")
	case len(prefixes) == 0:
		problems.Add(line+"s", nil, "want at least one prefix")
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return prefixes, nil
}

// isBetween reports whether c may separate two prefixes.
func isBetween(c rune) bool { return c == ' ' || c == '\t' || c == '\r' || c == ',' || c == '\uFEFF' }
