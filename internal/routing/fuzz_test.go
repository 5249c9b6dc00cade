package routing_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// Every pattern that Parse accepts keeps the limits, compiles, and conflicts with itself; for
// every other one Parse returns an offset inside the pattern.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", "/", "/a/b/", "//", "/:a", "/v:a/b", "/:a(.*)", `/:a(^(\d{3}|admin)$)`, "/:a()", "/:a(", "/:a)", "/:a(b)c", "/a(b)", "/:a:b", "/..", "/%20",
		`/:a(\Qx)`, "/:a((?i)x)", "/:a([^/]+)", `/:a(\b)`, "/:a/:a", "/\xff", "/ü/:ü", "/:a(x{1000})", "/:a((?:x{100}){10})", "a", ":a(.*)", "/:a($)",
	} {
		f.Add(s, false)
		f.Add(s, true)
	}
	f.Fuzz(func(t *testing.T, path string, trailing bool) {
		p, err := routing.Parse(path, trailing)
		if err != nil {
			var pe *routing.PatternError
			if !errors.As(err, &pe) || pe.Offset < 0 || pe.Offset > len(path) || pe.Reason == "" {
				t.Fatalf("%q: %#v", path, err)
			}
			return
		}
		if len(path) > routing.MaxPattern || len(p.Variables()) > routing.MaxParts || !utf8.ValidString(path) || p.String() != path {
			t.Fatalf("%q was accepted", path)
		}
		e := routing.Entry{Method: "GET", Pattern: p}
		if _, conflicts := routing.Compile([]routing.Entry{e, e}); len(conflicts) != 1 || !conflicts[0].Same {
			t.Fatalf("%q twice: %v", path, conflicts)
		}
		if newPlain([]plainRoute{{"GET", path, trailing}}) == nil {
			t.Fatal("no plain matcher")
		}
	})
}

// The table and the plain matcher agree. The routes are lines of "M path", where M is G, P or H
// for the verb, in lower case for a trailing pattern.
func FuzzMatch(f *testing.F) {
	for _, s := range [][2]string{
		{"G /a/:b\nG /:a/b\nG /a/b", "/a/b"},
		{"g /users/:id/:path(.*)\nG /users/:id", "/users/1/a/b"},
		{"G /:a(\\d+)\nG /:a([a-z]+)\nG /:a(\\bx-.)\nG /:a", "/x-1"},
		{"g /dir\nG /dir/x", "/dir/%2e%2e/x"},
		{"G /v:a/x\nG /vv:a/x\ng /__:p", "/VV1/x/"},
		{"H /a\nG /a\nP /a", "/%61"},
		{"g :p(.*)", "/a%2Fb//c"},
		{"G /ü\nG /Ü\ng /", "/%C3%9C"},
		{"g /\nG ", "a/%ff"},
		{"g /", "/\xf1\x91\xae/\x85"},
	} {
		f.Add(s[0], s[1], uint8(0))
		f.Add(s[0], s[1], uint8(2))
	}
	f.Fuzz(func(t *testing.T, lines, path string, method uint8) {
		var routes []plainRoute
		for line := range strings.Lines(lines) {
			m, p, ok := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
			verb := map[string]string{"G": "GET", "P": "POST", "H": "HEAD"}[strings.ToUpper(m)]
			if ok && verb != "" && len(routes) < 50 {
				routes = append(routes, plainRoute{verb, p, m == strings.ToLower(m)})
			}
		}
		routes, entries := entriesOf(routes)
		table, conflicts := routing.Compile(entries)
		entry := compare(t, table, newPlain(routes), []string{"GET", "POST", "HEAD", "PUT"}[method%4], path)
		for _, c := range conflicts {
			if entry == c.Entry {
				t.Fatalf("entry %d matches %q and was reported: %v", entry, path, c)
			}
		}
	})
}
