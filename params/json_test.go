package params_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/params"
)

type (
	object = map[string]any
	array  = []any
	number = json.Number
)

func TestJSON(t *testing.T) {
	read := params.JSONReader(params.JSONOptions{})
	for _, tt := range []struct {
		name, in string
		want     any
	}{
		{"an empty body", "", nil},
		{"only a byte order mark", "\ufeff", nil},
		{"a byte order mark in front", "\ufeff{}", object{}},
		{"white space of every kind", " \t\r\n{ \"a\" :\r[ 1 ,\t2 ] }\n", object{"a": array{number("1"), number("2")}}},
		{"every type", `{"s":"x","n":-1.5e+3,"t":true,"f":false,"z":null,"a":[],"o":{}}`,
			object{"s": "x", "n": number("-1.5e+3"), "t": true, "f": false, "z": nil, "a": array{}, "o": object{}}},
		{"every escape", `["\"\\\/\b\f\n\r\t\u0041\u00e9\u2028\uD834\udd1E"]`, array{"\"\\/\b\f\n\r\tAé\u2028𝄞"}},
		{"an escape behind wide text", `["ü\n☃"]`, array{"ü\n☃"}},
		{"a delete and a noncharacter", "[\"\x7f\\uffff\"]", array{"\x7f\uffff"}},
		{"numbers as they are", `[0,-0,0.0,1E1,1e-300,9007199254740993,12345678901234567890,1.000]`,
			array{number("0"), number("-0"), number("0.0"), number("1E1"), number("1e-300"), number("9007199254740993"), number("12345678901234567890"), number("1.000")}},
		{"the last member of a name", `{"a":1,"b":2,"a":{"c":3}}`, object{"a": object{"c": number("3")}, "b": number("2")}},
		{"names that differ by case", `{"a":1,"A":2}`, object{"a": number("1"), "A": number("2")}},
		{"magic names", `{"__proto__":1,"constructor":2,"":3}`, object{"__proto__": number("1"), "constructor": number("2"), "": number("3")}},
		{"a body longer than is shared", `["` + strings.Repeat("x", 5000) + `","y"]`, array{strings.Repeat("x", 5000), "y"}},
		{"much white space behind", `{}` + strings.Repeat(" \n\t\r", 1<<18), object{}},
		{"much white space in front", strings.Repeat(" \n\t\r", 1<<18) + `{}`, object{}},
		{"as deep as the limit", strings.Repeat("[", 64) + strings.Repeat("]", 64), nest(64)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := read([]byte(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, tt.want) { // cmp takes time exponential in the depth
				t.Errorf("%.100q: got %v, want %v", tt.in, got, tt.want)
			}
		})
	}
}

func nest(depth int) any {
	v := array{}
	for range depth - 1 {
		v = array{v}
	}
	return v
}

