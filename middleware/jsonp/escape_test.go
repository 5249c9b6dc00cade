package jsonp

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
)

// escapeSplit escapes p in pieces: each byte of cuts is the length of one.
func escapeSplit(p, cuts []byte) []byte {
	var e scriptEscaper
	var out []byte
	for _, n := range cuts {
		n := min(int(n), len(p))
		out = e.append(out, p[:n])
		p = p[n:]
	}
	return e.rest(e.append(out, p))
}

func TestScriptEscaper(t *testing.T) {
	for _, tt := range []struct{ name, in, want string }{
		{"nothing", "", ""},
		{"nothing to escape", `{"a":"é 𝄞 > & ' / - \\"}`, `{"a":"é 𝄞 > & ' / - \\"}`},
		{"end of a script", "\"</script>\"", `"\u003c/script>"`},
		{"comment", `"<!--"`, `"\u003c!--"`},
		{"line ends", "\"\u2028\u2029\"", `"\u2028\u2029"`},
		{"neighbours", "\u2027\u202a\u2068\u3028", "\u2027\u202a\u2068\u3028"},
		{"after a backslash", `"\\<"`, `"\\\u003c"`},
		{"broken off after one byte", "a\xE2", "a\xE2"},
		{"broken off after two bytes", "a\xE2\x80", "a\xE2\x80"},
		{"begun twice", "\xE2\xE2\x80\xE2\x80\xA8", "\xE2\xE2\x80\\u2028"},
		{"begun, then a bracket", "\xE2\x80<", "\xE2\x80\\u003c"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := escapeSplit([]byte(tt.in), nil); string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if got := escapedLen([]byte(tt.in)); got != len(tt.want) {
				t.Errorf("escapedLen: got %d, want %d", got, len(tt.want))
			}
		})
	}
}

// FuzzScriptEscaper checks that the output does not depend on how the input was
// split, that nothing forbidden comes out, that the predicted length is right, and
// that the JSON keeps its meaning.
func FuzzScriptEscaper(f *testing.F) {
	for _, s := range []string{`{"a":"</script>"}`, "[\"\u2028\u2029<!--\"]", "\xE2\x80\xE2\x80\xA8", `"\\<\u2028"`, "null"} {
		f.Add([]byte(s), []byte{1, 1, 1, 1})
		f.Add([]byte(s), []byte{3, 2, 7})
	}
	f.Fuzz(func(t *testing.T, p, cuts []byte) {
		whole := escapeSplit(p, nil)
		if split := escapeSplit(p, cuts); !bytes.Equal(whole, split) {
			t.Fatalf("%q: got %q whole, %q in pieces", p, whole, split)
		}
		if len(whole) != escapedLen(p) {
			t.Errorf("%q: got %d bytes, %d were foretold", p, len(whole), escapedLen(p))
		}
		for _, bad := range []string{"<", "\u2028", "\u2029"} {
			if bytes.Contains(whole, []byte(bad)) {
				t.Errorf("%q: got %q", p, whole)
			}
		}
		if !json.Valid(p) {
			return
		}
		var before, after any
		if err := json.Unmarshal(p, &before); err != nil {
			return // a number out of range
		}
		if err := json.Unmarshal(whole, &after); err != nil || !reflect.DeepEqual(before, after) {
			t.Errorf("%q: got %q, %v", p, whole, err)
		}
	})
}
