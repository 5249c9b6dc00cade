package routing_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// shapes are kinds of tables that grow by one route at a time, with a path for route i.
var shapes = []struct {
	name  string
	route func(i int) string
	path  func(i int) string
}{
	{
		"two variables",
		func(i int) string { return fmt.Sprintf("GET /resource%d/:a/items/:b", i) },
		func(i int) string { return fmt.Sprintf("/resource%d/x/items/y", i) },
	},
	{
		"variable first",
		func(i int) string { return fmt.Sprintf("GET /:a/resource%d/:b", i) },
		func(i int) string { return fmt.Sprintf("/x/resource%d/y", i) },
	},
	{
		"literals before variables",
		func(i int) string { return fmt.Sprintf("GET /kind-%d-:a/:b", i) },
		func(i int) string { return fmt.Sprintf("/kind-%d-x/y", i) },
	},
	{
		"expressions in one place",
		func(i int) string { return fmt.Sprintf(`GET /items/:a(kind%d-\d+)/:b`, i) },
		func(i int) string { return fmt.Sprintf("/items/kind%d-77/y", i) },
	},
	{
		"expressions in two places",
		func(i int) string { return fmt.Sprintf(`GET /items/:a(kind%d-\d+)/:b([a-z]{%d})`, i, i%7+1) },
		func(i int) string { return fmt.Sprintf("/items/kind%d-77/%s", i, strings.Repeat("y", i%7+1)) },
	},
	{
		"expressions on the rest",
		func(i int) string { return fmt.Sprintf(`GET /items/:a(.*\.ext%d) ...`, i) },
		func(i int) string { return fmt.Sprintf("/items/a/b/c.ext%d", i) },
	},
	{
		"expressions that all match, told apart by a literal",
		func(i int) string { return fmt.Sprintf(`GET /:a([a-z]{0,%d})/resource%d`, i%200+1, i) },
		func(i int) string { return fmt.Sprintf("/x/resource%d", i) },
	},
}

// The work of a search must not depend on the number of routes.
func TestStepsDoNotGrow(t *testing.T) {
	sizes := []int{10, 100, 300}
	for _, s := range shapes {
		t.Run(s.name, func(t *testing.T) {
			for _, n := range sizes {
				lines := make([]string, n)
				for i := range lines {
					lines[i] = s.route(i)
				}
				table := compile(t, lines...)
				most := 0
				for i := range n {
					if entry, _, _, _ := table.Match("GET", s.path(i), true, nil); entry != i {
						t.Fatalf("%d routes: %s: got %d, want %d", n, s.path(i), entry, i)
					}
					most = max(most, table.Steps("GET", s.path(i)))
				}
				if most > 8 {
					t.Errorf("%d routes: up to %d steps", n, most)
				}
			}
		})
	}
}

// Every combination of literals and variables over ten parts is the worst table for a search: it
// may visit every fork, but none twice.
func TestAmbiguousTable(t *testing.T) {
	const parts = 10
	var lines []string
	for bits := range 1 << parts {
		var b strings.Builder
		b.WriteString("GET ")
		for i := range parts {
			if bits>>i&1 == 1 {
				b.WriteString("/a")
			} else {
				fmt.Fprintf(&b, "/:v%d", i)
			}
		}
		lines = append(lines, b.String())
	}
	// The most general route comes last, so that nothing hides another.
	for i, j := 0, len(lines)-1; i < j; i, j = i+1, j-1 {
		lines[i], lines[j] = lines[j], lines[i]
	}
	table := compile(t, lines...)
	hit, miss := strings.Repeat("/a", parts), strings.Repeat("/a", parts+1)
	if got := find(t, table, "GET", hit); got != "0" {
		t.Errorf("got %s, want 0", got)
	}
	if steps := table.Steps("GET", hit); steps > 2*parts {
		t.Errorf("a hit of the first route: %d steps", steps)
	}
	if steps := table.Steps("GET", miss); steps > 2<<parts {
		t.Errorf("a miss: %d steps, more than there are forks", steps)
	}
}

