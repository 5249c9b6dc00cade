package params_test

import (
	"encoding/json"
	"math"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

func TestValues(t *testing.T) {
	one, two := &upload.File{Name: "1"}, &upload.File{Name: "2"}
	v := params.Values{
		"text": "x", "yes": "true", "digits": "12", "hex": "0x10", "nan": "NaN", "empty": "", "spaced": " 1", "tiny": "1e-400",
		"int": json.Number("-7"), "float": json.Number("1.5e2"), "big": json.Number("9223372036854775808"),
		"bool": false, "null": nil, "list": []any{"a", "b"}, "mixed": []any{"a", nil},
		"object": map[string]any{"k": []any{map[string]any{"x": "y"}}}, "file": one, "files": []*upload.File{one, two},
	}
	type result struct {
		Value any
		OK    bool
	}
	got := map[string]map[string]result{}
	note := func(method, name string, value any, ok bool) {
		if ok {
			if got[method] == nil {
				got[method] = map[string]result{}
			}
			got[method][name] = result{value, ok}
		}
	}
	for name := range v {
		s, ok := v.String(name)
		note("String", name, s, ok)
		ss, ok := v.Strings(name)
		note("Strings", name, len(ss), ok)
		n, ok := v.Int(name)
		note("Int", name, n, ok)
		f, ok := v.Float(name)
		note("Float", name, f, ok)
		b, ok := v.Bool(name)
		note("Bool", name, b, ok)
		l, ok := v.List(name)
		note("List", name, len(l), ok)
		o, ok := v.Object(name)
		note("Object", name, len(o), ok)
		file, ok := v.File(name)
		if ok {
			note("File", name, file.Name, ok)
		}
		files, ok := v.Files(name)
		note("Files", name, len(files), ok)
	}
	want := map[string]map[string]result{
		"String":  {"text": {"x", true}, "yes": {"true", true}, "digits": {"12", true}, "hex": {"0x10", true}, "nan": {"NaN", true}, "empty": {"", true}, "spaced": {" 1", true}, "tiny": {"1e-400", true}},
		"Strings": {"text": {1, true}, "yes": {1, true}, "digits": {1, true}, "hex": {1, true}, "nan": {1, true}, "empty": {1, true}, "spaced": {1, true}, "tiny": {1, true}, "list": {2, true}},
		"Int":     {"digits": {int64(12), true}, "int": {int64(-7), true}},
		"Float":   {"digits": {12.0, true}, "int": {-7.0, true}, "float": {150.0, true}, "big": {9223372036854775808.0, true}},
		"Bool":    {"yes": {true, true}, "bool": {false, true}},
		"List":    {"list": {2, true}, "mixed": {2, true}},
		"Object":  {"object": {1, true}},
		"File":    {"file": {"1", true}, "files": {"2", true}},
		"Files":   {"file": {1, true}, "files": {2, true}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		path []string
		want any
		ok   bool
	}{
		{[]string{"text"}, "x", true},
		{[]string{"null"}, nil, true},
		{[]string{"missing"}, nil, false},
		{[]string{"object", "k", "0", "x"}, "y", true},
		{[]string{"object", "k", "1", "x"}, nil, false},
		{[]string{"object", "k", "-1"}, nil, false},
		{[]string{"object", "k", "x"}, nil, false},
		{[]string{"object", "z"}, nil, false},
		{[]string{"text", "k"}, nil, false},
		{[]string{"missing", "k"}, nil, false},
	} {
		if got, ok := v.Lookup(tt.path[0], tt.path[1:]...); got != tt.want || ok != tt.ok {
			t.Errorf("%v: got %v, %v; want %v, %v", tt.path, got, ok, tt.want, tt.ok)
		}
	}
}

// What a formatter, a default or middleware put among the values is read as well.
func TestValuesOfActions(t *testing.T) {
	v := params.Values{"int": 7, "int64": int64(-8), "whole": 9.0, "float": 1.5, "list": []string{"a", "b"}, "nan": math.NaN()}
	for name, want := range map[string]int64{"int": 7, "int64": -8, "whole": 9} {
		if got, ok := v.Int(name); !ok || got != want {
			t.Errorf("Int(%q): got %v, %v", name, got, ok)
		}
	}
	for _, name := range []string{"float", "list", "nan"} {
		if got, ok := v.Int(name); ok {
			t.Errorf("Int(%q): got %v", name, got)
		}
	}
	for name, want := range map[string]float64{"int": 7, "int64": -8, "float": 1.5} {
		if got, ok := v.Float(name); !ok || got != want {
			t.Errorf("Float(%q): got %v, %v", name, got, ok)
		}
	}
	if got, ok := v.Float("nan"); ok {
		t.Errorf("Float of NaN: got %v", got)
	}
	for name, want := range map[string]string{"int": "7", "int64": "-8", "float": "1.5"} {
		if got, ok := v.Text(name); !ok || got != want {
			t.Errorf("Text(%q): got %q, %v", name, got, ok)
		}
	}
	if got, ok := v.Strings("list"); !ok || !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("Strings: got %q, %v", got, ok)
	}
}
