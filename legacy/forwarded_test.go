package legacy_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/legacy"
)

// A proxy that sets only X-Forwarded-For passes on what the client wrote in the
// other fields, so they count only if they are named.
func TestHostAndPortOfTheProxy(t *testing.T) {
	const host, port = "X-Forwarded-Host", "X-Forwarded-Port"
	for _, tt := range []struct {
		name       string
		fields     []string
		remote     string
		hosts      []string
		host, port string
	}{
		{"none is named", nil, "10.0.0.1:1", []string{"evil.example"}, "example.com", ""},
		{"the host is named", []string{host}, "10.0.0.1:1", []string{"www.example.com"}, "www.example.com", ""},
		{"the port is named", []string{port}, "10.0.0.1:1", []string{"evil.example"}, "example.com", "8443"},
		{"both are named", []string{"x-forwarded-port", "x-forwarded-host"}, "10.0.0.1:1", []string{"www.example.com"}, "www.example.com", "8443"},
		{"several hosts", []string{host}, "10.0.0.1:1", []string{"evil.example", "www.example.com"}, "example.com", ""},
		{"no proxy", []string{host, port}, "203.0.113.9:1", []string{"evil.example"}, "example.com", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got http.Header
			s, _ := behind(t, legacy.Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, ProxyFields: tt.fields},
				func(_ http.ResponseWriter, r *http.Request) { got = r.Header })
			r := httptest.NewRequest("GET", "http://example.com/", nil)
			r.RemoteAddr = tt.remote
			r.Header.Set("X-Forwarded-For", "203.0.113.9")
			r.Header[host] = tt.hosts
			r.Header.Set(port, "8443")
			s.ServeHTTP(httptest.NewRecorder(), r)
			if hosts := got[host]; !slices.Equal(hosts, []string{tt.host}) || got.Get(port) != tt.port {
				t.Errorf("got the hosts %q and the port %q", hosts, got[port])
			}
		})
	}
	_, err := legacy.New(legacy.Options{Server: "http://127.0.0.1:1", ProxyFields: []string{host, "X-Real-IP"}})
	var problem *legacy.ConfigError
	if !errors.As(err, &problem) || problem.Field != "ProxyFields[1]" {
		t.Errorf("got %v", err)
	}
}
