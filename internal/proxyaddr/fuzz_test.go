package proxyaddr_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/sidekick-http/sidekick/internal/proxyaddr"
)

// Whatever a client sends precedes what its proxy adds, and changes nothing.
func FuzzXForwardedFor(f *testing.F) {
	for _, s := range []string{"", "6.6.6.6", "6.6.6.6,", "[::1", `"`, "10.1.1.1, 10.1.1.1", "fe80::1%x", "::ffff:1.2.3.4:80", "1.2.3.4:99999", "unknown", "a,,\x00"} {
		f.Add(s, s)
	}
	res := proxyaddr.New(proxies())
	want := netip.MustParseAddrPort("203.0.113.7:0")
	f.Fuzz(func(t *testing.T, list, proto string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{
			"X-Forwarded-For":   {list},
			"X-Forwarded-Proto": {proto},
		}}
		if got, _ := res.Resolve(r); !got.IsValid() || got.Addr().Is4In6() {
			t.Fatalf("got %s", got)
		} else if again, err := netip.ParseAddrPort(got.String()); err != nil || again != got {
			t.Fatalf("%s: no round trip: %v", got, err)
		}
		for _, lines := range [][]string{{list + ", 203.0.113.7"}, {list, "203.0.113.7"}} {
			r.Header["X-Forwarded-For"] = lines
			r.Header["X-Forwarded-Proto"] = []string{proto + ",https"}
			if got, secure := res.Resolve(r); got != want || !secure {
				t.Fatalf("got %s, %t, want %s, true", got, secure, want)
			}
		}
	})
}

func FuzzForwarded(f *testing.F) {
	for _, s := range []string{"", "for=6.6.6.6", `for="6.6.6.6`, `for="[2604::5]:80";proto=https`, `host="a\", for=b"`, `for=a;`, ";;", `"\`, `for="\"`, "for=1.2.3.4;for=1.2.3.4", "for=_x, for=unknown"} {
		f.Add(s)
	}
	res := proxyaddr.NewWith(proxyaddr.Options{Trusted: proxies(), Header: "Forwarded"})
	want := netip.MustParseAddrPort("203.0.113.7:0")
	f.Fuzz(func(t *testing.T, list string) {
		r := &http.Request{RemoteAddr: "10.0.0.1:1", Header: http.Header{"Forwarded": {list}}}
		if got, _ := res.Resolve(r); !got.IsValid() || got.Addr().Is4In6() {
			t.Fatalf("got %s", got)
		}
		for _, lines := range [][]string{{list + ", for=203.0.113.7;proto=https"}, {list, "for=203.0.113.7;proto=https"}} {
			r.Header["Forwarded"] = lines
			if got, secure := res.Resolve(r); got != want || !secure {
				t.Fatalf("got %s, %t, want %s, true", got, secure, want)
			}
		}
	})
}
