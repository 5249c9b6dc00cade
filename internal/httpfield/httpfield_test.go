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
		`"W/"a"`: false, `x, W/"a"`: false, `W/"a"b`: false, ",,\tW/\"a\",": true,
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

// The comparisons of RFC 9110, section 8.8.3.2, whose table these rows are, over lists.
func TestComparisons(t *testing.T) {
	for _, tt := range []struct {
		list, tag    string
		strong, weak bool
	}{
		{`W/"1"`, `W/"1"`, false, true},
		{`W/"1"`, `W/"2"`, false, false},
		{`W/"1"`, `"1"`, false, true},
		{`"1"`, `"1"`, true, true},
		{`"0", W/"1"`, `"1"`, false, true},
		{`"0" "1"`, `"1"`, false, false},
		{`*`, `"1"`, true, true},
		{`*`, ``, true, true},
		{`*, "1"`, `"1"`, false, false},
		{`"1"`, ``, false, false},
		{``, `"1"`, false, false},
	} {
		if got := httpfield.AnyTag([]string{tt.list}, tt.tag, httpfield.StrongMatch); got != tt.strong {
			t.Errorf("%s in %s, strongly: got %t", tt.tag, tt.list, got)
		}
		if got := httpfield.AnyTag([]string{tt.list}, tt.tag, httpfield.WeakMatch); got != tt.weak {
			t.Errorf("%s in %s, weakly: got %t", tt.tag, tt.list, got)
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

// FuzzTags checks that a tag in a well-formed list is found, that the strong
// comparison never matches more than the weak one, and that malformed tags do not
// match.
func FuzzTags(f *testing.F) {
	for _, s := range []string{`"a"`, `W/"a"`, `"a", W/"b"`, "*", `"a`, `a"`, `"a" "b"`, `,,"x",`, `w/"a"`, "\"\x00\"", `"a,b"`} {
		f.Add(s, `"a"`)
		f.Add(s, `W/"b"`)
	}
	f.Fuzz(func(t *testing.T, list, tag string) {
		weak, strong := httpfield.AnyTag([]string{list}, tag, httpfield.WeakMatch), httpfield.AnyTag([]string{list}, tag, httpfield.StrongMatch)
		if strong && !weak {
			t.Errorf("%q in %q: matches strongly and not weakly", tag, list)
		}
		if !httpfield.IsTag(tag) {
			return
		}
		if !httpfield.AnyTag([]string{tag}, tag, httpfield.WeakMatch) {
			t.Errorf("%q does not match itself", tag)
		}
		if httpfield.AnyTag([]string{tag}, tag, httpfield.StrongMatch) == strings.HasPrefix(tag, "W/") {
			t.Errorf("%q: wrong by the strong comparison", tag)
		}
		if httpfield.IsTag(list) && !httpfield.AnyTag([]string{list + " ,, " + tag}, tag, httpfield.WeakMatch) {
			t.Errorf("%q is not found after %q", tag, list)
		}
		if got, want := httpfield.ListsWeakly([]string{list}, tag), weak && strings.Contains(list, "W/"+tag); got && !want {
			t.Errorf("%q lists the weak form of %q, and does not match it", list, tag)
		}
		if weak && strings.TrimSpace(list) != "*" && !strings.Contains(list, strings.TrimPrefix(tag, "W/")) {
			t.Errorf("%q matches %q, which does not have it", tag, list)
		}
	})
}
