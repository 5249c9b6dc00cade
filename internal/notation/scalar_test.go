package notation_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/jsontree"
	"github.com/sidekick-http/sidekick/internal/notation"
)

func TestScalars(t *testing.T) {
	for _, tt := range []struct {
		text string
		want any
	}{
		{"true", true}, {"-7", int8(-7)}, {"65535", uint16(65535)}, {"9007199254740993", int64(9007199254740993)}, {"1.5", 1.5},
		{`"a <b>"`, "a <b>"}, {`"1m30s"`, 90 * time.Second}, {`"10.0.0.0/8"`, netip.MustParsePrefix("10.0.0.0/8")},
		{`"::1"`, netip.MustParseAddr("::1")}, {`"key"`, []byte("key")},
	} {
		x, _, err := jsontree.Parse([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(reflect.TypeOf(tt.want)).Elem()
		if reason := notation.Set(v, x); reason != "" || !reflect.DeepEqual(v.Interface(), tt.want) {
			t.Errorf("%s: read as %v, %q", tt.text, v, reason)
		}
		if back, err := notation.Append(nil, v); err != nil || string(back) != tt.text {
			t.Errorf("%s: written as %s, %v", tt.text, back, err)
		}
	}
}

func TestWrongScalarsChangeNothing(t *testing.T) {
	for _, tt := range []struct {
		text string
		was  any
		want string
	}{
		{`"yes"`, true, "want true or false"}, {"128", int8(1), "want a whole number"}, {"-1", uint(1), "want a whole number that is not negative"},
		{`"1"`, 1.5, "want a number"}, {"5", "a", "want a string"}, {"5", []byte("a"), "want a string"}, {"30", time.Second, "want a time"},
		{"[]", "a", "want a string"}, {`"x"`, netip.MustParseAddr("::1"), "unable to parse"},
	} {
		x, _, err := jsontree.Parse([]byte(tt.text))
		if err != nil {
			t.Fatal(err)
		}
		v := reflect.New(reflect.TypeOf(tt.was)).Elem()
		v.Set(reflect.ValueOf(tt.was))
		if reason := notation.Set(v, x); !strings.Contains(reason, tt.want) || !reflect.DeepEqual(v.Interface(), tt.was) {
			t.Errorf("%s: got %v, %q, want it unchanged and %q", tt.text, v, reason, tt.want)
		}
	}
	var either any
	v := reflect.ValueOf(&either).Elem()
	for text, want := range map[string]any{`"a"`: "a", "7": json.Number("7"), "true": nil} {
		either = nil
		x, _, _ := jsontree.Parse([]byte(text))
		if reason := notation.Set(v, x); either != want || (reason == "") != (want != nil) {
			t.Errorf("%s: got %v, %q", text, either, reason)
		}
	}
}

func TestWhichTypesCanBeWritten(t *testing.T) {
	type itself struct{ Next []itself }
	for _, tt := range []struct {
		of   any
		want bool
	}{
		{0, true}, {"", true}, {[]byte{}, true}, {map[string][]int{}, true}, {struct{ A, B string }{}, true}, {netip.Addr{}, true},
		{map[int]string{}, false}, {struct{}{}, false}, {struct{ F func() }{}, false}, {uintptr(0), false}, {[]io.Writer{}, false},
		{make(chan int), false}, {&http.Server{}, false}, {itself{}, false},
	} {
		if got := notation.IsPlain(reflect.TypeOf(tt.of)); got != tt.want {
			t.Errorf("%T: got %t, want %t", tt.of, got, tt.want)
		}
	}
}

func TestZeroValuesThatAreNotRead(t *testing.T) {
	for _, tt := range []struct {
		value any
		want  bool
	}{
		{http.SameSite(0), true}, {netip.Prefix{}, true}, {http.SameSiteLaxMode, false}, {time.Duration(0), false}, {"", false}, {0, false}, {[]int(nil), false},
	} {
		if got := notation.IsNull(reflect.ValueOf(tt.value)); got != tt.want {
			t.Errorf("%T %v: got %t, want %t", tt.value, tt.value, got, tt.want)
		}
	}
}

func TestPaths(t *testing.T) {
	for _, tt := range []struct{ path, key, want string }{
		{"", "a", "a"}, {"a", "b", "a.b"}, {"a", "X-B", "a.X-B"}, {"a", "b.c", `a."b.c"`}, {"a", "", `a.""`}, {"", "\n", `"\n"`},
		{"a", strings.Repeat("b", 101), `a."` + strings.Repeat("b", 100) + `…"`},
	} {
		if got := notation.Join(tt.path, tt.key); got != tt.want {
			t.Errorf("%q, %q: got %s, want %s", tt.path, tt.key, got, tt.want)
		}
	}
}
