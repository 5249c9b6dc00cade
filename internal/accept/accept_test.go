package accept_test

import (
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/accept"
)

func TestEncoding(t *testing.T) {
	all := []string{"zstd", "br", "gzip"}
	for _, tt := range []struct {
		name   string
		header []string
		offers []string
		want   string
	}{
		{"no header", nil, all, ""},
		{"empty header", []string{""}, all, ""},
		{"no offers", []string{"gzip"}, nil, ""},
		{"one", []string{"gzip"}, all, "gzip"},
		{"the server's order among equals", []string{"gzip, deflate, br, zstd"}, all, "zstd"},
		{"the greatest weight", []string{"gzip;q=1.0, br;q=0.9, zstd;q=0.8"}, all, "gzip"},
		{"weights of three digits", []string{"gzip;q=0.501, br;q=0.502"}, all, "br"},
		{"names are case-blind", []string{"GZip"}, all, "gzip"},
		{"Q is case-blind", []string{"gzip;Q=0.5"}, all, "gzip"},
		{"white space", []string{" \tgzip \t; q=0.5 ,"}, all, "gzip"},
		{"empty elements", []string{",, gzip,,"}, all, "gzip"},
		{"two fields", []string{"deflate", "br"}, all, "br"},
		{"x-gzip", []string{"x-gzip"}, all, "gzip"},
		{"unknown only", []string{"deflate, compress"}, all, ""},
		{"refused", []string{"gzip;q=0"}, all, ""},
		{"refused 0.000", []string{"gzip;q=0.000"}, all, ""},
		{"star", []string{"*"}, all, "zstd"},
		{"star beside a refusal", []string{"zstd;q=0, *"}, all, "br"},
		{"star with less weight", []string{"gzip, *;q=0.5"}, all, "gzip"},
		{"star refuses the rest", []string{"gzip, *;q=0"}, all, "gzip"},
		{"identity is all there is", []string{"*;q=0, identity"}, all, ""},
		{"identity preferred", []string{"gzip;q=0.5, identity"}, all, ""},
		{"identity as good", []string{"identity, gzip"}, all, "gzip"},
		{"identity less", []string{"identity;q=0.5, gzip"}, all, "gzip"},
		{"identity through the star", []string{"gzip;q=0.1, *;q=0.5"}, []string{"gzip"}, ""},
		{"nothing acceptable", []string{"identity;q=0, *;q=0"}, all, ""},
		{"identity refused", []string{"identity;q=0, gzip;q=0.001"}, all, "gzip"},
		{"no weight", []string{"gzip;q="}, all, ""},
		{"no digits", []string{"gzip;q=abc"}, all, ""},
		{"no leading digit", []string{"gzip;q=.5"}, all, ""},
		{"above one", []string{"gzip;q=1.001"}, all, ""},
		{"two", []string{"gzip;q=2"}, all, ""},
		{"negative", []string{"gzip;q=-1"}, all, ""},
		{"four digits", []string{"gzip;q=0.1234"}, all, ""},
		{"a point alone", []string{"gzip;q=1."}, all, "gzip"},
		{"two weights", []string{"gzip;q=1;q=0"}, all, ""},
		{"another parameter", []string{"gzip;level=9"}, all, ""},
		{"malformed anywhere", []string{"gzip, br;q=x"}, all, ""},
		{"not a token", []string{"gzip br"}, all, ""},
		{"control character", []string{"gzip\x00"}, all, ""},
		{"100 kB", []string{strings.Repeat("gzip,", 20_000)}, all, ""},
		{"too many codings", []string{strings.Repeat("a,", accept.MaxElements) + "gzip"}, all, ""},
		{"many fields", strings.Split(strings.Repeat("gzip,", accept.MaxBytes), ","), all, ""},
		{"more offers than are weighed", []string{"i"}, strings.Split("a b c d e f g h i", " "), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := accept.Encoding(tt.header, tt.offers...); got != tt.want {
				t.Errorf("%.60q: got %q, want %q", tt.header, got, tt.want)
			}
		})
	}
}

func TestEncodingDoesNotAllocate(t *testing.T) {
	header := []string{"gzip, deflate;q=0.5, br;q=1.0, zstd, *;q=0.1"}
	if n := testing.AllocsPerRun(100, func() { accept.Encoding(header, "br", "zstd", "gzip") }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

func BenchmarkEncoding(b *testing.B) {
	header := []string{"gzip, deflate, br, zstd"}
	b.ReportAllocs()
	for b.Loop() {
		accept.Encoding(header, "br", "zstd", "gzip")
	}
}
