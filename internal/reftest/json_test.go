package reftest

import (
	"strings"
	"testing"
)

func value(t *testing.T, text string) any {
	t.Helper()
	v, ok := parseJSON(text)
	if !ok {
		t.Fatalf("not JSON: %s", text)
	}
	return v
}

func TestParseJSON(t *testing.T) {
	for _, text := range []string{"", "{", "[1,]", `{"a":1,}`, `{"a" 1}`, "1 2", "nul", `'a'`, "01", "\"\n\"", "NaN", "{}}"} {
		if v, ok := parseJSON(text); ok {
			t.Errorf("%q: got %s, want a refusal", text, stringify(v, 0))
		}
	}
}

func TestStringify(t *testing.T) {
	tests := []struct {
		name, text, want string
		indent           int
	}{
		{"in the order written", `{"b":1,"a":2}`, `{"b":1,"a":2}`, 0},
		{"array indices first", `{"b":1,"10":2,"2":3,"01":4,"4294967295":5,"4294967294":6}`, `{"2":3,"10":2,"4294967294":6,"b":1,"01":4,"4294967295":5}`, 0},
		{"a key twice", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`, 0},
		{"numbers", `[1.0, -0, 1e21, 100e18, 1e-7, 0.000001, 1e999, 9007199254740993]`, `[1,0,1e+21,100000000000000000000,1e-7,0.000001,null,9007199254740992]`, 0},
		{"strings", `"\u0001\b\f\n\r\t\"\\\/<>&\u2028é"`, `"\u0001\b\f\n\r\t\"\\/<>&` + "\u2028" + `é"`, 0},
		{"indented", `{"a":[1,{"b":[]}],"c":{}}`, "{\n  \"a\": [\n    1,\n    {\n      \"b\": []\n    }\n  ],\n  \"c\": {}\n}", 2},
		{"no container", `true`, "true", 4},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := stringify(value(t, tt.text), tt.indent); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestSame(t *testing.T) {
	tests := []struct {
		a, b string
		want bool
	}{
		{`{"a":1,"b":[{}]}`, `{"b":[{}],"a":1}`, true},
		{`1`, `1.0`, true},
		{`0`, `-0`, false},
		{`9007199254740992`, `9007199254740993`, true},
		{`"1"`, `1`, false},
		{`[1,2]`, `[2,1]`, false},
		{`[]`, `{}`, false},
		{`{"0":1}`, `[1]`, false},
		{`{"a":null}`, `{}`, false},
		{`{"a":1}`, `{"b":1}`, false},
		{`null`, `false`, false},
		{`true`, `true`, true},
		{`null`, `[]`, false},
	}
	for _, tt := range tests {
		a, b := value(t, tt.a), value(t, tt.b)
		if got := same(a, b); got != tt.want {
			t.Errorf("%s and %s: got %v", tt.a, tt.b, got)
		}
		if got := same(b, a); got != tt.want {
			t.Errorf("%s and %s: got %v", tt.b, tt.a, got)
		}
		if !same(a, clone(a)) {
			t.Errorf("%s is not the same as its clone", tt.a)
		}
	}
	if same(absent{}, nil) || !same(absent{}, absent{}) {
		t.Error("what is not there is not null")
	}
}

func TestKeys(t *testing.T) {
	for text, want := range map[string]string{`{"b":1,"0":2}`: "0 b", `[7,7]`: "0 1", `"a𝄞"`: "0 1 2", `5`: "", `null`: ""} {
		if got := strings.Join(keys(value(t, text)), " "); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
}
