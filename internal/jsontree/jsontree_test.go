package jsontree_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/jsontree"
)

// draw writes a tree with the offset of each value and key.
func draw(n jsontree.Node) string {
	switch {
	case n.IsObject():
		var members []string
		for _, m := range n.Members {
			members = append(members, fmt.Sprintf("%d %s=%s", m.At, m.Key, draw(m.Value)))
		}
		return fmt.Sprintf("%d{%s}", n.At, strings.Join(members, ", "))
	case n.IsList():
		var elements []string
		for _, e := range n.List {
			elements = append(elements, draw(e))
		}
		return fmt.Sprintf("%d[%s]", n.At, strings.Join(elements, ", "))
	}
	return fmt.Sprintf("%d:%v", n.At, n.Scalar)
}

func TestParse(t *testing.T) {
	for text, want := range map[string]string{
		`{"a": [1, "x" , null] ,"b":{}}`: `0{1 a=6[7:1, 10:x, 16:<nil>], 23 b=27{}}`,
		"  9007199254740993\n":           "2:9007199254740993",
		`{"a":1,"a":2}`:                  `0{1 a=5:1, 7 a=11:2}`,
		`[]`:                             `0[]`,
		`"é"`:                            `0:é`,
	} {
		n, _, err := jsontree.Parse([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
		} else if got := draw(n); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

func TestParseSaysWhereATextIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "1:1",
		`{"a":1,}`:           "1:8",
		"{\n \"a\": tru\n}":  "2:10",
		"{\"é\":\n\"\xff\"}": "2:2",
		`{"a":1} 2`:          "1:9",
	} {
		_, at, err := jsontree.Parse([]byte(text))
		if err == nil || at < 0 || at > len(text) {
			t.Errorf("%q: got %v at %d", text, err, at)
		} else if got := jsontree.Position([]byte(text), at); got != want {
			t.Errorf("%q: got %s (%v), want %s", text, got, err, want)
		}
	}
}

func TestShown(t *testing.T) {
	for text, want := range map[string]any{
		`"as it is"`:   "as it is",
		`{ "a" : [1]}`: json.Number(`{"a":[1]}`),
		`true`:         json.Number("true"),
	} {
		n, _, err := jsontree.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := n.Shown(); got != want {
			t.Errorf("%s: got %#v, want %#v", text, got, want)
		}
	}
	n, _, err := jsontree.Parse([]byte("[" + strings.Repeat("1,", 500) + "1]"))
	if got := fmt.Sprint(n.Shown()); err != nil || len(got) > 100 {
		t.Errorf("a long list is shown as %q (%v)", got, err)
	}
}

// Every document that encoding/json accepts is read, with the same values.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,{"b":null}]}`, ` [ true , false ] `, `"\ud800"`, `1e400`, `{"a":1,"a":2}`, "\xff", ``} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		n, at, err := jsontree.Parse(text)
		if err != nil {
			if at < 0 || at > len(text) {
				t.Fatalf("%q: %v at %d", text, err, at)
			}
			jsontree.Position(text, at) // must not panic
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%q was read", text)
		}
		check(t, text, n)
	})
}

// check compares every value with its raw bytes.
func check(t *testing.T, text []byte, n jsontree.Node) {
	if string(text[n.At:n.At+len(n.Raw)]) != string(n.Raw) || !json.Valid(n.Raw) {
		t.Fatalf("%q: %q is not at %d", text, n.Raw, n.At)
	}
	for _, m := range n.Members {
		if text[m.At] != '"' || m.At >= m.Value.At {
			t.Fatalf("%q: the key %q is not at %d", text, m.Key, m.At)
		}
		check(t, text, m.Value)
	}
	for _, e := range n.List {
		check(t, text, e)
	}
}
