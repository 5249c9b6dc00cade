package routing_test

import (
	"fmt"
	"strings"
	"testing"
)

func TestConflicts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		routes []string
		want   string // "entry<earlier", "=" for the same paths
	}{
		{"the same path", []string{"GET /a/b", "GET /A/B/"}, "1=0"},
		{"the same shape", []string{"GET /a/:x", "GET /a/:y"}, "1=0"},
		{"other verbs", []string{"GET /a/:x", "POST /a/:x", "HEAD /a/:x"}, ""},
		{"literal after a variable", []string{"GET /a/:x", "GET /a/b"}, "1<0"},
		{"literal before a variable", []string{"GET /a/b", "GET /a/:x"}, ""},
		{"an expression that takes all", []string{"GET /a/:x(.*)", "GET /a/b", `GET /a/:y(\d+)`}, "1<0 2<0"},
		{"the same expression", []string{`GET /a/:x(\d+)/:b`, `GET /a/:y(\d+)/c`}, "1<0"},
		{"another expression", []string{`GET /a/:x(\d+)`, `GET /a/:y(\d*)`, "GET /a/1", "GET /a/:z"}, ""},
		{"literal before a variable in a part", []string{"GET /:x", "GET /v:y", "GET /v1"}, "1<0 2<0"},
		{"literals in a part", []string{"GET /v:x", "GET /V1:y", "GET /v1", "GET /v", "GET /w:x", "GET /:y"}, "1<0 2<0"},
		{"what looks like a folder", []string{"GET /v:x", "GET /v..", "GET /v.:y", "GET /v."}, "2<0"},
		{"anything after a catch-all", []string{"GET :p(.*) ...", "GET /a", "GET /a/:b/c", "GET /:a ...", "GET /a/b ...", "GET /", "GET / ..."}, "1<0 2<0 3=0 4<0"},
		{"below a folder", []string{"GET /a ...", "GET /a", "GET /a/b", "GET /a/:x ...", "GET /a/b ...", "GET /b", "GET /:x ..."}, "1<0 2<0 3<0 4<0"},
		{"the rest", []string{"GET /a/:x ...", "GET /a/:y", "GET /a/:z/b", "GET /a", "GET /a ..."}, "1<0 2<0"},
		{"one part and the rest", []string{"GET /a/:x", "GET /a/:y ..."}, ""},
		{"an expression on the rest", []string{`GET /a/:x(\w+) ...`, `GET /a/:y(\w+)`, `GET /a/:z(\w+)/b`, `GET /a/:z(\w+) ...`}, "1<0 3=0"},
		{"the lowest one is named", []string{"GET /x/:a", "GET /:b/c", "GET /x/c", "GET /x/c"}, "2<0 3<0"},
		{"several variables", []string{`GET /:a(\d+)/:b`, `GET /:a/:b(\d+)`, "GET /x/1", `GET /:c(\d+)/:d(\d+)`}, "3<0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, conflicts := compileAll(t, tt.routes...)
			var got []string
			for _, c := range conflicts {
				sign := "<"
				if c.Same {
					sign = "="
				}
				got = append(got, fmt.Sprint(c.Entry, sign, c.Earlier))
				for _, i := range []int{c.Entry, c.Earlier} {
					path := strings.Fields(tt.routes[i])[1]
					if text := c.Error(); !strings.Contains(text, fmt.Sprintf("%q (entry %d)", path, i)) {
						t.Errorf("%q does not name entry %d, %q", text, i, path)
					}
				}
			}
			if got := strings.ReplaceAll(strings.Join(got, ","), " ", ""); got != strings.ReplaceAll(tt.want, " ", ",") {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}
