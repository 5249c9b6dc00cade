package reftest

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// Run sends every case to a server and fails t if a response is not acceptable.
// Each case is a subtest named by its id, so that -run selects groups and cases:
//
//	go test -run 'TestName/static/default' ./...
//
// start starts the server with a variant's configuration and returns its address
// and a function that stops it; it is called once for each variant. pending says
// why a case cannot pass yet, or "" if it must pass; nil means that all must pass.
// A pending case is tested as well: if it fails, its subtest is skipped with the
// reason; if it passes, its subtest says so. At the end Run logs the results of
// every group and the pending cases by group.
func Run(t *testing.T, start func(variant string) (addr string, stop func()), pending func(Case) string) {
	t.Helper()
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	if pending == nil {
		pending = func(Case) string { return "" }
	}
	t.Log("\n" + run(t, cases, wants, start, pending).String())
}

func run(t *testing.T, cases []Case, wants map[string]Want, start func(string) (string, func()), pending func(Case) string) *tally {
	var sum tally
	for _, variant := range variants(cases) {
		runVariant(t, start, variant, cases, func(t *testing.T, addr string, c Case) {
			r := result{c: c, bad: check(addr, c, wants), pending: pending(c)}
			sum.add(r)
			switch {
			case r.pending != "" && len(r.bad) > 0:
				t.Skipf("pending, %s: %s", r.pending, strings.Join(r.bad, "; "))
			case r.pending != "":
				t.Logf("passes, although it is pending: %s", r.pending)
			case len(r.bad) > 0:
				t.Error(strings.Join(r.bad, "; "))
			}
		})
	}
	return &sum
}

// runVariant runs a subtest for each case of a variant against one server.
func runVariant(t *testing.T, start func(string) (string, func()), variant string, cases []Case, each func(*testing.T, string, Case)) {
	addr, stop := start(variant)
	defer stop()
	for _, c := range cases {
		if c.Variant == variant {
			t.Run(c.ID, func(t *testing.T) { each(t, addr, c) })
		}
	}
}

// check tests one case and judges the response; a missing response is bad.
func check(addr string, c Case, wants map[string]Want) []string {
	a, err := Ask(addr, c)
	if err != nil {
		return []string{err.Error()}
	}
	if w, ok := wants[c.ID]; ok {
		return Judge(c, &w, a)
	}
	return Judge(c, nil, a)
}

// variants lists the variants of the cases in the order of the recording.
func variants(cases []Case) []string {
	var list []string
	for _, c := range cases {
		if !slices.Contains(list, c.Variant) {
			list = append(list, c.Variant)
		}
	}
	return list
}

// result is the result of one case.
type result struct {
	c       Case
	bad     []string
	pending string // why it need not pass, or ""
}

// tally collects the results of all groups.
type tally struct {
	groups []string // in order of appearance
	of     map[string][]result
}

func (s *tally) add(r result) {
	if s.of == nil {
		s.of = map[string][]result{}
	}
	if s.of[r.c.Group] == nil {
		s.groups = append(s.groups, r.c.Group)
	}
	s.of[r.c.Group] = append(s.of[r.c.Group], r)
}

// String returns the results of every group and the total, with each group's failed
// and pending cases below it.
func (s *tally) String() string {
	var b strings.Builder
	var all figures
	for _, g := range s.groups {
		var n figures
		var lines []string
		for _, r := range s.of[g] {
			switch ok := len(r.bad) == 0; {
			case r.pending != "" && ok:
				n.pending++
				n.early++
				lines = append(lines, fmt.Sprintf("  passes although pending  %s (%s)", r.c.ID, r.pending))
			case r.pending != "":
				n.pending++
				lines = append(lines, fmt.Sprintf("  pending                  %s (%s)", r.c.ID, r.pending))
			case ok:
				n.passed++
			default:
				n.failed++
				lines = append(lines, fmt.Sprintf("  failed                   %s", r.c.ID))
			}
		}
		all.passed += n.passed
		all.failed += n.failed
		all.pending += n.pending
		all.early += n.early
		fmt.Fprintf(&b, "%s: %s\n", g, n)
		for _, l := range lines {
			fmt.Fprintln(&b, l)
		}
	}
	fmt.Fprintf(&b, "all: %s", all)
	return b.String()
}

type figures struct{ passed, failed, pending, early int }

func (n figures) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d pending (%d of them pass)", n.passed, n.failed, n.pending, n.early)
}
