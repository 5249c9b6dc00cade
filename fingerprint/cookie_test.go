package fingerprint_test

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
	"github.com/sidekick-http/sidekick/internal/facts"
)

func TestCookieFloods(t *testing.T) {
	f := signed(t)
	good := forge(keyA, "sessionID", time.Now(), someID)
	junk := strings.Repeat("A", len(good))
	many := func(n int) string { return strings.Repeat("a=b; ", n) }
	tests := []struct {
		name string
		req  *http.Request
		want string // "" means a new client
	}{
		{"F4 a value of 1 MB", withCookie(strings.Repeat("A", 1<<20)), ""},
		{"F4 a value of 1 MB beside a good one", get("Cookie", "x="+strings.Repeat("A", 1<<20)+"; sessionID="+good), someID},
		{"F4 3001 cookies", get("Cookie", many(3000)+"sessionID="+good), ""},
		{"F4 3000 cookies", get("Cookie", many(2999)+"sessionID="+good), someID},
		{"F4 3001 cookies in two fields", get("Cookie", many(1500)+"sessionID="+good, "Cookie", many(1499)+"a=b"), ""},
		{"F4 same name twice, the first good", get("Cookie", "sessionID="+good+"; sessionID="+junk), someID},
		{"F4 same name twice, the second good", get("Cookie", "sessionID="+junk+"; sessionID="+good), someID},
		{"F4 same name in two fields", get("Cookie", "sessionID="+junk, "Cookie", "sessionID="+good), someID},
		{"F4 two good ones, the first wins", get("Cookie", "sessionID="+good+"; sessionID="+forge(keyA, "sessionID", time.Now(), strings.Repeat("f", 40))), someID},
		{"F4 more of the name than are tried", get("Cookie", strings.Repeat("sessionID="+junk+"; ", 100)+"sessionID="+good), ""},
		{"only semicolons", get("Cookie", ";;; ;"), ""},
		{"a name that ends alike", get("Cookie", "xsessionID="+good), ""},
		{"a name that begins alike", get("Cookie", "sessionIDx="+good), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := send(t, f, tt.req, nil)
			if known := v.id == someID; known != (tt.want != "") || known != (v.cookie == nil) {
				t.Errorf("got id %q and cookie %v, want %q", v.id, v.cookie, tt.want)
			}
		})
	}
}

func TestAttributes(t *testing.T) {
	tests := []struct {
		name    string
		options fingerprint.Options
		https   bool
		want    string // after the value and without Expires
	}{
		{"F6 http", fingerprint.Options{}, false, "sessionID; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax"},
		{"F6 https", fingerprint.Options{}, true, "sessionID; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{"F6 always secure", fingerprint.Options{Secure: true}, false, "sessionID; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{"F6 __Host-", fingerprint.Options{HostPrefix: true}, false, "__Host-sessionID; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax"},
		{"F6 embedded", fingerprint.Options{Secure: true, SameSite: http.SameSiteNoneMode, Partitioned: true}, true, "sessionID; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=None; Partitioned"},
		{"F6 others", fingerprint.Options{CookieName: "mySession", Path: "/app", Domain: "site.com", MaxAge: 2 * time.Hour, SameSite: http.SameSiteStrictMode, DisableHTTPOnly: true}, false,
			"mySession; Path=/app; Domain=site.com; Max-Age=7200; SameSite=Strict"},
		{"F6 without an age", fingerprint.Options{MaxAge: -1, SameSite: http.SameSiteDefaultMode}, false, "sessionID; Path=/; HttpOnly"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.options.Keys = [][]byte{keyA}
			f := mustNew(t, tt.options)
			r := get()
			if tt.https {
				r = httptest.NewRequest("GET", "https://site.com/", nil)
			}
			v := send(t, f, r, nil)
			line := v.res.Header.Get("Set-Cookie")
			if age := v.cookie.MaxAge; age > 0 {
				if off := time.Until(v.cookie.Expires) - time.Duration(age)*time.Second; off < -5*time.Second || off > 5*time.Second {
					t.Errorf("Expires and Max-Age differ by %v: %s", off, line)
				}
			} else if !v.cookie.Expires.IsZero() {
				t.Errorf("Expires without Max-Age: %s", line)
			}
			got := strings.Replace(line, "="+v.value(), "", 1)
			got = regexp.MustCompile(`; Expires=[^;]*`).ReplaceAllString(got, "")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
			again := get("Cookie", v.cookie.Name+"="+v.value())
			if v2 := send(t, f, again, nil); v2.id != v.id {
				t.Errorf("coming back: got id %q, want %q", v2.id, v.id)
			}
		})
	}
}

