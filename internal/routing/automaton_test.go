package routing

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
)

var expressions = []string{
	`\d+`, `[a-z]{0,10}`, `.*`, `.+`, `\d{3}|admin`, `^(\d{3}|admin)$`, `^[a-z]{0,10}$`, `^.*$`, `a`, `(?i)abc`, `(?i:k)s`, `a|b|`, `(a+)+$`,
	`[^a]`, `[^a]*b`, `\w+-\w+`, `(ab)*c?`, `x{2,3}y{0,2}`, `\pL+`, `[äöü]+|ß`, `\PL`, `(?s).`, `(?-s).+`, `(^a|b$)`, `a^b`, `a$b`, `(^|a)+b`, `(a|$)(b|$)`,
	`\A\d\z`, `(?U)a+?b`, `[[:alpha:]]\d`, `[0-9a-f]{8}-[0-9a-f]{4}`, `\x2f+`, `[\x{10000}-\x{10ffff}]`, `(((a)))`, `.?.?.?`, `a.*b.*c`, `^`, `$`, `(?i)ſ|é`,
}

func randomText(r *rand.Rand) string {
	var b strings.Builder
	for range 1 + r.IntN(6) {
		b.WriteString([]string{"a", "b", "c", "k", "x", "y", "A", "B", "K", "s", "1", "23", "012", "admin", "-", "/", "\n", "ß", "ä", "é", "É", "ſ", "\u212a", "☃", "\U0001d11e", "_"}[r.IntN(26)])
	}
	return b.String()
}

func programs(t testing.TB, sources ...string) (progs []*syntax.Prog, res []*regexp.Regexp) {
	t.Helper()
	for _, s := range sources {
		tree, err := syntax.Parse(s, syntax.Perl|syntax.DotNL)
		if err != nil {
			t.Fatal(err)
		}
		prog, err := syntax.Compile(tree.Simplify())
		if err != nil {
			t.Fatal(err)
		}
		progs = append(progs, prog)
		res = append(res, regexp.MustCompile(`(?s)\A(?:`+s+`)\z`))
	}
	return progs, res
}

// One automaton for all expressions, and one for each, must match the same strings as package
// regexp.
func TestAutomatonAgreesWithRegexp(t *testing.T) {
	progs, res := programs(t, expressions...)
	all := newAutomaton(progs, &budget{cells: 1 << 20, steps: 1 << 26})
	if all == nil {
		t.Fatal("no automaton for all")
	}
	r := rand.New(rand.NewPCG(5, 6))
	texts := []string{"a", "admin", "123", "abcdefghij", "abcdefghijk", strings.Repeat("a", 100), "01234567-89ab"}
	for range 3000 {
		texts = append(texts, randomText(r))
	}
	for i, source := range expressions {
		one := newAutomaton(progs[i:i+1], &budget{cells: 1 << 14, steps: 1 << 17})
		if one == nil {
			t.Fatalf("%s: no automaton", source)
		}
		every, some := true, false
		for _, text := range texts {
			want := res[i].MatchString(text)
			every, some = every && want, some || want
			if got := one.run(text) != 0; got != want {
				t.Errorf("%s on %q: got %t, want %t", source, text, got, want)
			}
			if got := slices.Contains(all.sets[all.run(text)], int32(i)); got != want {
				t.Errorf("%s among others on %q: got %t, want %t", source, text, got, want)
			}
		}
		if one.takesAll() != every {
			t.Errorf("%s: takes all: got %t, want %t", source, one.takesAll(), every)
		}
		if one.takesNone() && some {
			t.Errorf("%s: should take nothing and does", source)
		}
	}
}

func TestAutomatonRefuses(t *testing.T) {
	for _, source := range []string{`\ba`, `a\B`, `(?m)^a`, `(?m)a$`, `.*a.{20}`, `(.*a.{12}|.*b.{12}|.*c.{12})`} {
		progs, _ := programs(t, source)
		if a := newAutomaton(progs, &budget{cells: 1 << 14, steps: 1 << 17}); a != nil {
			t.Errorf("%s: got an automaton with %d states", source, len(a.accept))
		}
		// It still works, with package regexp.
		x, err := newExpression(source)
		if err != nil || x.re == nil {
			t.Errorf("%s: got %+v, %v, want one with a regexp", source, x, err)
		}
	}
}

// Expressions that multiply each other's states are divided into several blocks, and one for
// which no automaton can be built is among others; the first match still wins.
func TestLeafOfManyBlocks(t *testing.T) {
	var entries []Entry
	var res []*regexp.Regexp
	add := func(source string) {
		p, err := Parse("/:a("+source+")", false)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, Entry{"GET", p})
		res = append(res, regexp.MustCompile(`\A(?:`+source+`)\z`))
	}
	for i := range 12 {
		add(fmt.Sprintf(".*[%c].{6}", 'a'+i))
	}
	add(`\bxy\b-[ab]+`)
	add(`.*x.{20}`)
	for i := range 20 {
		add(fmt.Sprintf("xy-[a-z]{0,%d}", i))
	}
	table, _ := Compile(entries)
	blocks := 0
	for _, l := range table.leaves {
		blocks += len(l.blocks)
	}
	if blocks < 3 || blocks >= len(entries) {
		t.Errorf("got %d blocks of %d expressions", blocks, len(entries))
	}
	r := rand.New(rand.NewPCG(7, 8))
	for range 3000 {
		text := []string{"", "xy-", "x"}[r.IntN(3)]
		for range 1 + r.IntN(24) {
			text += string(rune('a' + r.IntN(26)))
		}
		want := slices.IndexFunc(res, func(re *regexp.Regexp) bool { return re.MatchString(text) })
		if got, _, _, _ := table.Match("GET", "/"+text, true, nil); got != want {
			t.Errorf("%s: got %d, want %d", text, got, want)
		}
	}
}
