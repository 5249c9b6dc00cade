package urlpath_test

import (
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/internal/urlpath"
)

func TestCutPrefix(t *testing.T) {
	for _, tt := range []struct {
		target, prefix, want string
		ok                   bool
	}{
		{"/api/x", "", "/api/x", true},
		{"/api/x", "/api", "/x", true},
		{"/api", "/api", "", true},
		{"/apis", "/api", "", false},
		{"/%61pi/x", "/api", "/x", true},
		{"/%61pi/a%2Fb", "/api", "/a%2Fb", true},
		{"/api%2Fx", "/api", "", false},
		{"/a/b/c", "/a/b", "/c", true},
		{"/a/%62/c", "/a/b", "/c", true},
		{"/a%2Fb/c", "/a/b", "", false},
		{"/%61", "/a/b", "", false},
		{"/API/x", "/api", "", false},
	} {
		path, decoded := urlpath.Of(httptest.NewRequest("GET", tt.target, nil))
		rest, ok := urlpath.CutPrefix(path, tt.prefix, decoded)
		if ok != tt.ok || ok && rest != tt.want {
			t.Errorf("%s without %q: got %q %v, want %q %v", tt.target, tt.prefix, rest, ok, tt.want, tt.ok)
		}
	}
}

func TestSingle(t *testing.T) {
	for target, want := range map[string]string{
		"/a": "a", "/a/": "a", "/%61": "a", "/a%2Fb": "a/b", "/%73/": "s",
		"/": "", "//a": "", "/a//": "", "/a/b": "",
	} {
		path, decoded := urlpath.Of(httptest.NewRequest("GET", target, nil))
		if got, ok := urlpath.Single(path, decoded); got != want || ok != (want != "") {
			t.Errorf("%s: got %q %v, want %q", target, got, ok, want)
		}
	}
}
