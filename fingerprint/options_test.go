package fingerprint_test

import (
	"errors"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/fingerprint"
)

func TestConfigErrors(t *testing.T) {
	keys := [][]byte{keyA}
	tests := []struct {
		name    string
		options fingerprint.Options
		want    []string // the beginning of each line
	}{
		{"F5 no key", fingerprint.Options{}, []string{"fingerprint: Keys: want at least one key of 32 bytes"}},
		{"F5 short keys", fingerprint.Options{Keys: [][]byte{keyA, []byte("secret"), {}}},
			[]string{"fingerprint: Keys[1]: the key has 6 bytes", "fingerprint: Keys[2]: the key has 0 bytes"}},
		{"F5 keys and random keys", fingerprint.Options{Keys: keys, RandomKeys: true}, []string{"fingerprint: RandomKeys: "}},
		{"F5 keys without signatures", fingerprint.Options{Keys: keys, DangerouslyUnsigned: true}, []string{"fingerprint: DangerouslyUnsigned: "}},
		{"F5 random keys without signatures", fingerprint.Options{RandomKeys: true, DangerouslyUnsigned: true}, []string{"fingerprint: DangerouslyUnsigned: "}},
		{"F6 None without Secure", fingerprint.Options{Keys: keys, SameSite: http.SameSiteNoneMode}, []string{`fingerprint: SameSite: invalid value "None"`}},
		{"F6 Partitioned without Secure", fingerprint.Options{Keys: keys, Partitioned: true}, []string{"fingerprint: Partitioned: "}},
		{"F6 unknown SameSite", fingerprint.Options{Keys: keys, SameSite: 9}, []string{"fingerprint: SameSite: "}},
		{"F6 __Host- with a path and a domain", fingerprint.Options{Keys: keys, HostPrefix: true, Path: "/x", Domain: "site.com"},
			[]string{`fingerprint: Path: invalid value "/x"`, `fingerprint: Domain: invalid value "site.com"`}},
		{"F6 __Host- written out", fingerprint.Options{Keys: keys, CookieName: "__host-x"}, []string{"fingerprint: CookieName: "}},
		{"F6 __Secure- without Secure", fingerprint.Options{Keys: keys, CookieName: "__Secure-x"}, []string{"fingerprint: CookieName: "}},
		{"F9 too large", fingerprint.Options{Keys: keys, CookieName: strings.Repeat("n", 4000)}, []string{"fingerprint: CookieName, Path, Domain: the cookie has 4"}},
		{"all at once", fingerprint.Options{
			CookieName: "a b", Path: "x;", Domain: "a b", MaxAge: 1500 * time.Millisecond, RenewBefore: time.Hour,
			TrustedProxies: []netip.Prefix{{}},
		}, []string{
			"fingerprint: Keys: ", "fingerprint: CookieName: ", "fingerprint: Path: ", "fingerprint: Domain: ",
			"fingerprint: MaxAge: ", "fingerprint: RenewBefore: ", "fingerprint: TrustedProxies[0]: ",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := fingerprint.New(tt.options)
			if err == nil {
				t.Fatal("got no error")
			}
			lines := strings.Split(err.Error(), "\n")
			if len(lines) != len(tt.want) {
				t.Fatalf("got %d problems, want %d: %v", len(lines), len(tt.want), err)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(lines[i], want) {
					t.Errorf("got %s\nwant %s…", lines[i], want)
				}
			}
			var ce *fingerprint.ConfigError
			if !errors.As(err, &ce) || ce.Package != "fingerprint" {
				t.Errorf("errors.As: got %+v", ce)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error shows a key: %v", err)
			}
		})
	}
}

func TestAcceptedOptions(t *testing.T) {
	for name, o := range map[string]fingerprint.Options{
		"__Secure- with Secure": {Keys: [][]byte{keyA}, CookieName: "__Secure-x", Secure: true},
		"two keys":              {Keys: [][]byte{keyA, keyB}},
		"years":                 {RandomKeys: true, MaxAge: 10 * 365 * 24 * time.Hour},
	} {
		if _, err := fingerprint.New(o); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
