package reftest

import (
	"testing"
	"unicode/utf8"
)

func FuzzParse(f *testing.F) {
	for _, s := range []string{"", "HTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n7fffffff\r\nabc"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := parse(raw)
		if (a == nil) == (err == nil) {
			t.Fatalf("got %v and %v", a, err)
		}
		if a != nil && len(a.Body) > len(raw) {
			t.Fatalf("a body of %d bytes in %d", len(a.Body), len(raw))
		}
	})
}

func FuzzParseJSON(f *testing.F) {
	for _, s := range []string{`{"b":[1,-0.5e3,"\u2028",{}],"1":null}`, `[]`, `"x"`, `{"a":1,"a":{"0":true}}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		v, ok := parseJSON(text)
		if !ok {
			return
		}
		for _, indent := range []int{0, 2} {
			// Infinity and -0 cannot be written, so only the JSON is compared.
			once := stringify(v, indent)
			again, ok := parseJSON(once)
			if !ok {
				t.Fatalf("wrote what is no JSON: %s", once)
			}
			if twice := stringify(again, indent); twice != once {
				t.Fatalf("got %s, then %s", once, twice)
			}
		}
		if !same(v, clone(v)) {
			t.Fatalf("%s is not the same as its clone", stringify(v, 0))
		}
	})
}

func FuzzDecodeUTF8(f *testing.F) {
	for _, s := range []string{"a☃", "\xe2\x98", "\xf0\x9f\x92A", "\xed\xa0\x80"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		s := decodeUTF8(b)
		if !utf8.ValidString(s) {
			t.Fatalf("%q became %q", b, s)
		}
		if utf8.Valid(b) && s != string(b) {
			t.Fatalf("%q, which is valid, became %q", b, s)
		}
	})
}
