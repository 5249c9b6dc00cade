package notation_test

import (
	"io/fs"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/notation"
)

func TestNotations(t *testing.T) {
	for name, tt := range map[string]struct {
		text string
		want any
		back string // as it is written; the text if ""
	}{
		"a time":                 {"1m30s", 90 * time.Second, ""},
		"a network":              {"10.0.0.0/8", netip.MustParsePrefix("10.0.0.0/8"), ""},
		"an address":             {"10.0.0.1", netip.MustParsePrefix("10.0.0.1/32"), "10.0.0.1/32"},
		"an address of IPv6":     {"::1", netip.MustParsePrefix("::1/128"), "::1/128"},
		"SameSite":               {"lax", http.SameSiteLaxMode, ""},
		"SameSite in upper case": {"None", http.SameSiteNoneMode, "none"},
		"permissions":            {"0640", fs.FileMode(0o640), ""},
	} {
		t.Run(name, func(t *testing.T) {
			n, ok := notation.Of(reflect.TypeOf(tt.want))
			if !ok {
				t.Fatal("there is no notation")
			}
			if got, err := n.Read(tt.text); err != nil || got != tt.want {
				t.Errorf("read as %v (%v), want %v", got, err, tt.want)
			}
			if tt.back == "" {
				tt.back = tt.text
			}
			if got := n.Write(tt.want); got != tt.back {
				t.Errorf("written as %q, want %q", got, tt.back)
			}
		})
	}
}

func TestWrongValuesAreRefused(t *testing.T) {
	for _, tt := range []struct {
		of   any
		text string
	}{
		{time.Second, "30"}, {netip.Prefix{}, "10.0.0.0/33"}, {netip.Prefix{}, "fe80::1%eth0"}, {netip.Prefix{}, ""},
		{http.SameSite(0), "loose"}, {http.SameSite(0), ""}, {fs.FileMode(0), "0888"}, {fs.FileMode(0), "07777"},
	} {
		n, _ := notation.Of(reflect.TypeOf(tt.of))
		if got, err := n.Read(tt.text); err == nil {
			t.Errorf("%q is read as %v", tt.text, got)
		}
		if !strings.HasPrefix(n.Want, "want ") {
			t.Errorf("%T: want says %q", tt.of, n.Want)
		}
	}
	if _, ok := notation.Of(reflect.TypeFor[string]()); ok {
		t.Error("strings have a notation")
	}
	n, _ := notation.Of(reflect.TypeFor[http.SameSite]())
	for _, odd := range []http.SameSite{-1, 0, 99} {
		n.Write(odd) // must not panic
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct{ field, name, variable string }{
		{"MaxAge", "maxAge", "X_MAX_AGE"},
		{"JSONP", "jsonp", "X_JSONP"},
		{"OpenAPI", "openAPI", "X_OPEN_API"},
		{"APIVersion", "apiVersion", "X_API_VERSION"},
		{"MaxURLBytes", "maxURLBytes", "X_MAX_URL_BYTES"},
		{"BindIP", "bindIP", "X_BIND_IP"},
		{"DisableETag", "disableETag", "X_DISABLE_ETAG"},
		{"ContentETags", "contentETags", "X_CONTENT_ETAGS"},
		{"CleanURLs", "cleanURLs", "X_CLEAN_URLS"},
		{"IPv6PrefixBits", "ipv6PrefixBits", "X_IPV6_PREFIX_BITS"},
		{"TrustIPv4", "trustIPv4", "X_TRUST_IPV4"},
		{"URLs", "urls", "X_URLS"},
		{"H2C", "h2c", "X_H2C"},
		{"AllowUTF8", "allowUTF8", "X_ALLOW_UTF8"},
		{"UTF8Names", "utf8Names", "X_UTF8_NAMES"},
		{"URLsETag", "urlsETag", "X_URLS_ETAG"},
		{"IDsIPv6", "idsIPv6", "X_IDS_IPV6"},
		{"DisableHTTPOnly", "disableHTTPOnly", "X_DISABLE_HTTP_ONLY"},
		{"DangerouslyAllowNUL", "dangerouslyAllowNUL", "X_DANGEROUSLY_ALLOW_NUL"},
		{"AFile", "aFile", "X_A_FILE"},
		{"A", "a", "X_A"},
	} {
		if got := notation.Name(tt.field); got != tt.name {
			t.Errorf("%s: got %s, want %s", tt.field, got, tt.name)
		}
		if got := notation.Variable("X_", notation.Name(tt.field)); got != tt.variable {
			t.Errorf("%s: got %s, want %s", tt.field, got, tt.variable)
		}
	}
	if got := notation.Variable("X_", "fingerprintOptions.settings.httpOnly"); got != "X_FINGERPRINT_OPTIONS_SETTINGS_HTTP_ONLY" {
		t.Errorf("got %s", got)
	}
}
