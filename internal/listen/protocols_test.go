package listen_test

import (
	"crypto/tls"
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/internal/listen"
)

func TestHasHTTP2(t *testing.T) {
	for value, want := range map[string]bool{"": true, "http2server=0": false, "http2server=1": true} {
		t.Setenv("GODEBUG", value)
		if got := listen.HasHTTP2(); got != want {
			t.Errorf("GODEBUG=%s: got %v", value, got)
		}
	}
}

func TestProtocolsOfTLS(t *testing.T) {
	for _, tt := range []struct {
		name  string
		given []string
		http2 bool
		want  []string
		only1 bool
	}{
		{"nothing", nil, true, []string{"h2", "http/1.1"}, false},
		{"another one", []string{"acme-tls/1"}, true, []string{"h2", "http/1.1", "acme-tls/1"}, false},
		{"as autocert has them", []string{"h2", "http/1.1", "acme-tls/1"}, true, []string{"h2", "http/1.1", "acme-tls/1"}, false},
		{"HTTP/1.1 alone", []string{"http/1.1", "acme-tls/1"}, false, []string{"http/1.1", "acme-tls/1"}, true},
		{"off, and named", []string{"h2", "http/1.1"}, false, []string{"http/1.1"}, false},
	} {
		config := &tls.Config{NextProtos: slices.Clone(tt.given), MinVersion: tls.VersionTLS10}
		config.GetConfigForClient = func(*tls.ClientHelloInfo) (*tls.Config, error) {
			return &tls.Config{NextProtos: slices.Clone(tt.given)}, nil
		}
		if got := listen.NamesHTTP1Only(config); got != tt.only1 {
			t.Errorf("%s: HTTP/1 only: got %v", tt.name, got)
		}
		got := listen.AtLeastTLS12(config, tt.http2)
		chosen, err := got.GetConfigForClient(nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []*tls.Config{got, chosen} {
			if !slices.Equal(c.NextProtos, tt.want) || c.MinVersion != tls.VersionTLS12 {
				t.Errorf("%s: got %v from %x", tt.name, c.NextProtos, c.MinVersion)
			}
		}
	}
}
