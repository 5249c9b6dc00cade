package errcode_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/internal/errcode"
)

func TestCodesAreSnakeCaseAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range errcode.Known() {
		if seen[c.Name] || !regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`).MatchString(c.Name) {
			t.Errorf("%q: want a name of its own in snake case", c.Name)
		}
		seen[c.Name] = true
		for _, name := range errcode.Placeholders(c.Text) {
			if !slices.Contains(c.Args, name) {
				t.Errorf("%s: its text has {%s}, which it does not take", c.Name, name)
			}
		}
	}
	if _, ok := errcode.Find("nope"); ok {
		t.Error("found what there is not")
	}
}

func TestExpand(t *testing.T) {
	args := map[string]string{"limit": "7", "param": "a{limit}"}
	for in, want := range map[string]string{
		"":                        "",
		"at most {limit}":         "at most 7",
		"{param}: {limit}{limit}": "a{limit}: 77", // values are not expanded
		"{missing}!":              "!",
		"{ limit } {Limit} {}":    "{ limit } {Limit} {}",
	} {
		if got := errcode.Expand(in, args); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func TestOfStatus(t *testing.T) {
	for status, want := range map[int]string{400: "bad_request", 404: "not_found", 418: "im_a_teapot", 422: "unprocessable_entity", 500: "internal_error", 505: "http_version_not_supported", 599: "status_599"} {
		if got := errcode.OfStatus(status); got != want {
			t.Errorf("%d: got %s, want %s", status, got, want)
		}
	}
	for status := 400; status < 600; status++ {
		if got := errcode.OfStatus(status); !regexp.MustCompile(`^[a-z]+(_[a-z0-9]+)*$`).MatchString(got) {
			t.Errorf("%d: got %s, want snake case", status, got)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	args := map[string]string{"limit": "10", "what": "a {limit}"}
	for _, tt := range []struct {
		text, want string
		names      []string
	}{
		{"", "", nil},
		{"none", "none", nil},
		{"at most {limit}", "at most 10", []string{"limit"}},
		{"{limit}{limit}{other}.", "1010.", []string{"limit", "limit", "other"}},
		{"{what}", "a {limit}", []string{"what"}},
		{"{} {Limit} {li mit} {limit", "{} {Limit} {li mit} {limit", nil},
		{"{{limit}}", "{10}", []string{"limit"}},
		{"{a{limit}", "{a10", []string{"limit"}},
	} {
		if got := errcode.Expand(tt.text, args); got != tt.want {
			t.Errorf("Expand(%q): got %q, want %q", tt.text, got, tt.want)
		}
		if got := errcode.Placeholders(tt.text); !slices.Equal(got, tt.names) {
			t.Errorf("Placeholders(%q): got %q, want %q", tt.text, got, tt.names)
		}
	}
}
