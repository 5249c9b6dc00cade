package hosts_test

import (
	"bytes"
	"cmp"
	"log/slog"
	"net/url"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/hosts"
)

func TestRedirectLoops(t *testing.T) {
	t.Run("O6 the same host and port under the hidden scheme", func(t *testing.T) {
		for allowed, host := range map[string]string{
			"https://good.example":      "good.example:443",
			"https://good.example:8443": "Good.example.:8443",
			"http://good.example:8080":  "good.example:8080", // over TLS
		} {
			var log bytes.Buffer
			h := mustNew(t, hosts.Options{Allowed: []string{allowed}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			target := "http://x/path"
			if strings.HasPrefix(allowed, "http:") {
				target = "https://x/path"
			}
			if got := answer(t, h, request("GET", target, host)); got != "400" {
				t.Errorf("%s: got %s, want 400", allowed, got)
			}
			if line := log.String(); !strings.Contains(line, "level=WARN") || !strings.Contains(line, allowed) || strings.Count(line, "\n") != 1 {
				t.Errorf("%s: want one warning, got %q", allowed, line)
			}
		}
	})
	t.Run("O6 no redirect leads to where it came from", func(t *testing.T) {
		for _, allowed := range []string{"https://good.example", "http://good.example", "good.example", "good.example:8443", "https://good.example:80"} {
			h := mustNew(t, hosts.Options{Allowed: []string{allowed}})
			for _, scheme := range []string{"http", "https"} {
				for _, host := range []string{"good.example", "GOOD.example.", "good.example:80", "good.example:443", "good.example:8443", "good.example:"} {
					location, redirected := strings.CutPrefix(answer(t, h, request("GET", scheme+"://x/path", host)), "302 ")
					if redirected && server(t, location) == server(t, scheme+"://"+host) {
						t.Errorf("allowed %s: %s://%s is sent to itself: %s", allowed, scheme, host, location)
					}
				}
			}
		}
	})
	t.Run("O6 the switch for a proxy that hides the scheme", func(t *testing.T) {
		h := mustNew(t, hosts.Options{Allowed: []string{"https://www.site.com"}, AssumeScheme: "https"})
		if got := answer(t, h, request("GET", "/x", "www.site.com", "X-Forwarded-Proto", "http")); got != "pass" {
			t.Errorf("got %s, want pass", got)
		}
		if got := answer(t, h, request("GET", "/x", "other.site.com")); got != "302 https://www.site.com/x" {
			t.Errorf("got %s, want a redirect", got)
		}
	})
	t.Run("slog.Default is told where no logger is given", func(t *testing.T) {
		before := slog.Default()
		defer slog.SetDefault(before)
		var log bytes.Buffer
		h := mustNew(t, hosts.Options{Allowed: []string{"https://good.example"}})
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		if got := answer(t, h, request("GET", "/", "good.example:443")); got != "400" {
			t.Errorf("got %s, want 400", got)
		}
		if strings.Count(log.String(), "level=WARN") != 1 {
			t.Errorf("want one warning, got %q", log.String())
		}
	})
}

// server names the server that a URL leads to.
func server(t *testing.T, location string) string {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	port := cmp.Or(u.Port(), map[string]string{"http": "80", "https": "443"}[u.Scheme])
	return u.Scheme + "://" + strings.TrimSuffix(strings.ToLower(u.Hostname()), ".") + ":" + port
}
