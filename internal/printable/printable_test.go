package printable_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/internal/printable"
)

func TestText(t *testing.T) {
	for in, want := range map[string]string{
		"":            "",
		`say "hi"`:    `say "hi"`,
		"é☃𝄞":         "é☃𝄞",
		"two\nlines":  `"two\nlines"`,
		"\x1b[31mred": `"\x1b[31mred"`,
		"csi \u009b":  `"csi \u009b"`,
		"del\x7f":     `"del\x7f"`,
		"bad \xff":    `"bad \xff"`,
		"rtl \u202e":  `"rtl \u202e"`,
	} {
		if got := printable.Text(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
