package dispatch_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestMaxPendingCountsNetworksOfIPv6(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, second string
		want                int
	}{
		{"the same network", "[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::9]:2", http.StatusTooManyRequests},
		{"another network", "[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", http.StatusOK},
		{"another zone", "[fe80::1%a]:1", "[fe80::2%b]:1", http.StatusTooManyRequests},
		{"the same IPv4 address", "192.0.2.1:1", "192.0.2.1:2", http.StatusTooManyRequests},
		{"the same in IPv6", "192.0.2.1:1", "[::ffff:192.0.2.1]:2", http.StatusTooManyRequests},
		{"another IPv4 address", "[::ffff:192.0.2.1]:1", "[::ffff:192.0.2.2]:1", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var d *dispatch.Dispatcher
			var inner int
			from := func(addr, path string) int {
				r := httptest.NewRequest("GET", path, nil)
				r.RemoteAddr = addr
				w := httptest.NewRecorder()
				d.ServeHTTP(w, r)
				return w.Code
			}
			d, err := dispatch.New(dispatch.Options{MaxPending: 1, Actions: []dispatch.Action{
				{Name: "fast", Run: func(context.Context, *dispatch.Connection) (any, error) { return 1, nil }},
				{Name: "slow", Run: func(context.Context, *dispatch.Connection) (any, error) {
					inner = from(tt.second, "/fast") // while this one runs
					return 1, nil
				}},
			}})
			if err != nil {
				t.Fatal(err)
			}
			if got := from(tt.first, "/slow"); got != 200 || inner != tt.want {
				t.Errorf("got %d, and for the second client %d, want %d", got, inner, tt.want)
			}
			if got := from(tt.second, "/fast"); got != 200 {
				t.Errorf("after the first has ended: got %d", got)
			}
		})
	}
}
