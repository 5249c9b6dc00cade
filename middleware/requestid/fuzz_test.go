package requestid

import (
	"strings"
	"testing"
)

func FuzzParseTraceparent(f *testing.F) {
	for _, s := range []string{
		"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
		"00-00000000000000000000000000000000-b7ad6b7169203331-01", "", "00--", strings.Repeat("-", 55),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		trace, span, ok := parseTraceparent([]string{s})
		if !ok {
			if trace != "" || span != "" {
				t.Errorf("%q: refused, with %q and %q", s, trace, span)
			}
			return
		}
		if len(trace) != 32 || len(span) != 16 || strings.Trim(trace+span, "0123456789abcdef") != "" || !strings.Contains(s, "-"+trace+"-"+span+"-") {
			t.Errorf("%q: got %q and %q", s, trace, span)
		}
	})
}
