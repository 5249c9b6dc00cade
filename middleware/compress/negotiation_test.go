package compress_test

import (
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestCodingFollowsAcceptEncoding(t *testing.T) {
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(text(page))
	bothProtocols(t, h, func(t *testing.T, s server) {
		for _, tt := range []struct{ name, accept, want string }{ // Z1
			{"gzip", "gzip", "gzip"},
			{"gzip refused", "gzip;q=0", ""},
			{"all but identity refused", "*;q=0, identity", ""},
			{"anything", "*", "zstd"},
			{"upper case", "GZIP", "gzip"},
			{"a malformed weight", "gzip;q=abc", ""},
			{"identity preferred", "gzip;q=0.5, identity", ""},
			{"what browsers send", "gzip, deflate, br, zstd", "zstd"},
			{"deflate and gzip", "deflate, gzip", "gzip"},
			{"deflate", "deflate", ""},
			{"brotli", "br", ""},
			{"identity", "identity", ""},
			{"100 kB", strings.Repeat("gzip,", 20_000), ""},
		} {
			t.Run(tt.name, func(t *testing.T) {
				a := s.get(t, tt.accept)
				if a.coding() != tt.want || a.text != page || a.err != nil {
					t.Errorf("got %q, %d bytes, %v, want %q", a.coding(), len(a.text), a.err, tt.want)
				}
			})
		}
	})
}

func TestAcceptEncodingInTwoLinesIsOneList(t *testing.T) {
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(text(page))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "br", "Accept-Encoding", "gzip"); a.coding() != "gzip" || a.text != page {
			t.Errorf("got %q, %v, want gzip", a.coding(), a.err)
		}
	})
}

func TestIdentityIsSentIfNothingIsAcceptable(t *testing.T) { // Z2
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(text(page))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "identity;q=0, *;q=0"); a.status != 200 || a.coding() != "" || a.text != page {
			t.Errorf("got %d, %v", a.status, a.header)
		}
	})
}

// The order of Codings decides between codings that the client likes equally.
func TestWeightsComeBeforeTheOrderOfCodings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		codings []string
		accept  string
		want    string
	}{
		{"the default order", nil, "gzip, zstd", "zstd"},
		{"an order configured", []string{"gzip", "zstd"}, "zstd, gzip", "gzip"},
		{"the client's weights", nil, "zstd;q=0.4, gzip;q=0.5", "gzip"},
		{"one coding only", []string{"gzip"}, "zstd", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := record(t, compress.Options{Codings: tt.codings}, tt.accept, text(page))
			if got := w.Header().Get("Content-Encoding"); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
