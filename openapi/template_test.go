package openapi

import (
	"slices"
	"testing"

	"github.com/sidekick-http/sidekick/dispatch"
)

func TestTemplate(t *testing.T) {
	literal := func(text string) dispatch.Segment { return dispatch.Segment{Literal: text} }
	variable := func(name, expr string) dispatch.Segment {
		return dispatch.Segment{Variable: name, Expression: expr}
	}
	for _, tt := range []struct {
		segments []dispatch.Segment
		want     string
	}{
		{nil, "/"},
		{[]dispatch.Segment{literal("users"), variable("userID", "")}, "/users/{userID}"},
		{[]dispatch.Segment{{Literal: "v", Variable: "apiVersion"}, literal("login")}, "/v{apiVersion}/login"},
		{[]dispatch.Segment{literal("login"), variable("userID", `\d{3}|admin`)}, "/login/{userID}"},
		{[]dispatch.Segment{literal("session:create")}, "/session:create"},
		{[]dispatch.Segment{literal("a b"), literal("50%"), literal("ö"), literal("{x}")}, "/a%20b/50%25/%C3%B6/%7Bx%7D"},
	} {
		if got := template(segmentsOf(&dispatch.Way{Segments: tt.segments})); got != tt.want {
			t.Errorf("%v: got %s, want %s", tt.segments, got, tt.want)
		}
	}
}

func TestECMAPattern(t *testing.T) {
	for _, tt := range []struct {
		expr, want string
		ok         bool
	}{
		{"", "", false},
		{`\d+`, `^(?:\d+)$`, true},
		{`^\d+$`, `^\d+$`, true},
		{`^a|b$`, `^(?:^a|b$)$`, true},
		{`^a\$`, `^(?:^a\$)$`, true},
		{`(?:a|b)c`, `^(?:(?:a|b)c)$`, true},
		{`(?i)a`, "", false},
		{`(?P<n>a)`, "", false},
		{`[[:alpha:]]`, "", false},
		{`[_[:^digit:]]`, "", false},
		{`[a:]`, `^(?:[a:])$`, true},
		{`\pL`, "", false},
		{`a\@b`, "", false},
		{`[\w\-\.]+\/`, `^(?:[\w\-\.]+\/)$`, true},
		{`\101`, "", false},
		{`a\z`, "", false},
		{`\x{10FFFF}`, "", false},
	} {
		if got, ok := ecmaPattern(tt.expr); got != tt.want || ok != tt.ok {
			t.Errorf("%s: got %q, %v, want %q, %v", tt.expr, got, ok, tt.want, tt.ok)
		}
	}
}

func TestCamel(t *testing.T) {
	for name, want := range map[string]string{
		"login": "Login", "userCreate": "UserCreate", "user-create": "UserCreate", "a1b2": "A1b2", "ö": "", "é–x": "X", "URL": "URL",
	} {
		if got := camel(name); got != want {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
}

func TestTemplateNames(t *testing.T) {
	if got, want := templateNames("/a/{b}/v{c}/d"), []string{"b", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
