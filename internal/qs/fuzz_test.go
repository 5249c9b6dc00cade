package qs_test

import (
	"errors"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/qs"
)

// FuzzQuery checks that every input gives a result within the limits or one of the known errors,
// the same each time, and that a result written as a query reads as the same result.
func FuzzQuery(f *testing.F) {
	for _, v := range vectors(f) {
		if len(v.In) < 1000 {
			f.Add(v.In, uint8(0))
			f.Add(v.In, uint8(len(v.In)))
		}
	}
	f.Fuzz(func(t *testing.T, in string, flags uint8) {
		o := defaults()
		o.Depth = int(flags & 3)
		if o.Depth == 0 {
			o.Depth = 5
		}
		o.AllowDots = flags&4 != 0
		o.Comma = flags&8 != 0
		o.Duplicates = qs.Duplicates(flags >> 4 & 3 % 3)
		o.Lists = flags&128 != 0
		o.ParameterLimit = 50
		got, err := qs.Parse(in, o)
		if err != nil {
			if got != nil || !slices.ContainsFunc([]error{qs.ErrTooMany, qs.ErrEscape, qs.ErrUTF8, qs.ErrNUL},
				func(known error) bool { return errors.Is(err, known) }) {
				t.Fatalf("got %v, error %v", got, err)
			}
			return
		}
		if again, err := qs.Parse(in, o); err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("the second time: got %v, %v; want %v", again, err, got)
		}
		w := writer{t: t, o: o, stable: true}
		w.walk("", got, 0)
		if w.values > o.ParameterLimit {
			t.Fatalf("got %d values of at most %d", w.values, o.ParameterLimit)
		}
		if !w.stable {
			return
		}
		o.AllowDots, o.Comma, o.Lists, o.Duplicates = false, false, false, qs.Combine
		o.Depth = 100
		if again, err := qs.Parse(w.query.String(), o); err != nil || !reflect.DeepEqual(got, again) {
			t.Fatalf("written as %s: got %v, %v; want %v", &w.query, again, err, got)
		}
	})
}

// A writer checks a result and writes it as a query.
type writer struct {
	t      *testing.T
	o      qs.Options
	query  strings.Builder
	values int
	stable bool // the query must read as the same result
}

func (w *writer) walk(name string, v any, depth int) {
	// Each group of a name can put a value into one more list.
	if depth > 2*(w.o.Depth+3) {
		w.t.Fatalf("got %s, nested deeper than the limit of %d", name, w.o.Depth)
	}
	switch v := v.(type) {
	case string:
		w.values++
		w.query.WriteString(name + "=" + url.QueryEscape(v) + "&")
	case []any:
		if len(v) > w.o.ArrayLimit {
			w.t.Fatalf("%s: got a list of %d", name, len(v))
		}
		w.stable = w.stable && len(v) > 0
		for i, item := range v {
			w.walk(name+"["+strconv.Itoa(i)+"]", item, depth+1)
		}
	case map[string]any:
		indexes := 0
		for key, item := range v {
			if strings.ContainsAny(key, "[]") || key == "" {
				w.stable = false // cannot be written in another way
			}
			if n, err := strconv.Atoi(key); err == nil && n < w.o.ArrayLimit {
				indexes++
			}
			if name == "" {
				w.walk(url.QueryEscape(key), item, depth+1)
			} else {
				w.walk(name+"["+url.QueryEscape(key)+"]", item, depth+1)
			}
		}
		if name != "" && indexes == len(v) {
			w.stable = false // reads as a list
		}
	default:
		w.t.Fatalf("%s: got a %T", name, v)
	}
}

// FuzzShortWay checks that the fast path for plain queries gives the same result as the general
// one, which is chosen by setting a delimiter.
func FuzzShortWay(f *testing.F) {
	for _, s := range []string{"", "a=b", "a=b&c=d", "a", "=b", "&&a==b&", "a=1&a=2", "a=1&b=2&a=3", "a]=1", "a.b=c", "a=1,2", "a=b+c", "a=%41", "\xff=1", "a=\x00",
		"a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10", "=1&=2&=3&=4&=5&=6&=7&=8&=9"} {
		f.Add(s, uint8(0), uint8(8))
	}
	f.Fuzz(func(t *testing.T, in string, flags, limit uint8) {
		o := defaults()
		o.AllowDots = flags&1 != 0
		o.Comma = flags&2 != 0
		o.Lists = flags&4 != 0
		o.AllowNUL = flags&8 != 0
		o.Duplicates = qs.Duplicates(flags >> 4 & 3 % 3)
		o.ParameterLimit = int(limit)
		got, err := qs.Parse(in, o)
		o.Delimiter = "&"
		want, wantErr := qs.Parse(in, o)
		if (err == nil) != (wantErr == nil) || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v (%v), want %v (%v)", got, err, want, wantErr)
		}
	})
}
