package hosts_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/hosts"
	"github.com/sidekick-http/sidekick/internal/facts"
)

var inner = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "inner") })

func mustNew(t testing.TB, o hosts.Options) *hosts.Redirector {
	t.Helper()
	h, err := hosts.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// request makes a request as the server sees it; an https URL gives it TLS.
func request(method, target, host string, header ...string) *http.Request {
	r := httptest.NewRequest(method, target, nil)
	r.Host = host
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	return r
}

// answer is what a request gets: "pass", "302 https://…" or "400".
func answer(t testing.TB, h *hosts.Redirector, r *http.Request) string {
	t.Helper()
	w := httptest.NewRecorder()
	h.Handler(inner).ServeHTTP(w, r)
	res := w.Result()
	body, _ := io.ReadAll(res.Body)
	got := strings.TrimSpace(res.Status[:3] + " " + res.Header.Get("Location"))
	if res.StatusCode == http.StatusOK && string(body) == "inner" {
		got = "pass"
	}

	// Check must decide in the same way as the handler.
	err := h.Check(r)
	var misdirected *hosts.MisdirectedError
	switch {
	case err == nil && got != "pass":
		t.Errorf("Check passes what the handler answered with %s", got)
	case err != nil && (!errors.As(err, &misdirected) || misdirected.StatusCode() != res.StatusCode || misdirected.Location != res.Header.Get("Location")):
		t.Errorf("Check gives %#v, the handler answered with %s", err, got)
	}
	return got
}

func TestDecisions(t *testing.T) {
	site := hosts.Options{Allowed: []string{"https://www.site.com", "http://api.site.com:8080", "http://[::1]:8080", "https://xn--bcher-kva.example"}}
	tests := []struct {
		name    string
		options hosts.Options
		method  string
		target  string // an https URL means a TLS connection
		host    string
		header  []string
		want    string
	}{
		{"the first host", site, "GET", "https://x/", "www.site.com", nil, "pass"},
		{"the second host", site, "GET", "/", "api.site.com:8080", nil, "pass"},
		{"the protocol counts", site, "GET", "/api/list", "www.site.com", nil, "302 https://www.site.com/api/list"},
		{"the port counts", site, "GET", "/", "api.site.com", nil, "302 https://www.site.com/"},
		{"path and query kept", site, "GET", "/some/path?a=1&b=%20x", "other.site.com", nil, "302 https://www.site.com/some/path?a=1&b=%20x"},
		{"empty query kept", site, "GET", "/path?", "other.site.com", nil, "302 https://www.site.com/path?"},

		{"O1 foreign host", site, "GET", "/x", "evil.example", nil, "302 https://www.site.com/x"},
		{"O1 path with two slashes", site, "GET", "//evil.example/x", "www.site.com", nil, "302 https://www.site.com//evil.example/x"},
		{"O3 encoded line end", site, "GET", "/%0d%0aSet-Cookie:x", "evil.example", nil, "302 https://www.site.com/%0d%0aSet-Cookie:x"},
		{"O3 encoded backslash", site, "GET", "/%5cevil", "evil.example", nil, "302 https://www.site.com/%5cevil"},
		{"O3 backslash", site, "GET", `/\evil`, "evil.example", nil, "302 https://www.site.com/%5Cevil"},
		{"O3 user information", site, "GET", "/", "www.site.com@evil.example", nil, "400"},
		{"O4 two hosts", site, "GET", "https://x/", "www.site.com", []string{"Host", "evil.example"}, "400"},
		{"O4 the same host twice", site, "GET", "https://x/", "www.site.com", []string{"Host", "WWW.site.com:443"}, "pass"},
		{"O4 a malformed second host", site, "GET", "https://x/", "www.site.com", []string{"Host", "a b"}, "400"},
		{"O4 no host", site, "GET", "/", "", nil, "400"},

		{"O5 protocol from anyone", site, "GET", "/", "www.site.com", []string{"X-Forwarded-Proto", "https"}, "302 https://www.site.com/"},
		{"O5 host from anyone", site, "GET", "https://x/", "evil.example", []string{"X-Forwarded-Host", "www.site.com", "Forwarded", "host=www.site.com;proto=https"}, "302 https://www.site.com/"},

		{"O7 upper case", site, "GET", "https://x/", "WWW.Site.COM", nil, "pass"},
		{"O7 trailing dot", site, "GET", "https://x/", "www.site.com.", nil, "pass"},
		{"O7 default port", site, "GET", "https://x/", "www.site.com:443", nil, "pass"},
		{"O7 empty port", site, "GET", "https://x/", "www.site.com:", nil, "pass"},
		{"O7 default port of the other scheme", site, "GET", "https://x/", "www.site.com:80", nil, "302 https://www.site.com/"},
		{"O7 bad port", site, "GET", "https://x/", "www.site.com:99999", nil, "400"},

		{"O8 A-label", site, "GET", "https://x/", "XN--BCHER-KVA.example", nil, "pass"},
		{"O8 Unicode host", site, "GET", "https://x/", "bücher.example", nil, "400"},
		{"O8 label that encodes plain ASCII", site, "GET", "https://x/", "xn--example-.com", nil, "400"},
		{"O8 IPv6", site, "GET", "/", "[0:0::1]:8080", nil, "pass"},
		{"O8 IPv6 with a zone", site, "GET", "/", "[fe80::1%25eth0]", nil, "400"},
		{"O8 brackets around a name", site, "GET", "/", "[x]", nil, "400"},

		{"O9 suffix", site, "GET", "https://x/", "www.site.com.evil.com", nil, "302 https://www.site.com/"},
		{"O9 prefix", site, "GET", "https://x/", "evilwww.site.com", nil, "302 https://www.site.com/"},

		{"O10 HEAD", site, "HEAD", "/x", "other.site.com", nil, "302 https://www.site.com/x"},
		{"O10 POST keeps its body", site, "POST", "/x?y=1", "other.site.com", nil, "307 https://www.site.com/x?y=1"},
		{"O10 DELETE", site, "DELETE", "/x", "other.site.com", nil, "307 https://www.site.com/x"},
		{"O10 preflight", site, "OPTIONS", "/x", "other.site.com", []string{"Origin", "https://a", "Access-Control-Request-Method", "PUT"}, "421"},
		{"O10 OPTIONS on an allowed host", site, "OPTIONS", "https://x/", "www.site.com", nil, "pass"},
		{"O10 WebSocket", site, "GET", "/x", "other.site.com", []string{"Connection", "Upgrade", "Upgrade", "websocket"}, "421"},
		{"O10 offer of h2c", site, "GET", "/x", "other.site.com", []string{"Connection", "Upgrade", "Upgrade", "h2c"}, "302 https://www.site.com/x"},
		{"O10 tunnel", site, "CONNECT", "/x", "other.site.com", nil, "421"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h := mustNew(t, tt.options)
			if got := answer(t, h, request(tt.method, tt.target, tt.host, tt.header...)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestForwardedProtocol(t *testing.T) {
	h := mustNew(t, hosts.Options{
		Allowed:        []string{"https://www.site.com"},
		TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")},
	})
	const redirected = "302 https://www.site.com/"
	tests := []struct {
		name, peer, proto, want string
	}{
		{"O5 https from a trusted proxy", "10.0.0.1:9", "https", "pass"},
		{"O5 http from a trusted proxy", "10.0.0.1:9", "http", redirected},
		{"O5 something else from a trusted proxy", "10.0.0.1:9", "javascript", redirected},
		{"O5 two values, the nearer is http", "10.0.0.1:9", "https, http", redirected},
		{"O5 two values, the nearer is https", "10.0.0.1:9", "http, https", "pass"},
		{"O5 https from another peer", "192.0.2.1:9", "https", redirected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := request("GET", "/", "www.site.com", "X-Forwarded-Proto", tt.proto)
			r.RemoteAddr = tt.peer
			if got := answer(t, h, r); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
	t.Run("O5 a client that is already known decides", func(t *testing.T) {
		for secure, want := range map[bool]string{true: "pass", false: redirected} {
			r, rec := facts.Ensure(request("GET", "/", "www.site.com", "X-Forwarded-Proto", "https"))
			r.RemoteAddr = "10.0.0.1:9"
			rec.SetClient(netip.MustParseAddrPort("192.0.2.1:9"), secure)
			if got := answer(t, h, r); got != want {
				t.Errorf("secure %v: got %s, want %s", secure, got, want)
			}
		}
	})
}

func TestAnyScheme(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"www.site.com", "api.site.com:8080", "tls.site.com:443"}})
	for _, tt := range []struct{ target, host, want string }{
		{"http://x/", "www.site.com", "pass"},
		{"https://x/", "www.site.com", "pass"},
		{"http://x/", "api.site.com:8080", "pass"},
		{"https://x/", "api.site.com:8080", "pass"},
		{"https://x/", "tls.site.com", "pass"},
		{"http://x/", "tls.site.com", "302 http://www.site.com/"},
		{"http://x/", "www.site.com:443", "302 http://www.site.com/"},
		{"http://x/a", "other.site.com", "302 http://www.site.com/a"},
		{"https://x/a", "other.site.com:8080", "302 https://www.site.com/a"},
	} {
		t.Run("O13 "+tt.target+" for "+tt.host, func(t *testing.T) {
			if got := answer(t, h, request("GET", tt.target, tt.host)); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestWildcard(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"https://good.example:8443", "https://*.good.example"}})
	for _, tt := range []struct {
		host string
		pass bool
	}{
		{"a.good.example", true},
		{"A.GOOD.example.", true},
		{"good.example:8443", true},
		{"good.example", false},
		{"a.b.good.example", false},
		{"a.good.example:8443", false},
		{"evilgood.example", false},
		{"a.good.example.evil.com", false},
	} {
		t.Run("O9 "+tt.host, func(t *testing.T) {
			got := answer(t, h, request("GET", "https://x/", tt.host)) == "pass"
			if got != tt.pass {
				t.Errorf("passes: got %v, want %v", got, tt.pass)
			}
		})
	}
}

func TestExemptPaths(t *testing.T) {
	h := mustNew(t, hosts.Options{
		Allowed:     []string{"https://www.site.com"},
		ExemptPaths: []string{"/healthz", "/.well-known/acme-challenge/"},
	})
	for _, tt := range []struct {
		path string
		pass bool
	}{
		{"/healthz", true},
		{"/healthz?full=1", true},
		{"/healthz/", false},
		{"/healthz/x", false},
		{"/healthzx", false},
		{"/HEALTHZ", false},
		{"/", false},
		{"/.well-known/acme-challenge/", true},
		{"/.well-known/acme-challenge/token", true},
		{"/.well-known/acme-challenge", false},
		{"/.well-known/acme-challenge/a/b", false},
		{"/.well-known/acme-challenge/..", false},
		{"/.well-known/acme-challenge/%2e%2e", false},
		{"/.well-known/acme-challenge/..%2f..%2fadmin", false},
	} {
		t.Run("O11 "+tt.path, func(t *testing.T) {
			for _, host := range []string{"127.0.0.1:8080", "a b"} {
				if got := answer(t, h, request("GET", tt.path, host)) == "pass"; got != tt.pass {
					t.Errorf("host %q passes: got %v, want %v", host, got, tt.pass)
				}
			}
		})
	}
	t.Run("O11 the root alone", func(t *testing.T) {
		h := mustNew(t, hosts.Options{Allowed: []string{"https://www.site.com"}, ExemptPaths: []string{"/"}})
		if got := answer(t, h, request("GET", "/", "127.0.0.1")); got != "pass" {
			t.Errorf("/: got %s, want pass", got)
		}
		if got := answer(t, h, request("GET", "/x", "127.0.0.1")); got == "pass" {
			t.Error("/x passes")
		}
	})
}

func TestReflectsNothing(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"https://www.site.com"}})
	for _, host := range []string{"evil.example", "<script>"} {
		t.Run("O12 "+host, func(t *testing.T) {
			w := httptest.NewRecorder()
			h.Handler(inner).ServeHTTP(w, request("GET", "/%3Cscript%3Ealert(1)%3C/script%3E?<script>", host))
			if body := w.Body.String(); strings.ContainsAny(body, "<>") || strings.Contains(body, "script") || strings.Contains(body, "example") {
				t.Errorf("the body repeats the request: %q", body)
			}
			if err := h.Check(request("GET", "/%3Cscript%3E", host)); err == nil || !strings.HasPrefix(err.Error(), "hosts: the host is ") || strings.Contains(err.Error(), "script") {
				t.Errorf("the error repeats the request: %v", err)
			}
			for name, want := range map[string]string{
				"Content-Type":           "text/plain; charset=utf-8",
				"X-Content-Type-Options": "nosniff",
				"Cache-Control":          "no-store",
			} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

// ErrorHandler answers refusals, and only those. What it gets shows nothing from the
// request.
func TestErrorHandler(t *testing.T) {
	for _, tt := range []struct {
		name, method, target, host, code, message string
		status                                    int // 0: it is not called
	}{
		{"a malformed host", "GET", "/", "a b", "host_malformed", "the host is missing, malformed or ambiguous", 400},
		{"a host that cannot be redirected", "OPTIONS", "/", "other.example", "host_not_allowed", "this server does not answer under that name", 421},
		{"a redirect", "GET", "/", "other.example", "", "", 0},
		{"an allowed host", "GET", "/", "www.example.com", "", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got *hosts.MisdirectedError
			h := mustNew(t, hosts.Options{Allowed: []string{"www.example.com"}, ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
				if !errors.As(err, &got) || w.Header().Get("Cache-Control") != "no-store" {
					t.Errorf("got %v under %v", err, w.Header())
				}
				w.WriteHeader(http.StatusTeapot)
			}})
			w := httptest.NewRecorder()
			h.Handler(http.NotFoundHandler()).ServeHTTP(w, request(tt.method, tt.target, tt.host))
			switch {
			case (got != nil) != (tt.status != 0) || (w.Code == http.StatusTeapot) != (tt.status != 0):
				t.Errorf("got %v and %d", got, w.Code)
			case got != nil && (got.StatusCode() != tt.status || got.ErrorCode() != tt.code || got.ClientMessage() != tt.message):
				t.Errorf("got %d %s %q", got.StatusCode(), got.ErrorCode(), got.ClientMessage())
			}
		})
	}
}

func TestOff(t *testing.T) {
	h := mustNew(t, hosts.Options{ExemptPaths: []string{"/x"}})
	if got := answer(t, h, request("GET", "/", "any host at all")); got != "pass" {
		t.Errorf("O13: got %s, want pass", got)
	}
}

func TestOptionsAreCopied(t *testing.T) {
	allowed := []string{"https://www.site.com"}
	exempt := []string{"/healthz"}
	h := mustNew(t, hosts.Options{Allowed: allowed, ExemptPaths: exempt})
	allowed[0], exempt[0] = "https://evil.example", "/x"
	if got := answer(t, h, request("GET", "/x", "evil.example")); got != "302 https://www.site.com/x" {
		t.Errorf("got %s, want what was configured", got)
	}
}

func TestConfigErrors(t *testing.T) {
	_, err := hosts.New(hosts.Options{
		Allowed:        []string{"https://*.site.com", "https://site.com/path", "a b", "https://bücher.example", "ok.example"},
		ExemptPaths:    []string{"healthz"},
		AssumeScheme:   "ftp",
		TrustedProxies: []netip.Prefix{{}},
	})
	if err == nil {
		t.Fatal("got no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, want := range []string{
		`hosts: Allowed[0]: invalid value "https://*.site.com": the first entry is where others are redirected`,
		`hosts: Allowed[1]: invalid value "https://site.com/path": an origin has no path`,
		`hosts: Allowed[2]: invalid value "a b": an origin has no spaces`,
		`hosts: Allowed[3]: invalid value "https://bücher.example": a host is in ASCII: write the A-label form`,
		`hosts: ExemptPaths[0]: invalid value "healthz": a path begins with a slash`,
		`hosts: AssumeScheme: invalid value "ftp": want`,
		`hosts: TrustedProxies[0]: `,
	} {
		if i >= len(lines) || !strings.HasPrefix(lines[i], want) {
			t.Errorf("problem %d: want %s…\nin %v", i, want, err)
		}
	}
	if len(lines) != 7 {
		t.Errorf("got %d problems, want 7: %v", len(lines), err)
	}
	var ce *hosts.ConfigError
	if !errors.As(err, &ce) || ce.Package != "hosts" || ce.Field != "Allowed[0]" {
		t.Errorf("errors.As: got %+v", ce)
	}
}

func TestAllowedHostCostsNoAllocation(t *testing.T) {
	h := mustNew(t, hosts.Options{Allowed: []string{"https://www.site.com", "https://*.site.com"}, ExemptPaths: []string{"/healthz"}})
	for _, host := range []string{"www.site.com", "a.site.com:443"} {
		r := request("GET", "https://x/", host)
		if n := testing.AllocsPerRun(100, func() { _ = h.Check(r) }); n != 0 {
			t.Errorf("%s: got %v allocations, want 0", host, n)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	h := mustNew(b, hosts.Options{Allowed: []string{"https://www.site.com", "https://*.site.com"}})
	r := request("GET", "https://x/", "www.site.com").WithContext(context.Background())
	r.TLS = &tls.ConnectionState{}
	b.ReportAllocs()
	for b.Loop() {
		if err := h.Check(r); err != nil {
			b.Fatal(err)
		}
	}
}