func TestSecureBehindProxy(t *testing.T) {
	f := mustNew(t, fingerprint.Options{Keys: [][]byte{keyA}, TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}})
	for peer, want := range map[string]bool{"10.0.0.1:9": true, "192.0.2.1:9": false} {
		r := get("X-Forwarded-Proto", "https")
		r.RemoteAddr = peer
		if v := send(t, f, r, nil); v.cookie.Secure != want {
			t.Errorf("F6 from %s: got Secure %v, want %v", peer, v.cookie.Secure, want)
		}
	}
	r, rec := facts.Ensure(get("X-Forwarded-Proto", "https"))
	r.RemoteAddr = "10.0.0.1:9"
	rec.SetClient(netip.MustParseAddrPort("192.0.2.1:9"), false)
	if v := send(t, f, r, nil); v.cookie.Secure {
		t.Error("F6 a client that is already known does not decide")
	}
}

func TestSharedCaches(t *testing.T) {
	f := signed(t)
	tests := []struct {
		name         string
		method       string
		cacheControl []string
		status       int
		cookie       bool
		want         string // Cache-Control
	}{
		{"F8 no Cache-Control", "GET", nil, 200, true, "private"},
		{"F8 nothing written", "GET", nil, 0, true, "private"},
		{"F8 HEAD", "HEAD", nil, 200, true, "private"},
		{"F8 not found", "GET", nil, 404, true, "private"},
		{"F8 static file", "GET", []string{"max-age=60, must-revalidate, public"}, 200, false, "max-age=60, must-revalidate, public"},
		{"F8 age alone", "GET", []string{"Max-Age=60"}, 200, false, "Max-Age=60"},
		{"F8 age for shared caches", "GET", []string{"no-cache", "s-maxage=5"}, 200, false, "no-cache"},
		{"F8 private with an age", "GET", []string{"private, max-age=60"}, 200, true, "private, max-age=60"},
		{"F8 no-store", "GET", []string{"no-store"}, 200, true, "no-store"},
		{"F8 no-cache", "GET", []string{"no-cache"}, 200, true, "no-cache, private"},
		{"F8 no age", "GET", []string{"max-age=0, must-revalidate"}, 200, true, "max-age=0, must-revalidate, private"},
		{"F8 no-transform", "GET", []string{"no-transform"}, 200, true, "no-transform, private"},
		{"F8 304", "GET", nil, 304, false, ""},
		{"F8 redirect", "GET", nil, 301, false, ""},
		{"F8 preflight", "OPTIONS", nil, 204, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := get()
			r.Method = tt.method
			v := send(t, f, r, func(w http.ResponseWriter, _ *http.Request) {
				for _, line := range tt.cacheControl {
					w.Header().Add("Cache-Control", line)
				}
				if tt.status != 0 {
					w.WriteHeader(tt.status)
				}
			})
			if got := v.cookie != nil; got != tt.cookie || v.res.Header.Get("Cache-Control") != tt.want {
				t.Errorf("got cookie %v, Cache-Control %q, want %v, %q", got, v.res.Header.Get("Cache-Control"), tt.cookie, tt.want)
			}
		})
	}
	t.Run("F8 a client that is known", func(t *testing.T) {
		v := send(t, f, withCookie(forge(keyA, "sessionID", time.Now(), someID)), nil)
		if len(v.res.Header) != 0 {
			t.Errorf("got header %v, want none", v.res.Header)
		}
	})
}
