package openapi

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/sidekick-http/sidekick/dispatch"
)

// variable is a variable of a route.
type variable struct {
	name     string
	expr     string // as it was given, "" for none
	trailing bool   // it takes slashes, too
}

// segment is one part of a path: a literal, and a variable behind it if there
// is one.
type segment struct {
	literal  string
	variable *variable
}

// segmentsOf returns the parts of a way's path.
func segmentsOf(w *dispatch.Way) []segment {
	out := make([]segment, len(w.Segments))
	for i, s := range w.Segments {
		out[i].literal = s.Literal
		if s.Variable != "" {
			out[i].variable = &variable{name: s.Variable, expr: s.Expression}
		}
	}
	if n := len(out); n > 0 && w.Trailing && out[n-1].variable != nil {
		out[n-1].variable.trailing = true
	}
	return out
}

// template writes segments as OpenAPI has paths; literals are escaped, since
// clients take them as they are.
func template(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s.literal))
		if s.variable != nil {
			b.WriteString("{" + s.variable.name + "}")
		}
	}
	if b.Len() == 0 {
		return "/"
	}
	return b.String()
}

// shape is what templates have in common that OpenAPI cannot tell apart; the
// letters of literals match in either case.
func shape(segments []segment) string {
	var b strings.Builder
	for _, s := range segments {
		b.WriteString("/" + lower(s.literal))
		if s.variable != nil {
			b.WriteString("\x00")
		}
	}
	return b.String()
}

// lower folds A to Z, as names and literals are matched.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// notECMA finds what RE2 has and ECMA-262 has not, or has otherwise; validators
// compile expressions with its flag u, which knows few escapes.
var notECMA = regexp.MustCompile(`\(\?[^:]|\\[AzaQECpP0-9]|\\x\{|\[:\^?[a-z]+:\]|\\[^0-9A-Za-z^$\\.*+?()\[\]{}|/-]`)

// ecmaPattern returns an RE2 expression as JSON Schema has patterns, anchored
// as routes are; ok is false where it cannot be told.
func ecmaPattern(expr string) (pattern string, ok bool) {
	if expr == "" || notECMA.MatchString(expr) {
		return "", false
	}
	if !strings.Contains(expr, "|") && strings.HasPrefix(expr, "^") && strings.HasSuffix(expr, "$") && !strings.HasSuffix(expr, `\$`) {
		return expr, true
	}
	return "^(?:" + expr + ")$", true
}
