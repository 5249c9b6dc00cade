package proxyaddr_test

import (
	"crypto/tls"
	"net/http"
	"net/netip"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

func prefixes(s ...string) (list []netip.Prefix) {
	for _, p := range s {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

// proxies is the trusted network of the tables: 10/8, a v6 network, loopback.
func proxies() []netip.Prefix {
	return prefixes("10.0.0.0/8", "2001:db8:ffff::/48", "127.0.0.1/32", "fe80::/10")
}

// request has the peer's address and header lines "Name: value".
func request(peer string, lines ...string) *http.Request {
	r := &http.Request{RemoteAddr: peer, Header: http.Header{}}
	for _, l := range lines {
		name, value, _ := strings.Cut(l, ": ")
		r.Header.Add(name, value)
	}
	return r
}

func TestClient(t *testing.T) {
	const trusted = "10.0.0.1:999"
	for _, tt := range []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"no proxy", "192.0.2.7:50", nil, "192.0.2.7:50"},
		{"a trusted proxy that says nothing", trusted, nil, trusted},

		{"V5 X-Forwarded-For of an untrusted peer", "192.0.2.7:50", []string{"X-Forwarded-For: 6.6.6.6"}, "192.0.2.7:50"},
		{"V5 X-Real-IP of an untrusted peer", "192.0.2.7:50", []string{"X-Real-IP: 6.6.6.6"}, "192.0.2.7:50"},
		{"V5 Forwarded of an untrusted peer", "192.0.2.7:50", []string{"Forwarded: for=6.6.6.6"}, "192.0.2.7:50"},
		{"V5 the right-most untrusted address", trusted, []string{"X-Forwarded-For: 6.6.6.6, 5.6.7.8"}, "5.6.7.8:0"},

		// The recorded responses of the reference, group address.
		{"one", trusted, []string{"X-Forwarded-For: 1.2.3.4"}, "1.2.3.4:0"},
		{"port", trusted, []string{"X-Forwarded-For: 1.2.3.4:5678"}, "1.2.3.4:5678"},
		{"mapped", trusted, []string{"X-Forwarded-For: ::ffff:1.2.3.4"}, "1.2.3.4:0"},
		{"v6", trusted, []string{"X-Forwarded-For: 2604:4480::5"}, "[2604:4480::5]:0"},
		{"v6 with port", trusted, []string{"X-Forwarded-For: [2604:4480::5]:8080"}, "[2604:4480::5]:8080"},
		{"another field", trusted, []string{"X-Real-IP: 9.9.9.9", "Forwarded: for=9.9.9.9", "CF-Connecting-IP: 9.9.9.9"}, trusted},
		{"another field beside it", trusted, []string{"X-Forwarded-For: 1.2.3.4", "X-Real-IP: 9.9.9.9", "Forwarded: for=9.9.9.9"}, "1.2.3.4:0"},

		{"past trusted proxies", trusted, []string{"X-Forwarded-For: 6.6.6.6, 5.6.7.8, 10.1.1.1,10.2.2.2"}, "5.6.7.8:0"},
		{"all trusted: the left-most", trusted, []string{"X-Forwarded-For: 10.9.9.9, 10.1.1.1"}, "10.9.9.9:0"},
		{"several lines are one list", trusted, []string{"X-Forwarded-For: 6.6.6.6, 5.6.7.8", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-For: 10.2.2.2"}, "5.6.7.8:0"},
		{"empty elements", trusted, []string{"X-Forwarded-For: 5.6.7.8, ,, 10.1.1.1 ,", "X-Forwarded-For: "}, "5.6.7.8:0"},
		{"only empty elements", trusted, []string{"X-Forwarded-For: , ,"}, trusted},
		{"junk at the end", trusted, []string{"X-Forwarded-For: 5.6.7.8, junk"}, trusted},
		{"junk before a trusted proxy", trusted, []string{"X-Forwarded-For: 5.6.7.8, unknown, 10.1.1.1"}, "10.1.1.1:0"},
		{"a thousand trusted proxies", trusted, []string{"X-Forwarded-For: 5.6.7.8" + strings.Repeat(", 10.1.1.1", 1000)}, "10.1.1.1:0"},
		{"tabs", trusted, []string{"X-Forwarded-For: 6.6.6.6,\t5.6.7.8\t"}, "5.6.7.8:0"},

		{"zone", trusted, []string{"X-Forwarded-For: fd00::1%eth0"}, "[fd00::1%eth0]:0"},
		{"zone in brackets", trusted, []string{"X-Forwarded-For: [fd00::1%eth0.1]:80"}, "[fd00::1%eth0.1]:80"},
		{"zone as in a URL", trusted, []string{"X-Forwarded-For: [fd00::1%25eth0]:80"}, "[fd00::1%eth0]:80"},
		{"zone of a number", trusted, []string{"X-Forwarded-For: fd00::1%25"}, "[fd00::1%25]:0"},
		{"zone of a trusted address", trusted, []string{"X-Forwarded-For: 5.6.7.8, fe80::1%eth0"}, "5.6.7.8:0"},
		{"zone that is none", trusted, []string{"X-Forwarded-For: fd00::1%"}, trusted},
		{"zone with more than a name", trusted, []string{`X-Forwarded-For: fd00::1%e"th0`}, trusted},
		{"zone of IPv4", trusted, []string{"X-Forwarded-For: 5.6.7.8%eth0"}, trusted},
		{"brackets around IPv4", trusted, []string{"X-Forwarded-For: [5.6.7.8]"}, trusted},
		{"brackets left open", trusted, []string{"X-Forwarded-For: [2604::5"}, trusted},
		{"after the bracket", trusted, []string{"X-Forwarded-For: [2604::5]x"}, trusted},
		{"port too large", trusted, []string{"X-Forwarded-For: 5.6.7.8:65536"}, trusted},
		{"port empty", trusted, []string{"X-Forwarded-For: 5.6.7.8:"}, trusted},
		{"port signed", trusted, []string{"X-Forwarded-For: 5.6.7.8:+80"}, trusted},
		{"a name", trusted, []string{"X-Forwarded-For: localhost"}, trusted},
		{"octal digits", trusted, []string{"X-Forwarded-For: 010.0.0.1"}, trusted},
		{"nobody's address", trusted, []string{"X-Forwarded-For: 0.0.0.0"}, trusted},
		{"everybody's address", trusted, []string{"X-Forwarded-For: 224.0.0.1"}, trusted},
		{"a very long entry", trusted, []string{"X-Forwarded-For: fd00::1%" + strings.Repeat("e", 5000)}, trusted},

		{"a trusted v6 peer", "[2001:db8:ffff::1]:1", []string{"X-Forwarded-For: 5.6.7.8"}, "5.6.7.8:0"},
		{"a trusted v6 peer with a zone", "[fe80::1%eth0]:1", []string{"X-Forwarded-For: 5.6.7.8"}, "5.6.7.8:0"},
		{"a trusted peer, mapped", "[::ffff:10.0.0.1]:1", []string{"X-Forwarded-For: 5.6.7.8"}, "5.6.7.8:0"},
		{"a unix socket is not trusted unasked", "@", []string{"X-Forwarded-For: 5.6.7.8"}, "invalid AddrPort"},
		{"no peer", "", []string{"X-Forwarded-For: 5.6.7.8"}, "invalid AddrPort"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.peer, tt.lines...)
			got, _ := proxyaddr.New(proxies()).Resolve(r)
			if got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if r.RemoteAddr != tt.peer {
				t.Errorf("RemoteAddr: got %q, want it left alone", r.RemoteAddr)
			}
		})
	}
}

func TestForwarded(t *testing.T) {
	const trusted = "10.0.0.1:999"
	res := proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: "forwarded"})
	for _, tt := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"forwarded", []string{"Forwarded: for=5.6.7.8;proto=https;by=203.0.113.43"}, "5.6.7.8:0"},
		{"forwarded list", []string{"Forwarded: for=6.6.6.6, for=5.6.7.8, For=10.1.1.1"}, "5.6.7.8:0"},
		{"forwarded lines", []string{"Forwarded: for=6.6.6.6", "Forwarded: for=5.6.7.8", "Forwarded: for=10.1.1.1"}, "5.6.7.8:0"},
		{"forwarded v6", []string{`Forwarded: for="[2604:4480::5]:4711"`}, "[2604:4480::5]:4711"},
		{"forwarded v6 unquoted", []string{`Forwarded: for=[2604:4480::5]`}, "[2604:4480::5]:0"},
		{"forwarded with escapes", []string{`Forwarded: for="\5.6.7\.8"`}, "5.6.7.8:0"},
		{"forwarded hidden port", []string{`Forwarded: for="5.6.7.8:_mine"`}, "5.6.7.8:0"},
		{"forwarded blanks", []string{`Forwarded:  for=5.6.7.8 ; proto=http ;; by=x `}, "5.6.7.8:0"},
		{"forwarded unknown", []string{`Forwarded: for=5.6.7.8, for=unknown`}, trusted},
		{"forwarded hidden", []string{`Forwarded: for=5.6.7.8, for=_gazonk`}, trusted},
		{"forwarded without for", []string{`Forwarded: for=5.6.7.8, by=10.1.1.1`}, trusted},
		{"forwarded for twice", []string{`Forwarded: for=5.6.7.8;for=6.6.6.6`}, trusted},
		{"forwarded junk", []string{`Forwarded: for=5.6.7.8, for = 10.1.1.1`}, trusted},
		{"forwarded comma in quotes", []string{`Forwarded: for=5.6.7.8;host="a, for=6.6.6.6"`}, "5.6.7.8:0"},
		{"forwarded escaped quote in quotes", []string{`Forwarded: for=5.6.7.8;host="a\", for=6.6.6.6"`}, "5.6.7.8:0"},
		{"forwarded escaped backslash", []string{`Forwarded: for=5.6.7.8;host="a\\", for=10.6.6.6`}, "5.6.7.8:0"},
		{"forwarded quote left open by the client", []string{`Forwarded: for="6.6.6.6, for=5.6.7.8`}, "5.6.7.8:0"},
		{"X-Forwarded-For is not read", []string{"X-Forwarded-For: 5.6.7.8"}, trusted},
		{"X-Forwarded-For is not read beside it", []string{"Forwarded: for=6.6.6.6", "X-Forwarded-For: 5.6.7.8"}, "6.6.6.6:0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := res.Resolve(request(trusted, tt.lines...)); got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	if got, _ := res.Resolve(request("192.0.2.7:50", "Forwarded: for=6.6.6.6")); got.String() != "192.0.2.7:50" {
		t.Errorf("an untrusted peer: got %s", got)
	}
}

