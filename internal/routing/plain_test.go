package routing_test

import (
	"math/rand/v2"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// plainRoute and the functions below implement the rules again in the simplest way: every pattern
// is tried, from the top down.
type plainRoute struct {
	method   string
	path     string
	trailing bool
}

type plainPart struct {
	literal, name string
	re            *regexp.Regexp
}

type plainMatcher struct {
	routes []plainRoute
	parts  [][]plainPart
}

// newPlain takes patterns that Parse accepts.
func newPlain(routes []plainRoute) *plainMatcher {
	m := &plainMatcher{routes: routes}
	for _, r := range routes {
		var parts []plainPart
		for text := range strings.SplitSeq(strings.Trim(r.path, "/"), "/") {
			if text == "" {
				continue
			}
			var p plainPart
			var expr string
			p.literal, p.name, _ = strings.Cut(text, ":")
			p.name, expr, _ = strings.Cut(p.name, "(")
			if expr = strings.TrimSuffix(expr, ")"); expr != "" {
				p.re = regexp.MustCompile(`(?s)` + expr)
				p.re.Longest()
			}
			parts = append(parts, p)
		}
		m.parts = append(m.parts, parts)
	}
	return m
}

func (m *plainMatcher) match(method, path string, decoded bool) (int, string, []routing.Var, error) {
	if len(path) > routing.MaxPath {
		return -1, "", nil, routing.ErrTooLong
	}
	raw := strings.Split(path, "/")
	var parts []string
	for _, p := range raw {
		if !decoded {
			var err error
			if p, err = url.PathUnescape(p); err != nil {
				return -1, "", nil, routing.ErrEscape
			}
		}
		parts = append(parts, p)
	}
	for _, p := range parts {
		if !utf8.ValidString(p) {
			return -1, "", nil, routing.ErrUTF8
		}
	}
	slash := ""
	if len(parts) > 1 && parts[0] == "" {
		parts = parts[1:]
	}
	if parts[len(parts)-1] == "" {
		parts = parts[:len(parts)-1]
		if path != "" {
			slash = "/"
		}
	}
	for _, p := range parts {
		if p == "" {
			return -1, "", nil, nil
		}
		for q := range strings.SplitSeq(p, "/") {
			if q == "." || q == ".." {
				return -1, "", nil, nil
			}
		}
	}
	for _, verb := range []string{method, map[string]string{"HEAD": "GET"}[method]} {
		for i, r := range m.routes {
			if r.method != verb {
				continue
			}
			if rest, vars, ok := plainTry(m.parts[i], r.trailing, parts, slash); ok {
				if len(parts) > 0 && rest != "" && path[0] != '/' && len(m.parts[i]) == 0 {
					rest = rest[1:]
				}
				return i, rest, vars, nil
			}
		}
	}
	return -1, "", nil, nil
}

func plainTry(pattern []plainPart, trailing bool, path []string, slash string) (rest string, vars []routing.Var, ok bool) {
	for i, p := range pattern {
		if i >= len(path) {
			return "", nil, false
		}
		if p.name == "" {
			if !asciiEqual(p.literal, path[i]) {
				return "", nil, false
			}
			continue
		}
		n := len(p.literal)
		if len(path[i]) <= n || !asciiEqual(p.literal, path[i][:n]) {
			return "", nil, false
		}
		value := path[i][n:]
		if value == "." || value == ".." {
			return "", nil, false
		}
		if trailing && i == len(pattern)-1 {
			value = strings.Join(append([]string{value}, path[i+1:]...), "/")
			path = path[:i+1]
			trailing = false
		}
		if p.re != nil {
			// If it can, the leftmost-longest match covers the whole value.
			if at := p.re.FindStringIndex(value); at == nil || at[1]-at[0] < len(value) {
				return "", nil, false
			}
		}
		vars = append(vars, routing.Var{Name: p.name, Value: value})
	}
	if trailing {
		for _, p := range path[len(pattern):] {
			rest += "/" + p
		}
		return rest + slash, vars, true
	}
	return "", vars, len(path) == len(pattern)
}

func asciiEqual(a, b string) bool {
	fold := func(s string) string {
		b := []byte(s)
		for i, c := range b {
			if 'A' <= c && c <= 'Z' {
				b[i] = c + 'a' - 'A'
			}
		}
		return string(b)
	}
	return fold(a) == fold(b)
}

// entriesOf parses the routes and omits those that Parse refuses.
func entriesOf(routes []plainRoute) ([]plainRoute, []routing.Entry) {
	var entries []routing.Entry
	routes = slices.DeleteFunc(slices.Clone(routes), func(r plainRoute) bool {
		p, err := routing.Parse(r.path, r.trailing)
		if err == nil {
			entries = append(entries, routing.Entry{Method: r.method, Pattern: p})
		}
		return err != nil
	})
	return routes, entries
}

// There are few words, so that patterns and paths often match.
var (
	someLiterals = []string{"a", "b", "A", "Users", "users", "v", "v1", "long-literal-x", "long-literal-y", "ü", "v..", "a.b", "x"}
	somePrefixes = []string{"", "", "", "", "v", "V", "a", "__", "us", "v."}
	someExprs    = []string{"", "", "", `(\d+)`, `(^[a-z]{0,3}$)`, `(.*)`, `(^(\d{3}|admin)$)`, `(a|b)`, `(v?\d)`, `(.*x)`, `(\bus\w*)`, `([^a]+)`, `((?i)USERS)`, `(.+b.*)`}
	someParts    = []string{"a", "b", "A", "users", "USERS", "v", "V1", "v2", "long-literal-x", "Long-Literal-Y", "ü", "Ü", "12", "123", "admin", "abc", "v..", "v.", "__x", "__", "x", "..", ".", "", "a%2Fb", "%2e%2e", "a%2f..", "%61", "a+b", "%2Fx", "%E2%98%83", "%0A", "a%0Ab", "user%73"}
)

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

func randomRoute(r *rand.Rand) plainRoute {
	var b strings.Builder
	for i := range r.IntN(5) {
		b.WriteString("/")
		if r.IntN(2) == 0 {
			b.WriteString(pick(r, someLiterals))
		} else {
			b.WriteString(pick(r, somePrefixes) + ":v" + strconv.Itoa(i) + pick(r, someExprs))
		}
	}
	return plainRoute{pick(r, []string{"GET", "GET", "GET", "POST", "HEAD"}), b.String(), r.IntN(4) == 0}
}

func randomPath(r *rand.Rand) string {
	var b strings.Builder
	for range r.IntN(6) {
		b.WriteString("/" + pick(r, someParts))
	}
	if r.IntN(8) == 0 {
		b.WriteString("/")
	}
	if s := b.String(); r.IntN(16) > 0 || s == "" {
		return s
	} else {
		return s[1:]
	}
}
