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

		// The recorded answers of the reference, group address.
		{"one", trusted, []string{"X-Forwarded-For: 1.2.3.4"}, "1.2.3.4:0"},
		{"port", trusted, []string{"X-Forwarded-For: 1.2.3.4:5678"}, "1.2.3.4:5678"},
		{"mapped", trusted, []string{"X-Forwarded-For: ::ffff:1.2.3.4"}, "1.2.3.4:0"},
		{"v6", trusted, []string{"X-Forwarded-For: 2604:4480::5"}, "[2604:4480::5]:0"},
		{"v6 with port", trusted, []string{"X-Forwarded-For: [2604:4480::5]:8080"}, "[2604:4480::5]:8080"},
		{"real ip", trusted, []string{"X-Real-IP: 9.9.9.9"}, "9.9.9.9:0"},
		{"both", trusted, []string{"X-Forwarded-For: 1.2.3.4", "X-Real-IP: 9.9.9.9"}, "9.9.9.9:0"},

		{"past trusted proxies", trusted, []string{"X-Forwarded-For: 6.6.6.6, 5.6.7.8, 10.1.1.1,10.2.2.2"}, "5.6.7.8:0"},
		{"all trusted: the left-most", trusted, []string{"X-Forwarded-For: 10.9.9.9, 10.1.1.1"}, "10.9.9.9:0"},
		{"several lines are one list", trusted, []string{"X-Forwarded-For: 6.6.6.6, 5.6.7.8", "X-Forwarded-For: 10.1.1.1", "X-Forwarded-For: 10.2.2.2"}, "5.6.7.8:0"},
		{"empty elements", trusted, []string{"X-Forwarded-For: 5.6.7.8, ,, 10.1.1.1 ,", "X-Forwarded-For: "}, "5.6.7.8:0"},
		{"only empty elements", trusted, []string{"X-Forwarded-For: , ,"}, trusted},
		{"junk at the end", trusted, []string{"X-Forwarded-For: 5.6.7.8, junk"}, trusted},
		{"junk before a trusted proxy", trusted, []string{"X-Forwarded-For: 5.6.7.8, unknown, 10.1.1.1"}, "10.1.1.1:0"},
		{"a thousand trusted proxies", trusted, []string{"X-Forwarded-For: 5.6.7.8" + strings.Repeat(", 10.1.1.1", 1000)}, "10.1.1.1:0"},
		{"tabs", trusted, []string{"X-Forwarded-For: 6.6.6.6,\t5.6.7.8\t"}, "5.6.7.8:0"},

		{"a proxy's X-Real-IP names another proxy", trusted, []string{"X-Forwarded-For: 5.6.7.8, 10.1.1.1", "X-Real-IP: 10.1.1.1"}, "5.6.7.8:0"},
		{"X-Real-IP alone may be a trusted address", trusted, []string{"X-Real-IP: 10.1.1.1"}, "10.1.1.1:0"},
		{"junk in X-Real-IP", trusted, []string{"X-Forwarded-For: 5.6.7.8", "X-Real-IP: x"}, "5.6.7.8:0"},
		{"a list in X-Real-IP is junk", trusted, []string{"X-Real-IP: 6.6.6.6, 5.6.7.8"}, trusted},
		{"two X-Real-IP: the last", trusted, []string{"X-Real-IP: 6.6.6.6", "X-Real-IP: 5.6.7.8"}, "5.6.7.8:0"},

		{"zone", trusted, []string{"X-Forwarded-For: fd00::1%eth0"}, "[fd00::1]:0"},
		{"zone in brackets", trusted, []string{"X-Forwarded-For: [fd00::1%25eth0]:80"}, "[fd00::1]:80"},
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

		{"forwarded", trusted, []string{"Forwarded: for=5.6.7.8;proto=https;by=203.0.113.43"}, "5.6.7.8:0"},
		{"forwarded list", trusted, []string{"Forwarded: for=6.6.6.6, for=5.6.7.8, For=10.1.1.1"}, "5.6.7.8:0"},
		{"forwarded lines", trusted, []string{"Forwarded: for=6.6.6.6", "Forwarded: for=5.6.7.8", "Forwarded: for=10.1.1.1"}, "5.6.7.8:0"},
		{"forwarded v6", trusted, []string{`Forwarded: for="[2604:4480::5]:4711"`}, "[2604:4480::5]:4711"},
		{"forwarded v6 unquoted", trusted, []string{`Forwarded: for=[2604:4480::5]`}, "[2604:4480::5]:0"},
		{"forwarded with escapes", trusted, []string{`Forwarded: for="\5.6.7\.8"`}, "5.6.7.8:0"},
		{"forwarded hidden port", trusted, []string{`Forwarded: for="5.6.7.8:_mine"`}, "5.6.7.8:0"},
		{"forwarded blanks", trusted, []string{`Forwarded:  for=5.6.7.8 ; proto=http ;; by=x `}, "5.6.7.8:0"},
		{"forwarded unknown", trusted, []string{`Forwarded: for=5.6.7.8, for=unknown`}, trusted},
		{"forwarded hidden", trusted, []string{`Forwarded: for=5.6.7.8, for=_gazonk`}, trusted},
		{"forwarded without for", trusted, []string{`Forwarded: for=5.6.7.8, by=10.1.1.1`}, trusted},
		{"forwarded for twice", trusted, []string{`Forwarded: for=5.6.7.8;for=6.6.6.6`}, trusted},
		{"forwarded junk", trusted, []string{`Forwarded: for=5.6.7.8, for = 10.1.1.1`}, trusted},
		{"forwarded comma in quotes", trusted, []string{`Forwarded: for=5.6.7.8;host="a, for=6.6.6.6"`}, "5.6.7.8:0"},
		{"forwarded escaped quote in quotes", trusted, []string{`Forwarded: for=5.6.7.8;host="a\", for=6.6.6.6"`}, "5.6.7.8:0"},
		{"forwarded escaped backslash", trusted, []string{`Forwarded: for=5.6.7.8;host="a\\", for=10.6.6.6`}, "5.6.7.8:0"},
		{"forwarded quote left open by the client", trusted, []string{`Forwarded: for="6.6.6.6, for=5.6.7.8`}, "5.6.7.8:0"},
		{"forwarded is not read beside X-", trusted, []string{"Forwarded: for=6.6.6.6", "X-Forwarded-For: 5.6.7.8"}, "5.6.7.8:0"},
		{"forwarded is not read beside X-Forwarded-Proto", trusted, []string{"Forwarded: for=6.6.6.6", "X-Forwarded-Proto: https"}, trusted},
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
		{"beside X-Real-IP", trusted, false, []string{"X-Forwarded-Proto: http, https", "X-Real-IP: 5.6.7.8"}, true},
		{"empty", trusted, false, []string{"X-Forwarded-Proto: "}, false},
		{"forwarded", trusted, false, []string{"Forwarded: for=5.6.7.8;proto=https"}, true},
		{"forwarded, quoted", trusted, false, []string{`Forwarded: proto="HTTPS";for=5.6.7.8`}, true},
		{"forwarded, the client's own element", trusted, false, []string{"Forwarded: for=6.6.6.6;proto=https, for=5.6.7.8;proto=http"}, false},
		{"forwarded, the hop that the client reached", trusted, false, []string{"Forwarded: for=5.6.7.8;proto=https, for=10.1.1.1;proto=http"}, true},
		{"forwarded, proto twice", trusted, false, []string{"Forwarded: for=5.6.7.8;proto=https;proto=https"}, false},
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

