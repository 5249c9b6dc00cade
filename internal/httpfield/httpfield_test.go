package httpfield_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

func TestTokensAndValues(t *testing.T) {
	for _, tt := range []struct {
		s            string
		token, value bool
	}{
		{"", false, true}, {"X-Name", true, true}, {"!#$%&'*+-.^_`|~", true, true},
		{"a b", false, true}, {"a:b", false, true}, {"a\tb", false, true}, {" a", false, false}, {"a\t", false, false},
		{"a\nb", false, false}, {"a\x7f", false, false}, {"ü", false, true},
	} {
		if got := httpfield.IsToken(tt.s); got != tt.token {
			t.Errorf("IsToken(%q): got %t", tt.s, got)
		}
		if got := httpfield.IsValue(tt.s); got != tt.value {
			t.Errorf("IsValue(%q): got %t", tt.s, got)
		}
	}
}

func TestListHas(t *testing.T) {
	for _, tt := range []struct {
		values []string
		want   bool
	}{
		{nil, false}, {[]string{""}, false}, {[]string{"gzip"}, true}, {[]string{"a , GZip\t"}, true}, {[]string{"a", "b,gzip"}, true},
		{[]string{"gzip2, xgzip"}, false}, {[]string{"gzip;q=1"}, false},
	} {
		if got := httpfield.ListHas(tt.values, "gzip"); got != tt.want {
			t.Errorf("%q: got %t", tt.values, got)
		}
	}
}

func TestEntityTags(t *testing.T) {
	for tag, want := range map[string]string{`"a"`: `"a"`, `""`: `""`, `W/"a"`: "", `a`: "", `"`: "", `"a`: "", "": ""} {
		if got, ok := httpfield.StrongTag(http.Header{"Etag": {tag}}); got != want || ok != (want != "") {
			t.Errorf("StrongTag of %q: got %q, %t", tag, got, ok)
		}
	}
	for list, want := range map[string]bool{
		`W/"a"`: true, `"x", W/"a"`: true, `"a", W/"a"`: true, `"a"`: false, `W/"ab"`: false, `W/"b", "a"`: false, `*`: false, ``: false,
	} {
		if got := httpfield.ListsWeakly([]string{`"other"`, list}, `"a"`); got != want {
			t.Errorf("ListsWeakly in %q: got %t", list, got)
		}
	}
	for list, want := range map[string]string{
		`W/"a"`: `"a"`, `"x",W/"a" , W/"b"`: `"x","a" , "b"`, `"W/"`: `"W/"`, `"W/", W/"W/"`: `"W/", "W/"`, `*`: `*`, `w/"a"`: `w/"a"`, `W/a`: `W/a`, ``: ``,
	} {
		if got := httpfield.Strengthen(list); got != want {
			t.Errorf("Strengthen(%q): got %q, want %q", list, got, want)
		}
		if got := httpfield.HasWeakTag([]string{"*", list}); got != (want != list) {
			t.Errorf("HasWeakTag(%q): got %t", list, got)
		}
	}
}

func TestIsJSON(t *testing.T) {
	for _, tt := range []struct {
		contentType  string
		isJSON, utf8 bool
	}{
		{"application/json", true, true},
		{"Text/JSON; charset=UTF-8", true, true},
		{"application/problem+json;charset=us-ascii", true, true},
		{"application/json;", true, true},
		{"application/json; charset=utf-16", true, false},
		{"application/jsonp", false, false},
		{"application/x-ndjson", false, false},
		{"text/plain; charset=utf-8", false, false},
		{"json", false, false},
		{"application/json; charset", false, false},
		{"", false, false},
	} {
		if got := httpfield.IsJSON(tt.contentType); got != tt.isJSON {
			t.Errorf("IsJSON(%q): got %t", tt.contentType, got)
		}
		if got := httpfield.IsUTF8JSON(tt.contentType); got != tt.utf8 {
			t.Errorf("IsUTF8JSON(%q): got %t", tt.contentType, got)
		}
	}
}

// The result of Strengthen has no weak tags, and every strong one that there was.
func FuzzStrengthen(f *testing.F) {
	for _, s := range []string{`W/"a"`, `"W/", W/"W/"`, `"a`, `W/W/"a"`, `,,W/"",`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, list string) {
		got := httpfield.Strengthen(list)
		if len(got) > len(list) || strings.Count(got, `"`) != strings.Count(list, `"`) {
			t.Errorf("%q: got %q", list, got)
		}
		if again := httpfield.Strengthen(got); again != got && !strings.Contains(list, "W/W/") {
			t.Errorf("%q: got %q, then %q", list, got, again)
		}
	})
}
