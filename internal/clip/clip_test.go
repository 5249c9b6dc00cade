package clip_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
)

func TestText(t *testing.T) {
	for _, tt := range []struct {
		name, in string
		most     int
		want     string
	}{
		{"short", "abc", 3, "abc"},
		{"ASCII", "abcd", 3, "abc…"},
		{"before a character of two bytes", "abé", 3, "ab…"},
		{"behind a character of two bytes", "aéb", 3, "aé…"},
		{"inside one of four bytes", "a𝄞b", 4, "a…"},
		{"nothing fits", "𝄞", 3, "…"},
		{"to nothing", "abc", 0, "…"},
		{"bytes that are not UTF-8", "\xff\xfe\xfd\xfc\xfb", 3, "\xff\xfe\xfd…"},
		{"lone continuation bytes", strings.Repeat("\x80", 10), 5, "\x80\x80\x80\x80\x80…"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := clip.Text(tt.in, tt.most); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestBegin(t *testing.T) {
	for _, tt := range []struct {
		in      string
		n, want int
	}{{"abc", 0, 0}, {"abc", 2, 2}, {"abc", 9, 3}, {"aéb", 2, 3}, {"a𝄞", 3, 5}, {"\x80\x80\x80\x80\x80", 3, 3}} {
		if got := clip.Begin(tt.in, tt.n); got != tt.want {
			t.Errorf("%q at %d: got %d, want %d", tt.in, tt.n, got, tt.want)
		}
	}
}

func FuzzClip(f *testing.F) {
	f.Add("aé☃𝄞\xff", 3)
	f.Fuzz(func(t *testing.T, s string, n int) {
		if n < 0 || n > len(s) {
			return
		}
		end, begin := clip.End(s, n), clip.Begin(s, n)
		if end > n || n-end >= utf8.UTFMax || begin < n || begin-n >= utf8.UTFMax {
			t.Fatalf("%q at %d: got %d and %d", s, n, end, begin)
		}
		if utf8.ValidString(s) && (!utf8.ValidString(s[:end]) || !utf8.ValidString(s[begin:])) {
			t.Fatalf("%q at %d: a character is cut in two at %d or %d", s, n, end, begin)
		}
	})
}
