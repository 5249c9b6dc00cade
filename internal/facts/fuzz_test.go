package facts_test

import (
	"net/http"
	"net/netip"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
)

func FuzzPeerOf(f *testing.F) {
	for _, s := range []string{
		"192.0.2.1:1234", "0.0.0.0:0", "255.255.255.255:65535", "256.0.0.1:1", "1.2.3:4", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536",
		"01.2.3.4:5", "1.2.3.4:05", "1.2.3.00:5", "1..3.4:5", "1.2.3.4.5:6", "1.2.3.4:5:6", "1.2.3.4:99999999999", "[::1]:1", "[::ffff:1.2.3.4]:5", "@", "",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		want, err := netip.ParseAddrPort(s)
		if err == nil {
			want = netip.AddrPortFrom(want.Addr().Unmap(), want.Port())
		} else {
			want = netip.AddrPort{}
		}
		if got := facts.PeerOf(&http.Request{RemoteAddr: s}); got != want {
			t.Errorf("%q: got %v, want %v", s, got, want)
		}
	})
}