// TestJSONRefused is a table of documents that no JSON reader may accept, and of others that this
// one does not accept. The rows of a group replace the % of wrap; most groups wrap them in an
// array, so that the top level is not the reason.
func TestJSONRefused(t *testing.T) {
	read := params.JSONReader(params.JSONOptions{})
	for _, group := range []struct {
		name, wrap string
		rows       []string
	}{
		{"top level", "%", []string{`"x"`, "1", "-", "null", "true", "nul", " ", "\n", "\x00", "x", "'", "\\", "\ufeff\ufeff{}", "\xfe\xff\x00{\x00}", "{\x00}\x00", "\xff\xfe{\x00}\x00"}},
		{"array", "%", []string{"[", "]", "[1", "[1,", "[1,]", "[,1]", "[,]", "[1 2]", "[1,,2]", "[1;2]", "[1:2]", "[[1]", "[1]]", "[1}", "(1)", "[-]", "[a]", "[1]//", "[1]/**/", "[1]#", "[1],", "[1][2]", "[\x0c1]", "[\u00a01]", "[\u20601]", "<[]>", "[...]"}},
		{"object", "%", []string{"{", "}", `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a":1,,"b":2}`, `{"a" 1}`, `{"a"}`, `{"a":}`, `{:1}`, `{a:1}`, `{1:1}`, `{'a':1}`, `{null:1}`, `{[]:1}`, `{"a":1 "b":2}`, `{"a":1;"b":2}`, `{"a"::1}`, `{"a":1}x`, `{"a":1}{"b":2}`, `{"a":1]`, `{"a":1}}`, `{"a",1}`, `{"a":1/**/}`, `{/**/"a":1}`, `{"a":"b"}#`, `{"a"=1}`, `{"\x":1}`}},
		{"number", "[%]", []string{"01", "-01", "00", "+1", "++1", "--1", "-", "- 1", ".5", "-.5", "5.", "5.e1", "1e", "1e+", "1E-", "e1", "1ee1", "1e1.5", "1.2.3", "1+2", "0x1", "0b1", "1_000", "1,000.", "1 000", "1a", "1e1a", "NaN", "-NaN", "Infinity", "-Infinity", "inf", "１", "∞", "1e400", "-1e400", "1E1000000000", "1e309", "1e-400", "-1E-400", "0." + strings.Repeat("0", 400) + "1", strings.Repeat("9", 310), "0." + strings.Repeat("1", 1100)}},
		{"word", "[%]", []string{"nul", "nulll", "tru", "truee", "fals", "True", "NULL", "undefined", "None", "t", "n\x00ull"}},
		{"string", "[%]", []string{`"`, `"a`, `a"`, `'a'`, "`a`", `"\"`, `"\`, `"\x41"`, `"\a"`, `"\0"`, `"\'"`, `"\u"`, `"\u1"`, `"\u12"`, `"\u123"`, `"\u123g"`, `"\u 123"`, `"\U0041"`, `"\u{41}"`, "\"\n\"", "\"\t\"", "\"\x00\"", "\"\x1f\"", "\"\\\n\"", "\"a\\n\x01\"", `"a" "b"`, `"a"b`, `"\u0000"`}},
		{"not Unicode", "[%]", []string{"\"\xff\"", "\"\xc0\x80\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x98\"", "\"a\\n\xff\"", `"\ud800"`, `"\udc00"`, `"\ud800\ud800"`, `"\ud800x"`, `"\ud800\n"`, `"\udc00\ud800"`, `"\ud800\u0041"`, `"\ud800\u"`, "\xff"}},
		{"limits", "%", []string{strings.Repeat("[", 65) + strings.Repeat("]", 65), strings.Repeat("[", 20_000), strings.Repeat(`{"a":`, 1000), `{"a":` + strings.Repeat("[", 64) + strings.Repeat("]", 64) + "}"}},
	} {
		t.Run(group.name, func(t *testing.T) {
			for _, row := range group.rows {
				in := strings.Replace(group.wrap, "%", row, 1)
				if got, err := read([]byte(in)); err == nil {
					t.Errorf("%.100q: got %v, want an error", in, got)
				} else if len(err.Error()) > 200 {
					t.Errorf("%.100q: got an error of %d bytes", in, len(err.Error()))
				}
			}
		})
	}
}

func TestJSONLimits(t *testing.T) {
	read := params.JSONReader(params.JSONOptions{MaxDepth: 3, MaxKeys: 3, MaxItems: 3, RefuseDuplicateKeys: true})
	for in, ok := range map[string]bool{
		`{"a":{"b":{}}}`:            true,
		`{"a":{"b":{"c":{}}}}`:      false,
		`[[[]]]`:                    true,
		`[[[[]]]]`:                  false,
		`{"a":{"b":1},"c":1}`:       true,
		`[{"a":1,"b":1},{"c":1}]`:   true,
		`{"a":{"b":1,"c":1},"d":1}`: false,
		`[1,2,3]`:                   true,
		`[1,[2,3]]`:                 false,
		`{"a":[1,2],"b":[3]}`:       true,
		`{"a":[1,2],"b":[3,4]}`:     false,
		`{"a":1,"A":1}`:             true,
		`{"a":1,"\u0061":1}`:        false,
		`[{"a":1},{"a":1}]`:         true,
	} {
		if got, err := read([]byte(in)); (err == nil) != ok {
			t.Errorf("%s: got %v, error %v; want accepted %v", in, got, err, ok)
		}
	}
}

func TestJSONAllocations(t *testing.T) {
	in := []byte(`{"a":"one","b":"two","c":["three"]}`)
	read := params.JSONReader(params.JSONOptions{})
	std := testing.AllocsPerRun(100, func() {
		var v any
		_ = json.Unmarshal(in, &v)
	})
	if got := testing.AllocsPerRun(100, func() { _, _ = read(in) }); got > std {
		t.Errorf("got %v allocations, want at most the %v of encoding/json", got, std)
	}
}
