package hosts

import (
	"crypto/tls"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"testing"
)

// FuzzHost checks that normalising an accepted Host twice changes nothing, and that
// the result is harmless in a header.
func FuzzHost(f *testing.F) {
	for _, s := range []string{"good.example", "GOOD.example.:0080", "[::1]:8080", "[fe80::1%25eth0]", "127.0.0.1", "xn--bcher-kva", "a..b", "x:99999", "::", "[]:"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, problem := parseAuthority(s)
		if problem != "" {
			return
		}
		out := a.String()
		again, problem := parseAuthority(out)
		if problem != "" || again != a {
			t.Fatalf("%q became %q, which became %q (%s)", s, out, again, problem)
		}
		if strings.ContainsAny(out, "/\\@?#% \r\n") || out != strings.ToLower(out) {
			t.Fatalf("%q became %q", s, out)
		}
	})
}

// FuzzOrigin checks that a parsed origin parses as itself again, and that net/url
// sees the same host in it.
func FuzzOrigin(f *testing.F) {
	for _, s := range []string{"https://www.site.com", "http://api.site.com:8080", "*.site.com", "www.site.com:443", "https://[::1]", "ftp://x", "https://a@b", "https://*.xn--bcher-kva:80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		o, problem := parseOrigin(s)
		if problem != "" {
			return
		}
		out := o.String()
		again, problem := parseOrigin(out)
		if problem != "" || again != o {
			t.Fatalf("%q became %q, which became %q (%s)", s, out, again, problem)
		}
		if o.scheme == "" || o.wildcard {
			return
		}
		u, err := url.Parse(out + pathAndQuery(&url.URL{Path: "/x"}))
		if err != nil || u.Scheme != o.scheme || u.Host != o.authority.String() || u.User != nil || u.Path != "/x" {
			t.Fatalf("%q became %q, which is the URL %v (%v)", s, out, u, err)
		}
	})
}

// FuzzLocation checks that whatever a client asks for, the Location leads to the
// configured origin, in ASCII and on one line.
func FuzzLocation(f *testing.F) {
	for _, s := range []string{"/", "//evil.example/x", "/%0d%0aSet-Cookie:x", "/%5cevil?a=b&c=%20", "/\\evil", "http://evil.example", "*", "/x?", "/?\"<script>#x", "/ü?ü"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, target string) {
		asked, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		const origin = "https://good.example"
		location := origin + pathAndQuery(asked)
		for i := range len(location) {
			if c := location[i]; c <= ' ' || c >= 0x7f {
				t.Fatalf("%q became %q", target, location)
			}
		}
		u, err := url.Parse(location)
		if err != nil || u.Scheme+"://"+u.Host != origin || u.User != nil || u.Fragment != "" {
			t.Fatalf("%q became %q, which is %v (%v)", target, location, u, err)
		}
		if asked.Path != "" && asked.Path[0] == '/' && u.Path != asked.Path {
			t.Fatalf("the path %q became %q", asked.Path, u.Path)
		}
	})
}

// FuzzUsualForms checks that whatever passes without being parsed would also pass
// if parsed.
func FuzzUsualForms(f *testing.F) {
	for _, allowed := range []string{"https://www.site.com", "http://api.site.com:8080", "www.site.com", "www.site.com:443", "http://a.b:443", "https://[::1]", "127.0.0.1:80"} {
		for _, host := range []string{"www.site.com", "WWW.site.com.", "www.site.com:443", "www.site.com:80", "api.site.com:8080", "a.b", "a.b:443", "[::1]", "[::1]:443", "127.0.0.1", ""} {
			f.Add(allowed, host, "", true)
			f.Add(allowed, host, "other.example", false)
		}
	}
	f.Fuzz(func(t *testing.T, allowed, host, second string, secure bool) {
		h, err := New(Options{Allowed: []string{allowed, "*.wild.example"}})
		if err != nil {
			return
		}
		parsing := *h
		parsing.usual = nil
		hosts := []string{host}
		for form := range h.usual {
			hosts = append(hosts, form)
		}
		for _, host := range hosts {
			r := &http.Request{Method: "GET", Host: host, URL: &url.URL{Path: "/"}, Header: http.Header{}}
			if secure {
				r.TLS = &tls.ConnectionState{}
			}
			if second != "" {
				r.Header["Host"] = []string{second}
			}
			if got, want := h.check(r), parsing.check(r); !reflect.DeepEqual(got, want) {
				t.Fatalf("%q, allowed %q, secure %t: got %v, want %v", host, allowed, secure, got, want)
			}
		}
	})
}
