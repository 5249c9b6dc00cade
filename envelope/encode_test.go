package envelope

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"
)

// reference is what encoding/json makes of v, without escaping HTML.
func reference(v any) (string, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func encoded(v any) (string, error) {
	e := &Envelope{opts: Options{MaxBytes: -1}}
	e.plans.Store(&map[reflect.Type]*plan{})
	return encodedBy(e, v)
}

func encodedBy(e *Envelope, v any) (string, error) {
	buf := buffers.Get().(*buffer)
	defer buf.free()
	buf.e = e
	b, err := buf.appendValue(nil, v, 1)
	return string(b), err
}

func TestEncodesAsEncodingJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		v := randomValue(rng, 4)
		want, wantErr := reference(v)
		got, err := encoded(v)
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Fatalf("%#v:\ngot  %s (%v)\nwant %s (%v)", v, got, err, want, wantErr)
		}
	}
}

func randomValue(rng *rand.Rand, depth int) any {
	n := rng.IntN(14)
	if depth == 0 {
		n = rng.IntN(10)
	}
	switch n {
	case 0:
		return nil
	case 1:
		return rng.IntN(2) == 0
	case 2:
		return rng.IntN(1000) - 500
	case 3:
		return rng.Int64()
	case 4:
		return math.Float64frombits(rng.Uint64()&^(0x7ff<<52) | uint64(rng.IntN(0x7ff))<<52)
	case 5:
		return float64(rng.IntN(1e6)) / 1e3
	case 6:
		return []json.Number{"12.50", "", "0", "12", "007", "-1", "1e3"}[rng.IntN(7)]
	case 7:
		return []string{"a", "<b>"}
	case 8:
		return struct {
			A int    `json:"a,omitempty"`
			B string `json:"b"`
		}{rng.IntN(2), randomString(rng)}
	case 9:
		return randomString(rng)
	case 10, 11:
		list := make([]any, rng.IntN(4))
		for i := range list {
			list[i] = randomValue(rng, depth-1)
		}
		return list
	default:
		m := map[string]any{}
		for range rng.IntN(5) {
			m[randomString(rng)] = randomValue(rng, depth-1)
		}
		return m
	}
}

func randomString(rng *rand.Rand) string {
	var b strings.Builder
	for range rng.IntN(12) {
		switch rng.IntN(4) {
		case 0:
			b.WriteByte(byte(rng.IntN(128)))
		case 1:
			b.WriteRune([]rune{'\u2028', '\u2029', 'é', '☃', '𝄞', '\ufffd', 0x7f}[rng.IntN(7)])
		default:
			b.WriteByte(`abc"\/<>&'`[rng.IntN(10)])
		}
	}
	return b.String()
}

func FuzzAppendString(f *testing.F) {
	for _, s := range []string{"", "plain", "\"\\\b\f\n\r\t\x00\x1f\x7f", "\u2028\u2029", "é☃𝄞", "\xff", `\ufffd`, "\ufffd"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := appendString(nil, s)
		if !utf8.ValidString(s) {
			if err == nil {
				t.Fatalf("%q: got %s, want an error", s, got)
			}
			return
		}
		if want, _ := reference(s); string(got) != want {
			t.Fatalf("%q: got %s, want %s", s, got, want)
		}
	})
}

func FuzzAppendFloat(f *testing.F) {
	for _, v := range []float64{0, math.Copysign(0, -1), 1e21, 1e20, 1e-6, 1e-7, 0.1, math.MaxFloat64, math.SmallestNonzeroFloat64, -1.5e-9, 5e-324} {
		f.Add(v)
	}
	f.Fuzz(func(t *testing.T, v float64) {
		got, err := appendFloat(nil, v, 64)
		want, wantErr := reference(v)
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != want {
			t.Fatalf("%v: got %s (%v), want %s (%v)", v, got, err, want, wantErr)
		}
		got, err = appendFloat(nil, float64(float32(v)), 32)
		want, wantErr = reference(float32(v))
		if (err == nil) != (wantErr == nil) || err == nil && string(got) != want {
			t.Fatalf("float32(%v): got %s (%v), want %s (%v)", v, got, err, want, wantErr)
		}
	})
}

func FuzzWithoutReserved(f *testing.F) {
	for _, s := range []string{`{}`, `{"error":1}`, `{"a":{"error":[1,"}"]},"error":"\\\"","b":2}`, `{"\u0065rror":1,"x":"\\"}`, `{"errorCode":"x","errorParams":[],"errors":1}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(s)) != nil || compact.Len() == 0 || compact.Bytes()[0] != '{' {
			return
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(compact.Bytes(), &want) != nil {
			return
		}
		had := len(want)
		for _, name := range reservedNames(true) {
			delete(want, name)
		}
		out, cut := withoutReserved(compact.Bytes(), reservedNames(true))
		var got map[string]json.RawMessage
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: got %s: %v", s, out, err)
		}
		if len(got) != len(want) || cut != (had != len(want)) {
			t.Fatalf("%s: got %s (cut %v), want %v", s, out, cut, want)
		}
		for k := range want {
			if string(got[k]) != string(want[k]) {
				t.Fatalf("%s: member %q: got %s, want %s", s, k, got[k], want[k])
			}
		}
	})
}
