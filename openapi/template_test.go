package openapi

import (
	"slices"
	"testing"
)

func TestTemplate(t *testing.T) {
	for _, tt := range []struct{ pattern, want string }{
		{"", "/"},
		{"/", "/"},
		{"users/:userID", "/users/{userID}"},
		{"/users/:userID/", "/users/{userID}"},
		{"/v:apiVersion/login", "/v{apiVersion}/login"},
		{`/login/:userID(\d{3}|admin)`, "/login/{userID}"},
		{`/login/:userID(a(b:c)d)`, "/login/{userID}"},
		{"/a b/50%/ö", "/a%20b/50%25/%C3%B6"},
	} {
		if got := template(segmentsOf(tt.pattern, false)); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.pattern, got, tt.want)
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

func TestSameVersion(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"1", "1.0", true}, {"2.5", "2.50", true}, {"1", "2", false}, {"v1", "v1", true}, {"1e3", "1000", false}, {".5", "0.5", false}, {"a", "b", false},
	} {
		if got := sameVersion(tt.a, tt.b); got != tt.want {
			t.Errorf("%s and %s: got %v", tt.a, tt.b, got)
		}
	}
}

func TestTemplateNames(t *testing.T) {
	if got, want := templateNames("/a/{b}/v{c}/d"), []string{"b", "c"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
