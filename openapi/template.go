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
	expr     string // as given, "" for none
	trailing bool   // matches slashes as well
}

// segment is one part of a path: a literal, and possibly a variable after it.
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

// template writes segments as an OpenAPI path. Literals are escaped, because clients use them
// unchanged.
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

// shape returns the same string for templates that OpenAPI cannot distinguish. Literals match
// without case.
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

// lower folds A to Z to lower case, as for matching names and literals.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, s)
}

// notECMA matches RE2 syntax that ECMA-262 lacks or interprets differently. Validators compile
// patterns with the flag u, which allows few escapes.
var notECMA = regexp.MustCompile(`\(\?[^:]|\\[AzaQECpP0-9]|\\x\{|\[:\^?[a-z]+:\]|\\[^0-9A-Za-z^$\\.*+?()\[\]{}|/-]`)

// ecmaPattern converts an RE2 expression to a JSON Schema pattern, anchored like routes; ok is
// false if that is not possible.
func ecmaPattern(expr string) (pattern string, ok bool) {
	if expr == "" || notECMA.MatchString(expr) {
		return "", false
	}
	if !strings.Contains(expr, "|") && strings.HasPrefix(expr, "^") && strings.HasSuffix(expr, "$") && !strings.HasSuffix(expr, `\$`) {
		return expr, true
	}
	return "^(?:" + expr + ")$", true
}
