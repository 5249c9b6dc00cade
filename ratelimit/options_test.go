package ratelimit_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/ratelimit"
)

func TestConfigErrors(t *testing.T) {
	second := []ratelimit.Limit{{Rate: 1, Per: time.Second}}
	long := strings.Repeat("x", 65)
	for _, test := range []struct {
		name    string
		options ratelimit.Options
		want    []string // fields
	}{
		{"nothing", ratelimit.Options{}, []string{"Limits"}},
		{"too many limits", ratelimit.Options{Limits: []ratelimit.Limit{
			{Rate: 1, Per: time.Second}, {Rate: 2, Per: time.Second}, {Rate: 3, Per: time.Second}, {Rate: 4, Per: time.Second}, {Rate: 5, Per: time.Second},
		}}, []string{"Limits"}},
		{"limits without a rate or a time", ratelimit.Options{Limits: []ratelimit.Limit{{Per: time.Second, Name: "a"}, {Rate: 1, Name: "b"}, {Rate: -1, Per: time.Second, Name: "c"}, {Rate: 1, Per: -1, Name: "d"}}},
			[]string{"Limits[0].Rate", "Limits[1].Per", "Limits[2].Rate", "Limits[3].Per"}},
		{"rates and bursts out of range", ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 10_000_001, Per: time.Second}, {Rate: 1, Per: time.Hour, Burst: 9601}, {Rate: 1, Per: time.Hour, Burst: -1, Name: "c"}, {Rate: 1, Per: 401 * 24 * time.Hour}}},
			[]string{"Limits[0].Rate", "Limits[1].Burst", "Limits[2].Burst", "Limits[3].Burst"}},
		{"names", ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Second, Name: "a b"}, {Rate: 1, Per: time.Second, Name: `a"b`}, {Rate: 1, Per: time.Second, Name: long}, {Rate: 1, Per: time.Second, Name: "ü"}}},
			[]string{"Limits[0].Name", "Limits[1].Name", "Limits[2].Name", "Limits[3].Name"}},
		{"names that are equal", ratelimit.Options{Limits: []ratelimit.Limit{{Rate: 1, Per: time.Second}, {Rate: 1, Per: time.Second, Burst: 5}, {Name: "1/s", Rate: 7, Per: time.Second}}},
			[]string{"Limits[1].Name", "Limits[2].Name"}},
		{"the scope", ratelimit.Options{Limits: second, Scope: "a b"}, []string{"Scope"}},
		{"several keys", ratelimit.Options{Limits: second, KeyFingerprint: true, KeyHeader: "a b", Key: func(*http.Request) string { return "" }, IPv6PrefixBits: 31},
			[]string{"KeyFingerprint, KeyHeader, Key", "KeyHeader", "IPv6PrefixBits"}},
		{"bits", ratelimit.Options{Limits: second, IPv6PrefixBits: 129}, []string{"IPv6PrefixBits"}},
		{"proxies and paths", ratelimit.Options{Limits: second, TrustedProxies: []netip.Prefix{{}}, ExemptPaths: []string{"/a", "b", ""}},
			[]string{"TrustedProxies[0]", "ExemptPaths[1]", "ExemptPaths[2]"}},
		{"fields", ratelimit.Options{Limits: second, FieldsAlways: true, OmitFields: true}, []string{"OmitFields"}},
		{"the store", ratelimit.Options{Limits: second, StoreTimeout: -1, StoreFailures: -1, StorePause: -1, Fallback: 3},
			[]string{"StoreTimeout", "StoreFailures", "StorePause", "Fallback"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l, err := ratelimit.New(test.options)
			if l != nil || err == nil {
				t.Fatalf("got %v and no error", l)
			}
			joined, isJoined := err.(interface{ Unwrap() []error })
			if !isJoined {
				t.Fatalf("got %v, want joined errors", err)
			}
			var got []string
			for _, err := range joined.Unwrap() {
				var config *ratelimit.ConfigError
				if !errors.As(err, &config) || config.Package != "ratelimit" || config.Reason == "" {
					t.Errorf("got %v, want a ConfigError", err)
					continue
				}
				got = append(got, config.Field)
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("got errors of %q, want %q:\n%v", got, test.want, err)
			}
		})
	}
}

func TestNamesOfLimits(t *testing.T) {
	p := func(limits ...ratelimit.Limit) (names []string) {
		l := withClock(t, newClock(), 0, ratelimit.Options{Limits: limits})
		d, err := l.Allow(t.Context(), "x", 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range d.Limits() {
			names = append(names, s.Name)
		}
		return names
	}
	if got := p(ratelimit.Limit{Rate: 5, Per: time.Hour}); !slices.Equal(got, []string{"default"}) {
		t.Errorf("got %q", got)
	}
	got := p(ratelimit.Limit{Rate: 5, Per: time.Second}, ratelimit.Limit{Rate: 5, Per: 90 * time.Second}, ratelimit.Limit{Rate: 5, Per: 48 * time.Hour}, ratelimit.Limit{Rate: 5, Per: 1_234_567})
	if want := []string{"5/s", "5/90s", "5/2d", "5/1234567ns"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFallbackAsText(t *testing.T) {
	for f, want := range map[ratelimit.Fallback]string{ratelimit.FallbackLocal: `"local"`, ratelimit.FallbackOpen: `"open"`, ratelimit.FallbackClosed: `"closed"`} {
		text, err := json.Marshal(f)
		if err != nil || string(text) != want {
			t.Errorf("got %s, %v, want %s", text, err, want)
		}
		var back ratelimit.Fallback
		if err := json.Unmarshal(text, &back); err != nil || back != f {
			t.Errorf("%s: got %v, %v", text, back, err)
		}
	}
	var f ratelimit.Fallback
	if err := json.Unmarshal([]byte(`"ajar"`), &f); err == nil || !strings.Contains(err.Error(), `"ajar"`) {
		t.Errorf("got %v", err)
	}
	if _, err := json.Marshal(ratelimit.Fallback(9)); err == nil {
		t.Error("a fallback that does not exist became text")
	}
}

// Every problem of a limit is reported, not only the first.
func TestAllProblemsOfALimitAreReported(t *testing.T) {
	_, err := ratelimit.New(ratelimit.Options{Limits: []ratelimit.Limit{{Rate: -1, Per: -1, Burst: -5}, {Rate: -1, Per: time.Second, Name: "b"}}})
	if err == nil {
		t.Fatal("got no error")
	}
	for _, want := range []string{"Limits[0].Rate: ", "Limits[0].Per: ", "Limits[0].Burst: ", "Limits[1].Rate: "} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not in\n%v", want, err)
		}
	}
	if strings.Contains(err.Error(), "Limits[1].Burst") {
		t.Errorf("a default is reported:\n%v", err)
	}
}
