package compress_test

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

func TestNewReportsEveryProblem(t *testing.T) {
	t.Parallel()
	_, err := compress.New(compress.Options{
		Codings: []string{"gzip", "br", "gzip"}, GzipLevel: 10, ZstdLevel: -1, MinBytes: 2 << 20,
		MaxPaddingBytes: -1, Types: []string{"text", "text/html; charset=utf-8", "*/*", "text/*", "*/*+json", ""},
	})
	want := strings.Join([]string{
		`compress: Codings[1]: invalid value "br": want "gzip" or "zstd"`,
		`compress: Codings[2]: invalid value "gzip": named twice`,
		`compress: GzipLevel: invalid value 10: want 1 to 9, or 0 for 5`,
		`compress: ZstdLevel: invalid value -1: want 1 to 22, or 0 for 1`,
		`compress: MinBytes: invalid value 2097152: want at most 1048576: that much of every body may be held back`,
		`compress: MaxPaddingBytes: invalid value -1: want 0 to 32768`,
		`compress: Types[0]: invalid value "text": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
		`compress: Types[1]: invalid value "text/html; charset=utf-8": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
		`compress: Types[2]: invalid value "*/*": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
		`compress: Types[5]: invalid value "": want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`,
	}, "\n")
	if err == nil {
		t.Fatal("got no error")
	}
	if diff := cmp.Diff(want, err.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestEmptyListsAreProblems(t *testing.T) {
	t.Parallel()
	_, err := compress.New(compress.Options{Codings: []string{}, Types: []string{}})
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v, want two problems", err)
	}
}

func TestLaterChangesOfOptionsChangeNothing(t *testing.T) {
	t.Parallel()
	o := compress.Options{Codings: []string{"gzip"}, Types: []string{"text/plain"}}
	h := newCompressor(t, o).Handler(text(page))
	o.Codings[0], o.Types[0] = "zstd", "image/png"
	if a := serve(t, h, 1).get(t, "gzip;q=0.9"); a.coding() != "gzip" {
		t.Errorf("got %q, want gzip", a.coding())
	}
}

func TestLevelsChangeTheSize(t *testing.T) {
	t.Parallel()
	var words strings.Builder
	random := rand.New(rand.NewPCG(1, 2))
	for range 5000 {
		words.WriteString(`{"name":"person ` + strconv.Itoa(random.IntN(1000)) + `","score":` + strconv.Itoa(random.IntN(100)) + `},`)
	}
	for coding, levels := range map[string][2]compress.Options{
		"gzip": {{GzipLevel: 1}, {GzipLevel: 9}},
		"zstd": {{ZstdLevel: 1}, {ZstdLevel: 22}},
	} {
		t.Run(coding, func(t *testing.T) {
			fast := record(t, levels[0], coding, text(words.String())).Body.Len()
			small := record(t, levels[1], coding, text(words.String())).Body.Len()
			if small >= fast {
				t.Errorf("got %d bytes at the highest level, %d at the lowest", small, fast)
			}
		})
	}
}
