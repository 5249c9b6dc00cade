package facts_test

import (
	"net/http/httptest"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
)

func TestShownPath(t *testing.T) {
	for _, tt := range []struct{ value, path, want string }{
		{"x", "/reset/x", "/reset/[FILTERED]"},
		{"x", "/x/xx/x/", "/[FILTERED]/xx/[FILTERED]/"},
		{"a/b", "/rest/a%2Fb", "/rest/[FILTERED]"},
		{"a/b", "/rest/a/b/ab", "/rest/[FILTERED]/[FILTERED]/ab"},
		{"ä", "/%C3%A4/%c3%a4", "/[FILTERED]/[FILTERED]"},
		{"%zz", "/%zz/a", "/[FILTERED]/a"},
		{"", "//a/", "//a/"},
		{"x", "https://a.example/x/y", "https://a.example/[FILTERED]/y"},
	} {
		_, rec := facts.Ensure(httptest.NewRequest("GET", "/", nil))
		if got := rec.ShownPath(tt.path); got != tt.path {
			t.Errorf("%s: got %s with nothing to hide", tt.path, got)
		}
		rec.HidePath(tt.value)
		if got := rec.ShownPath(tt.path); got != tt.want {
			t.Errorf("%q in %s: got %s, want %s", tt.value, tt.path, got, tt.want)
		}
	}
	if got := (*facts.Record)(nil).ShownPath("/x"); got != "/x" {
		t.Errorf("without a record: got %s", got)
	}
}
