package suggest

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	names := []string{"port", "bindIP", "maxAge", "serverName", "allowedHosts", "maxConnections"}
	for key, want := range map[string]string{
		"prot":                               "port",       // the same letters
		"Port":                               "port",       // another case
		"bindIp":                             "bindIP",     //
		"maxage":                             "maxAge",     //
		"maxAges":                            "maxAge",     // one letter too many
		"severName":                          "serverName", // one too few
		"allowedHots":                        "allowedHosts",
		"maxConections":                      "maxConnections",
		"cache":                              "", // nothing like it
		"x":                                  "",
		"":                                   "",
		strings.Repeat("maxConnections", 10): "", // no name is so long
	} {
		if got := Nearest(key, names); got != want {
			t.Errorf("%q: got %q, want %q", key, got, want)
		}
	}
	if got := Nearest("port", nil); got != "" {
		t.Errorf("of no names: got %q", got)
	}
	if got := Nearest("prt", []string{"part", "port"}); got != "part" {
		t.Errorf("of two that are as near: got %q, want the first", got)
	}
}

func TestIsTypo(t *testing.T) {
	for _, tt := range []struct {
		key  string
		want bool
	}{{"requird", true}, {"requierd", true}, {"Requiredd", true}, {"requared", true}, {"required", false}, {"REQUIRED", false}, {"requir", false}, {"", false}, {strings.Repeat("required", 9), false}} {
		if got := IsTypo(tt.key, "required"); got != tt.want {
			t.Errorf("%q: got %v", tt.key, got)
		}
	}
}