func TestOptions(t *testing.T) {
	lines := []string{"X-Forwarded-For: 5.6.7.8", "X-Real-IP: 9.9.9.9"}
	for _, tt := range []struct {
		name, peer string
		res        *proxyaddr.Resolver
		want       string
	}{
		{"nil", "10.0.0.1:1", nil, "10.0.0.1:1"},
		{"empty", "10.0.0.1:1", proxyaddr.New(nil), "10.0.0.1:1"},
		{"unix peers", "@", proxyaddr.NewWith(proxyaddr.Options{TrustUnixPeers: true}), "9.9.9.9:0"},
		{"unix peers only", "10.0.0.1:1", proxyaddr.NewWith(proxyaddr.Options{TrustUnixPeers: true}), "10.0.0.1:1"},
		{"without X-Real-IP", "10.0.0.1:1", proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), IgnoreRealIP: true}), "5.6.7.8:0"},
		{"a mapped prefix", "10.0.0.1:1", proxyaddr.New(prefixes("::ffff:10.0.0.0/104")), "9.9.9.9:0"},
		{"a prefix with host bits", "10.7.7.7:1", proxyaddr.New(prefixes("10.1.2.3/8")), "9.9.9.9:0"},
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
	res := proxyaddr.New(proxies())
	for _, bb := range []struct {
		name string
		r    *http.Request
	}{
		{"direct", request("192.0.2.1:1")},
		{"x-forwarded", request("10.0.0.1:999", "X-Forwarded-For: 5.6.7.8", "X-Forwarded-Proto: https")},
		{"forwarded", request("10.0.0.1:999", `Forwarded: for="[2604:4480::5]:8080";proto=https`)},
		{"hostile", request("10.0.0.1:999", "X-Forwarded-For: "+strings.Repeat(",", 100_000))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				res.Resolve(bb.r)
			}
		})
	}
}
