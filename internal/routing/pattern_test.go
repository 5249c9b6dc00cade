package routing_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/routing"
)

func TestParseAccepts(t *testing.T) {
	for _, tt := range []struct {
		path string
		vars []string
	}{
		{"", nil},
		{"/", nil},
		{"/thing/stuff", nil},
		{"thing/stuff/", nil},
		{"/v:apiVersion/login", []string{"apiVersion"}},
		{"/a/complex/:key/__:path(^.*$)", []string{"key", "path"}},
		{":path(.*)", []string{"path"}},
		{`/login/:userID(^(\d{3}|admin)$)`, []string{"userID"}},
		{`/x/:a(\Qa)b\E)`, []string{"a"}},
		{`/x/:a([)(])`, []string{"a"}},
		{`/x/:a([^:?*{}#]{1,3})`, []string{"a"}},
		{"/x/:a-b_2", []string{"a-b_2"}},
		{"/x/:größe", []string{"größe"}},
		{"/ünï/a.b/100%/~@$&'+,;=!", nil},
		{"/.well-known/acme", nil},
		{"/a/.../b", nil},
		{"/v..", nil},
	} {
		p, err := routing.Parse(tt.path, false)
		if err != nil {
			t.Errorf("%q: %v", tt.path, err)
			continue
		}
		if got := p.Variables(); !slices.Equal(got, tt.vars) {
			t.Errorf("%q: got variables %q, want %q", tt.path, got, tt.vars)
		}
		if p.String() != tt.path {
			t.Errorf("%q: got %q back", tt.path, p)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, tt := range []struct {
		path   string
		offset int
		reason string // a part of the reason
	}{
		{"//a", 1, "empty part"},
		{"/a//b", 3, "empty part"},
		{"/a/b//", 5, "empty part"},
		{"/a/../b", 3, "never matches"},
		{"/./b", 1, "never matches"},
		{"/a/:", 4, "without a name"},
		{"/a/:(x)", 4, "without a name"},
		{"/a/:1a", 4, "name cannot hold '1'"},
		{"/a/:a:b", 5, "name cannot hold ':'"},
		{"/a/:a.json", 5, "name cannot hold '.'"},
		{"/a/:id?", 6, "name cannot hold '?'"},
		{"/a/x?y", 4, "literal cannot hold '?'"},
		{"/a/*rest", 3, "literal cannot hold '*'"},
		{"/a/{id}", 3, "literal cannot hold '{'"},
		{`/a/b\c`, 4, `literal cannot hold '\\'`},
		{`/user(\d+)`, 5, "literal cannot hold '('"},
		{"/a\nb", 2, "control character"},
		{"/a%20b", 2, `write the character that "%20" stands for`},
		{"/a/\xff", 3, "UTF-8"},
		{"/:a/:b/:a", 7, `second variable "a"`},
		{"/a/:b()", 6, "empty expression"},
		{`/a/:b(\d`, 5, "not closed"},
		{`/a/:b([^/]+)`, 5, `hold no "/"`},
		{`/a/:b(\d).json`, 5, "nothing may follow"},
		{`/a/:b(x)(y)`, 6, "unexpected )"},
		{`/a/:b(ab(?=c))`, 8, "(?="},
		{`/a/:b(ab[z-a])`, 9, "z-a"},
		{`/a/:b((a)\1)`, 9, `\1`},
		{`/a/:b(x{1001})`, 7, "repeat count"},
		{`/a/:b(^$)`, 6, "only matches an empty value"},
		{`/a/:b(x*y^)`, 6, "only matches an empty value"},
		{"/:a(" + strings.Repeat("(x{500})", 9) + ")", 4, "too large"},
		{"/" + strings.Repeat("a/", 33), 65, "more than 32 parts"},
		{"/" + strings.Repeat("a", 1024), 1024, "longer than 1024 bytes"},
		{"/" + strings.Repeat("é", 1024), 1024, "longer than 1024 bytes"},
	} {
		p, err := routing.Parse(tt.path, false)
		var pe *routing.PatternError
		if err != nil && !utf8.ValidString(err.Error()) {
			t.Errorf("%q: the error cuts a character: %q", tt.path, err)
		}
		switch {
		case err == nil:
			t.Errorf("%q: got %v, want an error with %q", tt.path, p, tt.reason)
		case !errors.As(err, &pe) || pe.Offset != tt.offset || !strings.Contains(pe.Reason, tt.reason):
			t.Errorf("%q: got %v, want offset %d and %q", tt.path, err, tt.offset, tt.reason)
		case len(err.Error()) > 1000:
			t.Errorf("%q: the error has %d bytes", tt.path, len(err.Error()))
		}
	}
	_, err := routing.Parse("/a//b", false)
	if want := `pattern "/a//b": at offset 3: `; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %q, want it to begin with %q", err, want)
	}
}
