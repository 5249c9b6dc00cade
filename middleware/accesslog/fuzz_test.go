package accesslog

import (
	"net/url"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/facts"
)

// However a query spells it, a masked value does not appear, and all other values
// do.
func FuzzMaskQuery(f *testing.F) {
	for _, s := range []string{"a=1&token=x&b=2", "to%6ben=x", "user[token]=x&y=1", "%zz=x", "&&token=x==&", "token", "TOKEN[]=a&token.b=c", "a=b,token=c"} {
		f.Add(s)
	}
	mask := newQueryMask([]string{"token"})
	f.Fuzz(func(t *testing.T, query string) {
		sent, err := url.ParseQuery(query)
		if err != nil {
			mask.apply(query) // it must not panic
			return
		}
		shown, err := url.ParseQuery(mask.apply(query))
		if err != nil {
			t.Fatalf("%q is shown as %q: %v", query, mask.apply(query), err)
		}
		for name, values := range sent {
			masked := mask.hides(url.QueryEscape(name), "")
			for i, value := range values {
				got, inside := shown[name][i], strings.Contains(value, "=")
				switch {
				case masked && value != "" && got != facts.Filtered, !masked && !inside && got != value,
					!masked && inside && got != value && !strings.HasSuffix(got, facts.Filtered):
					t.Errorf("%q: %s is shown as %q", query, name, got)
				}
			}
		}
	})
}
