package mimetypes_test

import (
	"mime"
	"strings"
	"testing"

	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

func TestByExtension(t *testing.T) {
	for _, tt := range []struct{ ext, want string }{
		{".html", "text/html"},
		{".htm", "text/html"},
		{".HTML", "text/html"},
		{".txt", "text/plain"},
		{".js", "text/javascript"},
		{".mjs", "text/javascript"},
		{".css", "text/css"},
		{".json", "application/json"},
		{".map", "application/json"},
		{".svg", "image/svg+xml"},
		{".xml", "application/xml"},
		{".woff2", "font/woff2"},
		{".pdf", "application/pdf"},
		{".gz", "application/gzip"},
		{".wasm", "application/wasm"},
		{".md", "text/markdown"},
		{".webmanifest", "application/manifest+json"},
		{".jpeg", "image/jpeg"},
		{".png", "image/png"},
		{".gif", "image/gif"},
		{".avif", "image/avif"},
		{".webp", "image/webp"},
		{".ico", "image/vnd.microsoft.icon"},
		{".mp3", "audio/mpeg"},
		{".wav", "audio/wav"},
		{".mp4", "video/mp4"},
		{".zip", "application/zip"},
		{".exe", "application/octet-stream"},
		{".svgz", "image/svg+xml"},
		{".ndjson", "application/x-ndjson"},
		{".jsonl", "application/x-ndjson"},
		{".geojson", "application/geo+json"},
		{".jsonld", "application/ld+json"},
		{".har", "application/json"},
		{".zst", "application/zstd"},
		{".parquet", "application/vnd.apache.parquet"},
		{".log", "text/plain"},
		{".csv", "text/csv"},
		{".vtt", "text/vtt"},
		{".m3u8", "application/vnd.apple.mpegurl"},
		{".tgz", "application/gzip"},
		{".unknownext", ""},
		{"html", ""},
		{".", ""},
		{"", ""},
	} {
		if got := mimetypes.ByExtension(tt.ext); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.ext, got, tt.want)
		}
	}
}

func TestCoding(t *testing.T) {
	for ext, want := range map[string]string{".svgz": "gzip", ".SvgZ": "gzip", ".svg": "", ".gz": "", ".tgz": "", "svgz": "", "": ""} {
		if got := mimetypes.Coding(ext); got != want {
			t.Errorf("%q: got %q, want %q", ext, got, want)
		}
	}
}

// Every line of the table is one well-formed type without parameters, and no
// extension is lost between the table and the map.
func TestTableIsWellFormed(t *testing.T) {
	all := mimetypes.All()
	if len(all) != mimetypes.Extensions {
		t.Errorf("got %d extensions, want %d: one is listed twice", len(all), mimetypes.Extensions)
	}
	for ext, typ := range all {
		parsed, params, err := mime.ParseMediaType(typ)
		if err != nil || len(params) != 0 || parsed != typ {
			t.Errorf("%s: type %q is not a plain media type", ext, typ)
		}
		if ext == "" || ext != strings.ToLower(ext) || strings.ContainsAny(ext, "./ ") {
			t.Errorf("%s: extension %q is not a plain one", typ, ext)
		}
	}
}