// A field with another name is read like X-Forwarded-For.
func TestNamedHeader(t *testing.T) {
	const trusted = "10.0.0.1:999"
	for _, tt := range []struct {
		name, header string
		lines        []string
		want         string
		secure       bool
	}{
		{"one address", "X-Real-IP", []string{"X-Real-IP: 9.9.9.9", "X-Forwarded-For: 6.6.6.6"}, "9.9.9.9:0", false},
		{"in lower case", "cf-connecting-ip", []string{"CF-Connecting-IP: 2604:4480::5"}, "[2604:4480::5]:0", false},
		{"with the protocol", "X-Real-IP", []string{"X-Real-IP: 9.9.9.9", "X-Forwarded-Proto: https"}, "9.9.9.9:0", true},
		{"missing", "X-Real-IP", []string{"X-Forwarded-For: 6.6.6.6", "X-Forwarded-Proto: https"}, trusted, true},
		{"a trusted address", "X-Real-IP", []string{"X-Real-IP: 10.1.1.1"}, "10.1.1.1:0", false},
		{"junk", "X-Real-IP", []string{"X-Real-IP: x"}, trusted, false},
		{"a list: the nearest untrusted", "X-Client", []string{"X-Client: 6.6.6.6, 5.6.7.8, 10.1.1.1"}, "5.6.7.8:0", false},
		{"two lines: the last", "X-Real-IP", []string{"X-Real-IP: 6.6.6.6", "X-Real-IP: 5.6.7.8"}, "5.6.7.8:0", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			res := proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: tt.header})
			if got, secure := res.Resolve(request(trusted, tt.lines...)); got.String() != tt.want || secure != tt.secure {
				t.Errorf("got %s, %t, want %s, %t", got, secure, tt.want, tt.secure)
			}
		})
	}
}

