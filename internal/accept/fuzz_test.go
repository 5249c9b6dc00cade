package accept_test

import (
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/accept"
)

// FuzzEncoding checks that the result is an offer named in the header, or identity;
// that letter case does not matter; and that the result does not depend on how the
// list is spread over fields.
func FuzzEncoding(f *testing.F) {
	for _, s := range []string{"gzip", "gzip;q=0", "*;q=0, identity", "*", "GZIP", "gzip;q=abc", "gzip;q=0.5, identity", "br;q=0.8,zstd ; Q=1.000", "identity;q=0, *;q=0", "x-gzip,,"} {
		f.Add(s)
	}
	offers := []string{"zstd", "br", "gzip"}
	f.Fuzz(func(t *testing.T, header string) {
		got := accept.Encoding([]string{header}, offers...)
		switch got {
		case "":
		case "zstd", "br", "gzip":
			low := strings.ToLower(header)
			if !strings.Contains(low, got) && !strings.Contains(low, "*") {
				t.Errorf("%q: got %q, which it does not speak of", header, got)
			}
			if len(header) > accept.MaxBytes {
				t.Errorf("got %q from %d bytes, want identity past %d", got, len(header), accept.MaxBytes)
			}
		default:
			t.Fatalf("%q: got %q, which was not offered", header, got)
		}
		if ascii(header) {
			if upper := accept.Encoding([]string{strings.ToUpper(header)}, offers...); upper != got {
				t.Errorf("%q: got %q, in capitals %q", header, got, upper)
			}
		}
		if split := accept.Encoding(strings.Split(header, ","), offers...); split != got && len(header) <= accept.MaxBytes {
			t.Errorf("%q: got %q, spread over fields %q", header, got, split)
		}
	})
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] > 127 {
			return false
		}
	}
	return true
}
