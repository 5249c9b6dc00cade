package compress

import (
	"bytes"
	stdgzip "compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomBytes returns n bytes without a repetition.
func randomBytes(n int) []byte {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(random.Uint32())
	}
	return b
}

// listOf returns JSON with files of n bytes in base64, about 100 kB of it.
func listOf(n int, between string) []byte {
	var b bytes.Buffer
	data := randomBytes(80_000)
	for i := 0; b.Len() < 100_000; i++ {
		at := i * n % (len(data) - n)
		fmt.Fprintf(&b, `{"id":%d,"name":"file %d.png",%s"data":"%s","active":true},`, i, i%100, between, base64.StdEncoding.EncodeToString(data[at:at+n]))
	}
	return b.Bytes()
}

// words returns n bytes of JSON without base64.
func words(n int) []byte {
	random := rand.New(rand.NewPCG(1, 2))
	list := strings.Fields("alpha beta gamma delta sigma omega session request answer handler origin person")
	var b bytes.Buffer
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"%s %s","score":%.4f},`, i, list[random.IntN(len(list))], list[random.IntN(len(list))], random.Float64())
	}
	return b.Bytes()[:n]
}

// encodeGzip encodes body in writes of size bytes.
func encodeGzip(t *testing.T, z interface {
	io.WriteCloser
	Reset(io.Writer)
}, body []byte, size int) int {
	t.Helper()
	var out bytes.Buffer
	z.Reset(&out)
	for rest := body; len(rest) > 0; {
		n := min(size, len(rest))
		if _, err := z.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	size = out.Len()
	r, err := stdgzip.NewReader(&out)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
		t.Fatalf("decoded %d bytes of %d, %v", len(got), len(body), err)
	}
	return size
}

// JSON that is mostly base64 must not become larger than with the standard library
// at the same level. In between the words are coded differently, which may take a
// little more.
func TestBase64IsEncodedAsWellAsByTheStandardLibrary(t *testing.T) {
	file := func(n int) string { return base64.StdEncoding.EncodeToString(randomBytes(n)) }
	mime := file(70_000)
	var mimeLines strings.Builder
	for at := 0; at+76 <= len(mime); at += 76 {
		mimeLines.WriteString(mime[at:at+76] + "\r\n")
	}
	for name, tt := range map[string]struct {
		body  []byte
		slack float64
	}{
		"one file":            {[]byte(`{"data":"` + file(100_000) + `"}`), 0.002},
		"a file of 15 kB":     {[]byte(`{"data":"` + file(15_000) + `"}`), 0.002},
		"a file of 1500 B":    {[]byte(`{"data":"` + file(1500) + `"}`), 0.002},
		"URLs' alphabet":      {[]byte(`{"data":"` + base64.RawURLEncoding.EncodeToString(randomBytes(70_000)) + `"}`), 0.002},
		"files of 12 kB":      {listOf(12_000, ""), 0.002},
		"files of 3 kB":       {listOf(3000, ""), 0.01},
		"files of 1200 B":     {listOf(1200, ""), 0.01},
		"words, then a file":  {append(words(20_000), file(80_000)...), 0.02},
		"a file, then words":  {append([]byte(file(80_000)), words(8_000)...), 0.02},
		"words between files": {listOf(6000, string(words(2000))), 0.02},
		"the same file again": {[]byte(strings.Repeat(file(9000), 20)), 0.002},
		"of zeros":            {[]byte(base64.StdEncoding.EncodeToString(make([]byte, 70_000))), 0.002},
		"lines":               {[]byte(mimeLines.String()), 0.002},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, level := range []int{1, 5, 9} {
				std, err := stdgzip.NewWriterLevel(nil, level)
				if err != nil {
					t.Fatal(err)
				}
				z, err := newGzipWriter(level)
				if err != nil {
					t.Fatal(err)
				}
				want := encodeGzip(t, std, tt.body, len(tt.body)) // which does not depend on the sizes of writes
				for _, size := range []int{len(tt.body), 32 << 10, 1000} {
					got := encodeGzip(t, z, tt.body, size)
					if float64(got) > float64(want)*(1+tt.slack)+16 {
						t.Errorf("level %d, writes of %d: got %d bytes, the standard library %d (%.3f)", level, size, got, want, float64(got)/float64(want))
					}
				}
			}
		})
	}
}

func TestKindOfSegment(t *testing.T) {
	for _, tt := range []struct {
		name    string
		segment []byte
		want    segmentKind
	}{
		{"words", words(60_000), usual},
		{"base64", []byte(base64.StdEncoding.EncodeToString(randomBytes(40_000))), onlyCodes},
		{"base64 in JSON", []byte(`{"name":"a","data":"` + base64.StdEncoding.EncodeToString(randomBytes(40_000)) + `","ok":true}`), onlyCodes},
		{"base64 with slashes escaped", []byte(strings.ReplaceAll(base64.StdEncoding.EncodeToString(randomBytes(40_000)), "/", `\/`)), onlyCodes},
		{"a little base64", []byte(base64.StdEncoding.EncodeToString(randomBytes(9000))), thorough},
		{"base64 of words", []byte(base64.StdEncoding.EncodeToString(words(40_000))), thorough},
		{"base64 and words", listOf(6000, "")[:60_000], thorough},
		{"hexadecimal", []byte(hex.EncodeToString(randomBytes(30_000))), onlyCodes},
		{"the same letter", bytes.Repeat([]byte("A"), 60_000), thorough},
		{"short words", words(600), usual},
		{"markup", []byte(strings.Repeat("<p class=\"a\">text</p>\n", 2000)), usual},
		{"nothing", nil, usual},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s samples
			s.take(tt.segment)
			if got := s.kind(tt.segment); got != tt.want {
				t.Errorf("got %d, want %d", got, tt.want)
			}
		})
	}
}

// Writes that are too short to be judged are judged together.
func TestShortWritesAreLookedAtTogether(t *testing.T) {
	z, err := newGzipWriter(5)
	if err != nil {
		t.Fatal(err)
	}
	z.Reset(io.Discard)
	line := base64.StdEncoding.EncodeToString(randomBytes(57))
	var kinds []segmentKind
	for _, text := range []string{"a word ", line, "a word "} {
		for range lookBytes / len(text) * 2 {
			if _, err := io.WriteString(z, text); err != nil {
				t.Fatal(err)
			}
		}
		kinds = append(kinds, z.kind)
	}
	if want := []segmentKind{usual, thorough, usual}; !slices.Equal(kinds, want) {
		t.Errorf("got %v, want %v", kinds, want)
	}
}

// Whatever is written, in whatever pieces and with flushes in between, is what is
// decoded.
func FuzzGzipWriter(f *testing.F) {
	f.Add([]byte("some words, and some more"), uint8(3), uint8(5))
	f.Add([]byte(`{"a":"`+base64.StdEncoding.EncodeToString(randomBytes(3000))+`"}`), uint8(200), uint8(1))
	f.Add(listOf(2000, "")[:9000], uint8(255), uint8(6))
	f.Fuzz(func(t *testing.T, body []byte, size, level uint8) {
		z, err := newGzipWriter(1 + int(level)%9)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // it is reused
			var out bytes.Buffer
			z.Reset(&out)
			for i, rest := 0, body; len(rest) > 0; i++ {
				n := min(1+int(size)*8, len(rest))
				if _, err := z.Write(rest[:n]); err != nil {
					t.Fatal(err)
				}
				if i%3 == 2 {
					if err := z.Flush(); err != nil {
						t.Fatal(err)
					}
				}
				rest = rest[n:]
			}
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			r, err := stdgzip.NewReader(&out)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, body) {
				t.Fatalf("decoded %d bytes of %d, %v", len(got), len(body), err)
			}
		}
	})
}