func TestPortHeader(t *testing.T) {
	res := proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), PortHeader: "X-Forwarded-Port"})
	for _, tt := range []struct {
		name, peer string
		lines      []string
		want       string
	}{
		{"of the address", "10.0.0.1:999", []string{"X-Forwarded-For: 5.6.7.8", "X-Forwarded-Port: 1234"}, "5.6.7.8:1234"},
		{"the address has one", "10.0.0.1:999", []string{"X-Forwarded-For: 5.6.7.8:80", "X-Forwarded-Port: 1234"}, "5.6.7.8:80"},
		{"of the same hop", "10.0.0.1:999", []string{"X-Forwarded-For: 5.6.7.8, 10.1.1.1", "X-Forwarded-Port: 1, 2, 3"}, "5.6.7.8:2"},
		{"junk", "10.0.0.1:999", []string{"X-Forwarded-For: 5.6.7.8", "X-Forwarded-Port: 65536"}, "5.6.7.8:0"},
		{"no address", "10.0.0.1:999", []string{"X-Forwarded-Port: 1234"}, "10.0.0.1:999"},
		{"an untrusted peer", "192.0.2.7:50", []string{"X-Forwarded-For: 5.6.7.8", "X-Forwarded-Port: 1234"}, "192.0.2.7:50"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := res.Resolve(request(tt.peer, tt.lines...)); got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	r := request("10.0.0.1:999", "X-Forwarded-For: 5.6.7.8", "X-Forwarded-Port: 1234")
	if got, _ := proxyaddr.New(proxies()).Resolve(r); got.String() != "5.6.7.8:0" {
		t.Errorf("not asked for: got %s", got)
	}
}

func TestSecure(t *testing.T) {
	const trusted, other = "10.0.0.1:1", "192.0.2.7:1"
	for _, tt := range []struct {
		name, peer string
		tls        bool
		lines      []string
		want       bool
	}{
		{"plain", other, false, nil, false},
		{"TLS", other, true, nil, true},
		{"an untrusted peer says https", other, false, []string{"X-Forwarded-Proto: https"}, false},
		{"an untrusted peer says http", other, true, []string{"X-Forwarded-Proto: http"}, true},
		{"trusted, https", trusted, false, []string{"X-Forwarded-Proto: https"}, true},
		{"trusted, http over TLS", trusted, true, []string{"X-Forwarded-Proto: http"}, false},
		{"trusted, silent", trusted, true, []string{"X-Forwarded-For: 5.6.7.8"}, true},
		{"case", trusted, false, []string{"X-Forwarded-Proto: HTTPS"}, true},
		{"junk", trusted, false, []string{"X-Forwarded-Proto: javascript"}, false},
		{"junk over TLS", trusted, true, []string{"X-Forwarded-Proto: javascript"}, true},
		{"the client's value before the proxy's", trusted, false, []string{"X-Forwarded-Proto: https, http", "X-Forwarded-For: 5.6.7.8"}, false},
		{"two lines", trusted, false, []string{"X-Forwarded-Proto: https", "X-Forwarded-Proto: http"}, false},
		{"the hop that the client reached", trusted, false, []string{"X-Forwarded-Proto: https, http", "X-Forwarded-For: 5.6.7.8, 10.1.1.1"}, true},
		{"and no further", trusted, false, []string{"X-Forwarded-Proto: https, http, http", "X-Forwarded-For: 6.6.6.6, 5.6.7.8, 10.1.1.1"}, false},
		{"one value for two hops", trusted, false, []string{"X-Forwarded-Proto: https", "X-Forwarded-For: 5.6.7.8, 10.1.1.1"}, true},
		{"empty", trusted, false, []string{"X-Forwarded-Proto: "}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := request(tt.peer, tt.lines...)
			if tt.tls {
				r.TLS = new(tls.ConnectionState)
			}
			if _, got := proxyaddr.New(proxies()).Resolve(r); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestForwardedSecure(t *testing.T) {
	res := proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: "Forwarded"})
	for _, tt := range []struct {
		name  string
		lines []string
		want  bool
	}{
		{"forwarded", []string{"Forwarded: for=5.6.7.8;proto=https"}, true},
		{"forwarded, quoted", []string{`Forwarded: proto="HTTPS";for=5.6.7.8`}, true},
		{"forwarded, the client's own element", []string{"Forwarded: for=6.6.6.6;proto=https, for=5.6.7.8;proto=http"}, false},
		{"forwarded, the hop that the client reached", []string{"Forwarded: for=5.6.7.8;proto=https, for=10.1.1.1;proto=http"}, true},
		{"forwarded, proto twice", []string{"Forwarded: for=5.6.7.8;proto=https;proto=https"}, false},
		{"X-Forwarded-Proto is not read", []string{"Forwarded: for=5.6.7.8", "X-Forwarded-Proto: https"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := res.Resolve(request("10.0.0.1:1", tt.lines...)); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}

func TestOptions(t *testing.T) {
	lines := []string{"X-Forwarded-For: 5.6.7.8", "X-Real-IP: 9.9.9.9"}
	for _, tt := range []struct {
		name, peer string
		res        *proxyaddr.Resolver
		want       string
	}{
		{"nil", "10.0.0.1:1", nil, "10.0.0.1:1"},
		{"empty", "10.0.0.1:1", proxyaddr.New(nil), "10.0.0.1:1"},
		{"unix peers", "@", proxyaddr.NewWith(proxyaddr.Options{TrustUnixPeers: true}), "5.6.7.8:0"},
		{"unix peers only", "10.0.0.1:1", proxyaddr.NewWith(proxyaddr.Options{TrustUnixPeers: true}), "10.0.0.1:1"},
		{"X-Real-IP", "10.0.0.1:1", proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: "X-Real-IP"}), "9.9.9.9:0"},
		{"a mapped prefix", "10.0.0.1:1", proxyaddr.New(prefixes("::ffff:10.0.0.0/104")), "5.6.7.8:0"},
		{"a prefix with host bits", "10.7.7.7:1", proxyaddr.New(prefixes("10.1.2.3/8")), "5.6.7.8:0"},
		{"a prefix that is none", "10.0.0.1:1", proxyaddr.New(make([]netip.Prefix, 1)), "10.0.0.1:1"},
		{"every v6 address is no v4 address", "10.0.0.1:1", proxyaddr.New(prefixes("::/0")), "10.0.0.1:1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got, _ := tt.res.Resolve(request(tt.peer, lines...)); got.String() != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestTheListIsCopied(t *testing.T) {
	list := prefixes("10.0.0.0/8")
	res := proxyaddr.New(list)
	list[0] = netip.MustParsePrefix("192.0.2.0/24")
	if got, _ := res.Resolve(request("192.0.2.1:1", "X-Forwarded-For: 5.6.7.8")); got.String() != "192.0.2.1:1" {
		t.Errorf("got %s, want the list as it was", got)
	}
}

func TestCheck(t *testing.T) {
	l := cfgerr.For("p")
	proxyaddr.Check(l, "TrustedProxies", append(proxies(), netip.Prefix{}, netip.PrefixFrom(netip.MustParseAddr("1.2.3.4"), 33)))
	err := l.Err()
	if err == nil || strings.Count(err.Error(), "\n") != 1 || !strings.Contains(err.Error(), "p: TrustedProxies[4]: ") || !strings.Contains(err.Error(), "TrustedProxies[5]") {
		t.Errorf("got %v, want both problems", err)
	}
}

func TestNoAllocation(t *testing.T) {
	res := proxyaddr.New(proxies())
	r := request("10.0.0.1:999", "X-Forwarded-For: 6.6.6.6, [2604:4480::5]:8080, 10.1.1.1", "X-Forwarded-Proto: https, http")
	if n := testing.AllocsPerRun(100, func() { res.Resolve(r) }); n > 0 {
		t.Errorf("got %v allocations, want none", n)
	}
}

func BenchmarkResolve(b *testing.B) {
	xff, fwd := proxyaddr.New(proxies()), proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: "Forwarded"})
	for _, bb := range []struct {
		name string
		res  *proxyaddr.Resolver
		r    *http.Request
	}{
		{"direct", xff, request("192.0.2.1:1")},
		{"x-forwarded", xff, request("10.0.0.1:999", "X-Forwarded-For: 5.6.7.8", "X-Forwarded-Proto: https")},
		{"forwarded", fwd, request("10.0.0.1:999", `Forwarded: for="[2604:4480::5]:8080";proto=https`)},
		{"hostile", xff, request("10.0.0.1:999", "X-Forwarded-For: "+strings.Repeat(",", 100_000))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				bb.res.Resolve(bb.r)
			}
		})
	}
}
