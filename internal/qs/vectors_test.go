package qs_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/internal/qs"
)

// A vector is an input, the options given to qs, and its result.
type vector struct {
	In   string          `json:"in"`
	Opts json.RawMessage `json:"opts"`
	Out  map[string]any  `json:"out"`
	Err  *string         `json:"err"`
}

// defaults are the defaults of qs.
func defaults() qs.Options {
	return qs.Options{Depth: 5, ArrayLimit: 20, ParameterLimit: 1000}
}

func vectors(tb testing.TB) []vector {
	tb.Helper()
	data, err := os.ReadFile("testdata/qs-vectors.jsonl")
	if err != nil {
		tb.Fatal(err)
	}
	var all []vector
	for line := range bytes.Lines(data) {
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		var v vector
		if err := json.Unmarshal(line, &v); err != nil {
			tb.Fatalf("%s: %v", line, err)
		}
		all = append(all, v)
	}
	return all
}

// exceptions are the vectors, by input and options, whose result intentionally differs. If one
// has the same result as in qs, the test fails.
var exceptions = map[[2]string]string{
	{`toString=foo`, `{"depth":0}`}:                  prototype,
	{`toString=foo&a=b`, `{"depth":0}`}:              prototype,
	{`hasOwnProperty=bar`, `{"depth":0}`}:            prototype,
	{`constructor[prototype][bad]=bad`, `null`}:      prototype,
	{`bad[constructor][prototype][bad]=bad`, `null`}: prototype,
	{`categories[__proto__]=login&categories[__proto__]&categories[length]=42`, `{"allowPrototypes":true}`}:                     prototype,
	{`categories[__proto__]=login&categories[__proto__]&categories[length]=42`, `{"allowPrototypes":true,"plainObjects":true}`}: prototype,
	{`categories[__proto__]=cats&categories[__proto__]=dogs&categories[some][json]=toInject`, `{"allowPrototypes":true}`}:       prototype,
	{`foo[__proto__][hidden]=value&foo[bar]=stuffs`, `{"allowPrototypes":true}`}:                                                prototype,
	{`foo[__proto__][hidden]=value&foo[bar]=stuffs`, `{"allowPrototypes":true,"plainObjects":true}`}:                            prototype,

	{`{%:%}=`, `null`}:   escape,
	{`foo=%:%}`, `null`}: escape,

	{`a=b&c=d`, `{"parameterLimit":1}`}:                   cut,
	{`a=1&b=2&c=3&d=4&e=5`, `{"parameterLimit":3}`}:       cut,
	{strings.Repeat("a[]=a&", 1<<15-1) + "a[]=a", `null`}: cut,
}

// These are the reasons for the exceptions.
const (
	prototype = "qs drops names that would reach JavaScript's prototypes; in a Go map they are names like any other"
	escape    = "a broken percent escape is refused, where qs keeps it as text"
	cut       = "more parameters than the limit are refused, where qs cuts them off"
)

func TestVectors(t *testing.T) {
	ran, left := 0, map[string]int{}
	unmet := maps.Clone(exceptions)
	for _, v := range vectors(t) {
		o, unoffered := options(t, v.Opts)
		if unoffered != "" {
			left[unoffered]++
			continue
		}
		ran++
		id := [2]string{v.In, string(v.Opts)}
		got, err := qs.Parse(v.In, o)
		ok := err == nil && v.Err == nil && cmp.Equal(got, v.Out) || v.Err != nil && errors.Is(err, qs.ErrTooMany)
		reason, excepted := exceptions[id]
		delete(unmet, id)
		switch {
		case excepted && ok:
			t.Errorf("%.200q with %s: comes out as in qs, so it is no exception (%s)", v.In, v.Opts, reason)
		case !excepted && !ok:
			t.Errorf("%.200q with %s:\n got %.200v, error %v\nwant %.200v", v.In, v.Opts, got, err, v.Out)
		}
	}
	for id := range unmet {
		t.Errorf("exception %q is in no vector", id)
	}
	t.Logf("%d vectors compared, %d of them exceptions", ran, len(exceptions))
	for _, name := range slices.Sorted(maps.Keys(left)) {
		t.Logf("not offered: %-40s %d vectors", name, left[name])
	}
	// Options of qs that are not supported here, and options with values that qs itself refuses.
	want := map[string]int{
		"allowEmptyArrays": 5, "allowPrototypes": 6, "allowSparse": 1, "charset": 7, "charsetSentinel": 5,
		"decodeDotInKeys": 6, "duplicates": 11, "ignoreQueryPrefix": 2, "interpretNumericEntities": 1,
		"parseArrays": 2, "strictDepth": 7, "strictMerge": 4, "strictNullHandling": 9, "throwOnLimitExceeded": 28,
	}
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("vectors left out (-want +got):\n%s", diff)
	}
}

// options translates the options of a vector; unoffered names the first unsupported one.
func options(tb testing.TB, raw json.RawMessage) (o qs.Options, unoffered string) {
	tb.Helper()
	o = defaults()
	var opts map[string]any
	if err := json.Unmarshal(raw, &opts); err != nil {
		tb.Fatal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(opts)) {
		value := opts[name]
		ok := true
		switch name {
		case "depth":
			ok = number(value, &o.Depth)
		case "arrayLimit":
			ok = number(value, &o.ArrayLimit)
		case "parameterLimit":
			ok = number(value, &o.ParameterLimit)
		case "allowDots":
			o.AllowDots, ok = value.(bool)
		case "comma":
			o.Comma, ok = value.(bool)
		case "delimiter":
			o.Delimiter, _ = value.(string) // for other values qs uses its default, too
		case "duplicates":
			text, _ := value.(string)
			o.Duplicates, ok = map[string]qs.Duplicates{"combine": qs.Combine, "first": qs.First, "last": qs.Last}[text]
		case "throwOnLimitExceeded":
			_, arrays := opts["arrayLimit"]
			_, parameters := opts["parameterLimit"]
			ok = value == true && parameters && !arrays // the only behaviour of this package
		case "allowPrototypes", "plainObjects", "strictMerge", "parseArrays":
			ok = value == true // this package always does so
		case "charset":
			ok = value == "utf-8"
		default:
			ok = value == false // the default in qs
		}
		if !ok {
			return o, name
		}
	}
	return o, ""
}

func number(v any, n *int) bool {
	switch v := v.(type) {
	case float64:
		*n = int(v)
	case bool:
		*n = 0
		return !v
	default:
		return false
	}
	return true
}