func TestExpressionsAreLinear(t *testing.T) {
	// With an automaton and, because of the \b, without.
	table := compile(t, `GET /:a((a+)+$)`, `GET /:b(\b(a+)+$)`)
	path := "/" + strings.Repeat("a", routing.MaxPath-2) + "!"
	if got := find(t, table, "GET", path); got != "none" {
		t.Errorf("got %.20s", got)
	}
	if steps := table.Steps("GET", path); steps > 4 {
		t.Errorf("%d steps", steps)
	}
}

func TestPartsAreLimited(t *testing.T) {
	table := compile(t, "GET /:a/:b", "GET /:a/x/:rest ...", "GET"+strings.Repeat(" /", 1)+strings.Repeat("y/", routing.MaxParts))
	for _, tt := range []struct {
		path, want string
	}{
		{strings.Repeat("/a", 10000), "routing: the path is too long"},
		{strings.Repeat("/a", routing.MaxPath/2), "none"},
		{"/a/x" + strings.Repeat("/a", routing.MaxPath/2-2), "1 a=a rest=" + strings.Repeat("a/", routing.MaxPath/2-3) + "a"},
		{strings.Repeat("/y", routing.MaxParts), "2"},
		{strings.Repeat("/y", routing.MaxParts-1), "none"},
		{strings.Repeat("/y", routing.MaxParts+1), "none"},
		{strings.Repeat("/y", routing.MaxParts+2), "none"},
		{strings.Repeat("/y", 3*routing.MaxParts), "none"},
	} {
		if got := find(t, table, "GET", tt.path); got != tt.want {
			t.Errorf("%.20s… of %d bytes: got %.40s, want %.40s", tt.path, len(tt.path), got, tt.want)
		}
	}
	var many strings.Builder
	for i := range 200 {
		fmt.Fprintf(&many, "/:v%d", i)
	}
	if _, err := routing.Parse(many.String(), false); err == nil {
		t.Error("a pattern of 200 variables was accepted")
	}
	// The maximum number of variables, the last of which takes the rest.
	all := "GET "
	for i := range routing.MaxParts {
		all += fmt.Sprintf("/:v%d", i)
	}
	got := find(t, compile(t, all+" ..."), "GET", strings.Repeat("/a", routing.MaxParts)+"/b")
	if want := fmt.Sprintf(" v%d=a/b", routing.MaxParts-1); !regexp.MustCompile(want + "$").MatchString(got) {
		t.Errorf("got %s, want %s at the end", got, want)
	}
}

func TestMatchDoesNotAllocate(t *testing.T) {
	table := compile(t, "GET /a/:b/c/:d", `GET /e/:f(\d+)`, `GET /e/:f([a-z]+)`, `GET /g/:h(\bx\w*)`, "GET /i/:j ...", "GET /k ...", "GET /l")
	for _, tt := range []struct {
		path    string
		decoded bool
		want    float64
	}{
		{"/a/1/c/2", true, 0},
		{"/A/1/C/2/", true, 0},
		{"/a/☃/c/2", true, 0},
		{"/a/1/c/2", false, 0},
		{"/e/12", true, 0},
		{"/e/ab", true, 0},
		{"/g/xy", true, 0},
		{"/i/a/b/c", true, 0},
		{"/k/a/b", true, 0},
		{"/none/of/these", true, 0},
		{"/a/%20/c/2", false, 1},   // the decoded path
		{"/a/%2F/c/%20", false, 3}, // the path that distinguishes its slashes
	} {
		var buf [4]routing.Var
		got := testing.AllocsPerRun(100, func() {
			if _, _, _, err := table.Match("GET", tt.path, tt.decoded, buf[:0]); err != nil {
				t.Fatal(err)
			}
		})
		if got > tt.want {
			t.Errorf("%s (decoded %t): %v allocations, want %v", tt.path, tt.decoded, got, tt.want)
		}
	}
}
