package idempotency

import (
	"bytes"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

// An accepted key is short, printable ASCII, and reads the same in quotes.
func FuzzKey(f *testing.F) {
	for _, seed := range []string{`"8e03978e-40d5-43e8-bc93-6894a57f9324"`, "abc", `"a\"b\\c"`, `"a";x=1;y="z";*q`, `a,b`, ` "a" `, `"a`, "", `"";a=:YQ==:`, "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, value string) {
		key, problem := parseKey(value)
		if (key == "") == (problem == "") {
			t.Fatalf("%q: got %q and %q", value, key, problem)
		}
		if key == "" {
			if strings.ContainsFunc(problem, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("%q: the problem has what the client has sent: %q", value, problem)
			}
			return
		}
		for _, c := range []byte(key) {
			if c < ' ' || c > '~' {
				t.Fatalf("%q: got %q", value, key)
			}
		}
		quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(key) + `"`
		if again, problem := parseKey(quoted); again != key {
			t.Fatalf("%q: got %q, and %q (%s) in quotes", value, key, again, problem)
		}
	})
}

// A record is decoded as it was encoded, and anything else is refused.
func FuzzRecord(f *testing.F) {
	whole := &record{status: 201, fields: []field{{setField, "X", []string{"a", ""}}, {dropField, "Y", nil}, {addField, "Z", []string{}}}, body: []byte("body"), n: 5, ended: true}
	f.Add(whole.encode())
	f.Add([]byte{})
	f.Add([]byte{recordVersion})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decode(b)
		if err != nil {
			return
		}
		again, err := decode(r.encode())
		if err != nil || !reflect.DeepEqual(r, again) {
			t.Fatalf("got %+v and %+v, %v", r, again, err)
		}
	})
}

// However a body is split, and whatever its boundary is, its digest is that of the
// whole.
func FuzzDigest(f *testing.F) {
	f.Add([]byte("--b\r\n\r\nx\r\n--b--"), uint16(0), "b", "another", uint8(3))
	f.Add([]byte("ab"), uint16(40_000), "aba", "x", uint8(200))
	f.Fuzz(func(t *testing.T, body []byte, more uint16, boundary, other string, size uint8) {
		if len(boundary) > 70 || len(body) > 1000 {
			return
		}
		body = bytes.Repeat(body, 1+min(int(more), 3*prefixBytes/2/(len(body)+1)))
		whole := newDigest(boundary)
		whole.write(bytes.Clone(body))
		whole.end()
		parts := newDigest(boundary)
		for rest := body; len(rest) > 0; {
			n := min(len(rest), int(size)+1)
			parts.write(bytes.Clone(rest[:n]))
			rest = rest[n:]
		}
		parts.end()
		if whole.now() != parts.now() || whole.prefix != parts.prefix || whole.n != parts.n {
			t.Fatal("the sum depends on how the body was read")
		}
		if boundary == "" || other == "" || len(other) > 70 || bytes.Contains(body, []byte(other)) {
			return
		}
		renamed := bytes.ReplaceAll(body, []byte(boundary), []byte(other))
		if bytes.Count(renamed, []byte(other)) != bytes.Count(body, []byte(boundary)) || !bytes.Equal(bytes.ReplaceAll(renamed, []byte(other), []byte(boundary)), body) {
			return // replacing it made further occurrences of the new one
		}
		same := newDigest(other)
		same.write(renamed)
		same.end()
		if same.now() != whole.now() {
			t.Fatalf("%q is not the same with another boundary", body)
		}
	})
}

// Fields that a handler sets are sent again, and those from outer pieces are not
// stored.
func TestRecordsHaveOnlyWhatTheHandlerSet(t *testing.T) {
	a := &answer{before: http.Header{"A": {"1"}, "B": {"1"}, "C": {"1"}, "D": {"1"}}}
	w := plainWriter{"A": {"1"}, "B": {"1", "2"}, "C": {"2"}, "E": {"1"}, "F": nil}
	a.Init(w, a)
	r := a.record()
	want := []field{{addField, "B", []string{"2"}}, {setField, "C", []string{"2"}}, {setField, "E", []string{"1"}}, {setField, "F", nil}, {dropField, "D", nil}}
	if !reflect.DeepEqual(r.fields, want) {
		t.Errorf("got %+v\nwant %+v", r.fields, want)
	}
	now := plainWriter{"A": {"new"}, "B": {"new"}, "D": {"new"}}
	r.send(now)
	if want := (plainWriter{"A": {"new"}, "B": {"new", "2"}, "C": {"2"}, "E": {"1"}, "F": nil, FieldReplayed: {"true"}}); !reflect.DeepEqual(now, want) {
		t.Errorf("got %v\nwant %v", now, want)
	}
}

type plainWriter http.Header

func (w plainWriter) Header() http.Header         { return http.Header(w) }
func (w plainWriter) Write(p []byte) (int, error) { return len(p), nil }
func (w plainWriter) WriteHeader(int)             {}
