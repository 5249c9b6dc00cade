package routing_test

import (
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/rounds"
	"github.com/sidekick-http/sidekick/internal/routing"
)

// compare compares the table with the plain matcher, for the path as sent and, if no slash is
// escaped in it, as decoded.
func compare(t *testing.T, table *routing.Table, plain *plainMatcher, method, path string) (entry int) {
	t.Helper()
	forms := []bool{false}
	decoded, err := url.PathUnescape(path)
	if err == nil && strings.Count(decoded, "/") == strings.Count(path, "/") {
		forms = append(forms, true)
	}
	wantEntry, wantRest, wantVars, wantErr := plain.match(method, path, false)
	for _, form := range forms {
		p := path
		if form {
			p = decoded
		}
		entry, rest, vars, err := table.Match(method, p, form, nil)
		if entry != wantEntry || rest != wantRest || !slices.Equal(vars, wantVars) || err != wantErr {
			t.Errorf("%s %q (decoded %t): got %d %q %q %v, want %d %q %q %v", method, p, form,
				entry, rest, vars, err, wantEntry, wantRest, wantVars, wantErr)
			for i, r := range plain.routes {
				t.Logf("  %d: %s %s %t", i, r.method, r.path, r.trailing)
			}
			t.FailNow()
		}
	}
	return wantEntry
}

func TestMatchAgreesWithPlainMatcher(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	tables, hits := rounds.Of(t, 250), 0
	for range tables {
		var routes []plainRoute
		for range 1 + r.IntN(30) {
			routes = append(routes, randomRoute(r))
		}
		routes, entries := entriesOf(routes)
		table, conflicts := routing.Compile(entries)
		plain := newPlain(routes)
		hidden := map[int]bool{}
		for _, c := range conflicts {
			hidden[c.Entry] = true
		}
		for range 40 {
			method := pick(r, []string{"GET", "GET", "POST", "HEAD", "PUT", "get"})
			entry := compare(t, table, plain, method, randomPath(r))
			if entry >= 0 {
				hits++
			}
			if hidden[entry] {
				t.Fatalf("entry %d matches and was reported as one that cannot: %v", entry, conflicts)
			}
		}
	}
	if hits < 5*tables {
		t.Errorf("only %d hits in %d tables: the test has lost its teeth", hits, tables)
	}
}

// For each reported conflict, paths are made for the entry: where the entry alone matches, the
// earlier one alone must match, too.
func TestConflictsAreNeverFalse(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	tables, found, tried := rounds.Of(t, 250), 0, 0
	for range tables {
		var routes []plainRoute
		for range 12 {
			route := randomRoute(r)
			route.method = "GET"
			routes = append(routes, route)
		}
		routes, entries := entriesOf(routes)
		_, conflicts := routing.Compile(entries)
		for _, c := range conflicts {
			found++
			hidden, hider := newPlain(routes[c.Entry:c.Entry+1]), newPlain(routes[c.Earlier:c.Earlier+1])
			for range 30 {
				path := pathFor(r, routes[c.Entry])
				if e, _, _, _ := hidden.match("GET", path, false); e < 0 {
					continue
				}
				tried++
				if e, _, _, _ := hider.match("GET", path, false); e < 0 {
					t.Fatalf("%v, but only the later one takes %q", c, path)
				}
			}
		}
	}
	if found < tables*3/8 || tried < tables*15/4 {
		t.Errorf("%d conflicts, %d paths: the test has lost its teeth", found, tried)
	}
}

// pathFor makes a path that the route will often match.
func pathFor(r *rand.Rand, route plainRoute) string {
	var b strings.Builder
	for part := range strings.SplitSeq(strings.Trim(route.path, "/"), "/") {
		literal, _, variable := strings.Cut(part, ":")
		b.WriteString("/" + literal)
		if variable {
			b.WriteString(pick(r, someParts))
		}
	}
	if route.trailing {
		b.WriteString(randomPath(r))
	}
	return b.String()
}
