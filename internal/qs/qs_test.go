package qs_test

import (
	"errors"
	"fmt"
	"maps"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/qs"
)

type object = map[string]any
type array = []any

func TestParse(t *testing.T) {
	dots := defaults()
	dots.AllowDots = true
	comma := defaults()
	comma.Comma = true
	last := defaults()
	last.Duplicates = qs.Last
	lists := defaults()
	lists.Lists = true
	semicolons := defaults()
	semicolons.Delimiter = "; "
	for _, tt := range []struct {
		name, in string
		opts     qs.Options
		want     object
	}{
		{"escapes are decoded once", "a%5Bb%5D=1&a%255Bc%255D=2&%2561=%2541", defaults(), object{"a": object{"b": "1"}, "a%5Bc%5D": "2", "%61": "%41"}},
		{"brackets in lower case hex", "a%5bb%5d=1", defaults(), object{"a": object{"b": "1"}}},
		{"an encoded = in brackets", "a%5B%3D%5D=1&a[b=c]=2", defaults(), object{"a": object{"=": "1", "b=c": "2"}}},
		{"a bracket before = in a value", "a=b]=c", defaults(), object{"a=b]": "c"}},
		{"plus and UTF-8", "k+ü=%E2%98%83+%2B", defaults(), object{"k ü": "☃ +"}},
		{"a semicolon is no delimiter", "key=1;a=2", defaults(), object{"key": "1;a=2"}},
		{"a delimiter of two bytes", "a=1; b=2;c", semicolons, object{"a": "1", "b": "2;c"}},
		{"text and an object", "a=1&a[b]=2", defaults(), object{"a": array{"1", object{"b": "2"}}}},
		{"an object and text", "a[b]=2&a=1", defaults(), object{"a": array{object{"b": "2"}, "1"}}},
		{"empty text behind an object is lost", "a[b]=2&a=", defaults(), object{"a": object{"b": "2"}}},
		{"the same place twice by garbage behind the bracket", "a[b]=1&a[b]x=2", defaults(), object{"a": object{"b": array{"1", "2"}}}},
		{"magic names", "__proto__[x]=1&constructor[prototype][y]=2&hasOwnProperty=3&a[__proto__]=4", defaults(),
			object{"__proto__": object{"x": "1"}, "constructor": object{"prototype": object{"y": "2"}}, "hasOwnProperty": "3", "a": object{"__proto__": "4"}}},
		{"numbers that are no index", "a[-1]=x&b[18446744073709551616]=x&c[0x1]=x&d[01]=x&e[9007199254740993]=x&f[1e1]=x", defaults(),
			object{"a": object{"-1": "x"}, "b": object{"18446744073709551616": "x"}, "c": object{"0x1": "x"}, "d": object{"01": "x"}, "e": object{"9007199254740993": "x"}, "f": object{"1e1": "x"}}},
		{"one index base in every notation", "a=x&b[]=x&c[0]=x&c=y&d[2]=x&d[]=y", defaults(),
			object{"a": "x", "b": array{"x"}, "c": array{"x", "y"}, "d": array{"y", "x"}}},
		{"dots within brackets stay", "a[b.c].d=1&.e=2&f.=3&g..h=4", dots, object{"a": object{"b.c": object{"d": "1"}}, "e": "2", "f.": "3", "g.": object{"h": "4"}}},
		{"an encoded comma is text", "a=1%2C2&b=1,2%2C3", comma, object{"a": "1,2", "b": array{"1", "2,3"}}},
		{"a list of lists past the limit", "a[]=" + strings.Repeat(",", 20), comma, object{"a": array{members(21, "")}}},
		{"the last of a name", "a=1&a=2&b[]=1&b[]=2&c[x]=1&c[x]=2", last, object{"a": "2", "b": array{"1", "2"}, "c": object{"x": "2"}}},
		{"plain names are lists", "a=1&b[]=1&c[x]=1&d=1&d=2", lists, object{"a": array{"1"}, "b": array{"1"}, "c": object{"x": "1"}, "d": array{"1", "2"}}},
		{"no name", "=a&[]=b&[c]=d", defaults(), object{"0": "b", "c": "d"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := qs.Parse(tt.in, tt.opts)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

// members is what a list of n values becomes beyond the limit.
func members(n int, value string) object {
	m := make(object, n)
	for i := range n {
		m[fmt.Sprint(i)] = value
	}
	return m
}

func TestRefused(t *testing.T) {
	few := defaults()
	few.ParameterLimit, few.Comma = 3, true
	nul := defaults()
	nul.AllowNUL = true
	for _, tt := range []struct {
		name, in string
		opts     qs.Options
		want     error
	}{
		{"no hex digits", "a=%zz", defaults(), qs.ErrEscape},
		{"half an escape", "a=%4", defaults(), qs.ErrEscape},
		{"a percent sign at the end", "a=%", defaults(), qs.ErrEscape},
		{"in a name", "%g1=a", defaults(), qs.ErrEscape},
		{"without a value", "%", defaults(), qs.ErrEscape},
		{"invalid UTF-8", "a=%ff", defaults(), qs.ErrUTF8},
		{"invalid UTF-8 in a name", "%c0%80=a", defaults(), qs.ErrUTF8},
		{"a surrogate", "a=%ed%a0%80", defaults(), qs.ErrUTF8},
		{"raw invalid UTF-8", "a=\xff", defaults(), qs.ErrUTF8},
		{"raw invalid UTF-8 beside a space", "a=+\xff", defaults(), qs.ErrUTF8},
		{"NUL", "a=%00", defaults(), qs.ErrNUL},
		{"raw NUL in a name", "a\x00=1", defaults(), qs.ErrNUL},
		{"NUL allowed", "a=%00", nul, nil},
		{"as many as the limit", "a=1&&b=2&c=3&", few, nil},
		{"one more", "a=1&b=2&c=3&d=4", few, qs.ErrTooMany},
		{"one more of one name", "a=1&a=2&a=3&a=4", few, qs.ErrTooMany},
		{"commas count", "a=1&b=1,2,3", few, qs.ErrTooMany},
		{"commas within the limit", "b=1,2,3", few, nil},
		{"an escape between commas", "b=1,%", few, qs.ErrEscape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := qs.Parse(tt.in, tt.opts)
			if !errors.Is(err, tt.want) {
				t.Errorf("%q: got %v, error %v; want error %v", tt.in, got, err, tt.want)
			}
		})
	}
}

// TestArrayLimit checks that the same limit applies to every notation of a list.
func TestArrayLimit(t *testing.T) {
	o := defaults()
	o.ParameterLimit, o.Comma = 100_000, true
	indexed := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "a[%d]=1&", i)
		}
		return b.String()
	}
	for name, write := range map[string]func(n int) string{
		"brackets": func(n int) string { return strings.Repeat("a[]=1&", n) },
		"repeats":  func(n int) string { return strings.Repeat("a=1&", n) },
		"commas":   func(n int) string { return "a=1" + strings.Repeat(",1", n-1) },
		"indexes":  indexed,
	} {
		t.Run(name, func(t *testing.T) {
			for n, isList := range map[int]bool{20: true, 21: false, 10_000: false} {
				got, err := qs.Parse(write(n), o)
				if err != nil {
					t.Fatal(err)
				}
				list, ok := got["a"].([]any)
				if ok != isList || ok && len(list) != n {
					t.Errorf("%d values: got %T of %d, want a list %v", n, got["a"], len(list), isList)
				}
				if m, ok := got["a"].(object); ok && !cmp.Equal(m, members(n, "1")) {
					t.Errorf("%d values: got an object of %d, want the indexes as names", n, len(m))
				}
			}
		})
	}
}

