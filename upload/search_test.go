package upload

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestSearcher(t *testing.T) {
	for _, pattern := range []string{
		"\r\n--b", "\r\n--" + strings.Repeat("-", 70), "\r\n--" + strings.Repeat("ab", 35), "\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW8", "aa", "aab",
	} {
		s := newSearcher([]byte(pattern))
		random := rand.New(rand.NewPCG(1, uint64(len(pattern))))
		for range 3000 {
			var b []byte
			for n := random.IntN(300); len(b) < n; {
				switch random.IntN(4) {
				case 0:
					b = append(b, byte(random.Uint32()))
				case 1:
					b = append(b, pattern[random.IntN(len(pattern))])
				case 2:
					b = append(b, pattern[random.IntN(len(pattern)):]...)
				case 3:
					b = append(b, pattern[:random.IntN(len(pattern)+1)]...)
				}
			}
			if got, want := s.index(b), bytes.Index(b, []byte(pattern)); got != want {
				t.Fatalf("%q in %q: got %d, want %d", pattern, b, got, want)
			}
		}
	}
}

func BenchmarkSearcher(b *testing.B) {
	pattern := []byte("\r\n------WebKitFormBoundary7MA4YWxkTrZu0gW8")
	noise := make([]byte, 256<<10)
	random := rand.NewChaCha8([32]byte{})
	random.Read(noise)
	for name, content := range map[string][]byte{
		"noise":           noise,
		"text":            bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog.\r\n"), 5600),
		"all look-alikes": bytes.Repeat(pattern[:len(pattern)-1], 6100),
		"dashes":          bytes.Repeat([]byte("-"), 256<<10),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			s := newSearcher(pattern)
			for b.Loop() {
				if s.index(content) >= 0 {
					b.Fatal("found")
				}
			}
		})
		b.Run(name+"/bytes.Index", func(b *testing.B) {
			b.SetBytes(int64(len(content)))
			for b.Loop() {
				if bytes.Contains(content, pattern) {
					b.Fatal("found")
				}
			}
		})
	}
	allDashes := newSearcher([]byte("\r\n--" + strings.Repeat("-", 70)))
	content := bytes.Repeat([]byte("-"), 256<<10)
	b.Run("the worst", func(b *testing.B) {
		b.SetBytes(int64(len(content)))
		for b.Loop() {
			if allDashes.index(content) >= 0 {
				b.Fatal("found")
			}
		}
	})
}
