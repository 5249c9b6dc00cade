package upload

import (
	"strings"
	"testing"
)

func TestCleanName(t *testing.T) {
	for _, tt := range []struct{ name, want string }{
		{"photo.png", "photo.png"},
		{"ünï ☃.png", "ünï ☃.png"},
		{"می\u200cخواهم.txt", "می\u200cخواهم.txt"}, // with a joiner that the script needs
		{"../../etc/passwd", "passwd"},
		{`..\..\x`, "x"},
		{`C:\x\..\e.txt`, "e.txt"},
		{"C:e.txt", "C_e.txt"},
		{"/abs", "abs"},
		{"folder/", ""},
		{"..", ""},
		{"", ""},
		{"a\x00b\r\nc\x7f\u0085.txt", "abc.txt"},
		{"gpj.\u202Eexe", "gpj.exe"},
		{"\uFEFFa\u2028b\u2066c", "abc"},
		{"a\xffb", "a\uFFFDb"},
		{" .hidden. . ", "hidden"},
		{`a<b>c"d|e?f*g:h`, "a_b_c_d_e_f_g_h"},
		{"CON", "_CON"},
		{"nul.txt", "_nul.txt"},
		{"com1 .tar.gz", "_com1 .tar.gz"},
		{"LPT¹", "_LPT¹"},
		{"CONIN$", "_CONIN$"},
		{"CLOCK$.txt", "_CLOCK$.txt"},
		{"COM", "COM"},
		{"COM10", "COM10"},
		{"console", "console"},
		{strings.Repeat("a", 300), strings.Repeat("a", 255)},
		{strings.Repeat("a", 300) + ".png", strings.Repeat("a", 251) + ".png"},
		{strings.Repeat("ü", 200) + ".png", strings.Repeat("ü", 125) + ".png"},
		{"a." + strings.Repeat("x", 300), "a." + strings.Repeat("x", 253)},
		{"con." + strings.Repeat("x", 300), "_con." + strings.Repeat("x", 250)},
	} {
		if got := cleanName(tt.name); got != tt.want {
			t.Errorf("U4 %.40q: got %q, want %q", tt.name, got, tt.want)
		}
	}
}