// TestNothingIsSizedFromAnIndex compares allocations with the input's length.
func TestNothingIsSizedFromAnIndex(t *testing.T) {
	o := defaults()
	o.ArrayLimit = 1 << 30
	for _, in := range []string{"a[999999999]=x", "a[1073741823]=x&a[1]=y", "a[9][9][9][9][999999999]=x"} {
		const runs = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			if _, err := qs.Parse(in, o); err != nil {
				t.Fatal(err)
			}
		}
		runtime.ReadMemStats(&after)
		if bytes := (after.TotalAlloc - before.TotalAlloc) / runs; bytes > 8<<10 {
			t.Errorf("%s: got %d bytes allocated", in, bytes)
		}
	}
}

// TestHostileLength checks that the time only grows with the length of the input. The bound is a
// hundred times the usual time; quadratic time would far exceed it.
func TestHostileLength(t *testing.T) {
	const n = 100_000
	o := defaults()
	o.ParameterLimit, o.Depth, o.AllowDots, o.Comma = n, 1000, true, true
	many := func(form string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, form, i)
		}
		return b.String()
	}
	for name, in := range map[string]string{
		"opening brackets":    "a" + strings.Repeat("[", n) + "=1",
		"closing brackets":    "a" + strings.Repeat("]", n) + "=1",
		"nested brackets":     "a" + strings.Repeat("[", n) + strings.Repeat("]", n) + "=1",
		"groups":              "a" + strings.Repeat("[b]", n) + "=1",
		"pushes":              "a" + strings.Repeat("[]", n) + "=1",
		"dots":                strings.Repeat("a.", n) + "=1",
		"equals signs":        strings.Repeat("=", n),
		"bracketed equals":    "a[" + strings.Repeat("=", n),
		"delimiters":          strings.Repeat("&", n),
		"plain names":         many("a%d=1&"),
		"names of one":        many("a[b%d]=1&"),
		"names and text":      many("a[b%d]=1&a=2&")[:n],
		"indexes":             many("a[%d]=1&"),
		"indexes of the root": many("[%d]=1&"),
		"garbage behind":      many("a[b]x%d=1&"),
		"pushed garbage":      many("a[]x%d=1&"),
		"root garbage":        many("[]x%d=1&"),
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			if _, err := qs.Parse(in, o); err != nil && !errors.Is(err, qs.ErrTooMany) {
				t.Fatal(err)
			}
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestNest(t *testing.T) {
	o := defaults()
	o.Duplicates, o.Comma = qs.Last, true
	fields := func(yield func(string, any) bool) {
		for _, f := range [][2]string{{"a", "1"}, {"a", "2,%41"}, {"l[]", "1"}, {"l[]", "2"}, {"o%5B[b]", "+"}, {"", "x"}} {
			if !yield(f[0], f[1]) {
				return
			}
		}
	}
	got, err := qs.Nest(fields, o)
	want := object{"a": "2,%41", "l": array{"1", "2"}, "o%5B": object{"b": "+"}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("got %v, %v; want %v: nothing is decoded", got, err, want)
	}
	for in, want := range map[string]error{"\xff": qs.ErrUTF8, "\x00": qs.ErrNUL} {
		if _, err := qs.Nest(maps.All(map[string]any{"a": in}), o); !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", in, err, want)
		}
	}
	o.ParameterLimit = 5
	if _, err := qs.Nest(fields, o); !errors.Is(err, qs.ErrTooMany) {
		t.Errorf("six fields of five: got %v, want %v", err, qs.ErrTooMany)
	}
}

func TestFlat(t *testing.T) {
	o := defaults()
	o.ParameterLimit = 6
	got := qs.Flat("a[b]=1&a%5Bb%5D=2&&c=x;y&d&=n&%zz=1&past=1", o)
	want := map[string][]string{"a[b]": {"1", "2"}, "c": {"x;y"}, "d": {""}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllocations(t *testing.T) {
	o := defaults()
	for in, want := range map[string]float64{"key=value&a=1": 4, "a[b]=1&a[c]=2&d=3": 7} {
		if got := testing.AllocsPerRun(100, func() { _, _ = qs.Parse(in, o) }); got > want {
			t.Errorf("%s: got %v allocations, want at most %v", in, got, want)
		}
	}
}
