package logtext_test

import (
	"testing"

	"github.com/sidekick-http/sidekick/internal/logtext"
)

func TestPrintable(t *testing.T) {
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
		if got := logtext.Printable(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}

func TestURLsHaveNoPassword(t *testing.T) {
	for in, want := range map[string]string{
		"":                   "",
		"redis://h:1/2?a=b":  "redis://h:1/2?a=b",
		"redis://u@h":        "redis://u@h",
		"redis://u:secret@h": "redis://u:xxxxx@h",
		"redis:u:secret@h":   "(not shown)",
		"redis://u:p@h:x":    "(not shown)",
		"\x00":               "(not shown)",
	} {
		if got := logtext.URL(in); got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
}
