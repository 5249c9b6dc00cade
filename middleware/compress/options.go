package compress

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// The codings that can be offered.
const (
	codingGzip = "gzip"
	codingZstd = "zstd"
)

// Options configures a [Compressor]. The zero value is usable.
type Options struct {
	_ struct{}

	// Codings are the content codings to offer, in order of preference; a client's
	// weights take precedence over this order. Allowed are "gzip" and "zstd"; nil
	// means zstd, then gzip. Brotli is not offered, because encoding it while a
	// client waits costs too much.
	Codings []string

	// GzipLevel is gzip's level, from 1 (fastest) to 9 (smallest). 0 means 5.
	GzipLevel int

	// ZstdLevel is zstd's level, from 1 (fastest) to 22 (smallest). 0 means 1. The
	// encoder has only four different settings: 1 to 2, 3 to 5, 6 to 9, and 10 to 22.
	ZstdLevel int

	// MinBytes is the shortest length at which a body is encoded. 0 means 1024; a
	// negative value encodes every body, which makes short ones longer.
	MinBytes int

	// Types are the media types worth encoding, without parameters: "text/html", all
	// of a kind, such as "text/*", or all with a suffix, such as "*/*+json". nil
	// means text, JSON, JavaScript, XML, SVG, WebAssembly, uncompressed fonts and a
	// few kinds of documents. text/event-stream matches only by its full name,
	// because each open stream would hold an encoder, up to a megabyte of memory, for
	// as long as it lasts.
	Types []string

	// MaxPaddingBytes, if greater than 0, adds a random number of bytes, from 1 up to
	// this value, to every encoded body, in places that decoders ignore: gzip's
	// comment field, or a skippable frame of zstd. The size of a response then tells
	// less to somebody who watches the connection (see Security at [Compressor]). The
	// average of many responses still tells, so padding slows an attack but does not
	// prevent it. At most 32768.
	MaxPaddingBytes int

	// Skip, if set, is called before each request; if it returns true, the response
	// to that request is left entirely alone, including Vary. It must be safe for
	// concurrent use.
	Skip func(*http.Request) bool
}

const (
	defaultMinBytes  = 1024
	defaultGzipLevel = 5
	defaultZstdLevel = 1
	maxPaddingBytes  = 32 << 10
)

// defaultTypes lists what compresses well. Images, audio, video, archives and WOFF
// fonts are compressed already.
var defaultTypes = []string{
	"text/*", "*/*+json", "*/*+xml", "*/*+text",
	"application/json", "application/x-ndjson", "application/json-seq",
	"application/javascript", "application/x-javascript", "application/ecmascript",
	"application/xml", "application/xml-dtd",
	"application/wasm", "application/yaml", "application/x-yaml", "application/toml", "application/graphql",
	"application/rtf", "application/postscript", "application/sql", "application/x-sh",
	"application/vnd.ms-fontobject", "application/x-font-ttf", "font/ttf", "font/otf", "font/collection",
	"image/bmp", "image/vnd.microsoft.icon", "image/x-icon",
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// A Skip that is nil stays nil.
func (o Options) WithDefaults() Options {
	if o.Codings == nil {
		o.Codings = []string{codingZstd, codingGzip}
	}
	o.GzipLevel = cmp.Or(o.GzipLevel, defaultGzipLevel)
	o.ZstdLevel = cmp.Or(o.ZstdLevel, defaultZstdLevel)
	o.MinBytes = cmp.Or(o.MinBytes, defaultMinBytes)
	if o.Types == nil {
		o.Types = slices.Clone(defaultTypes)
	}
	return o
}

// compile finds all problems of options whose defaults are filled in, and returns the
// set of Types.
func (o Options) compile() (typeSet, error) {
	problems := cfgerr.For("compress")
	if len(o.Codings) == 0 {
		problems.Add("Codings", nil, "the list is empty: want at least one coding, or nil")
	}
	for i, coding := range o.Codings {
		switch {
		case coding != codingGzip && coding != codingZstd:
			problems.Add(fmt.Sprintf("Codings[%d]", i), coding, `want "gzip" or "zstd"`)
		case slices.Contains(o.Codings[:i], coding):
			problems.Add(fmt.Sprintf("Codings[%d]", i), coding, "named twice")
		}
	}
	if o.GzipLevel < 1 || o.GzipLevel > 9 {
		problems.Add("GzipLevel", o.GzipLevel, "want 1 to 9, or 0 for %d", defaultGzipLevel)
	}
	if o.ZstdLevel < 1 || o.ZstdLevel > 22 {
		problems.Add("ZstdLevel", o.ZstdLevel, "want 1 to 22, or 0 for %d", defaultZstdLevel)
	}
	if o.MinBytes > 1<<20 {
		problems.Add("MinBytes", o.MinBytes, "want at most %d: that much of every body may be held back", 1<<20)
	}
	if o.MaxPaddingBytes < 0 || o.MaxPaddingBytes > maxPaddingBytes {
		problems.Add("MaxPaddingBytes", o.MaxPaddingBytes, "want 0 to %d", maxPaddingBytes)
	}
	if len(o.Types) == 0 {
		problems.Add("Types", nil, "the list is empty: want at least one type, or nil")
	}
	types := typeSet{exact: map[string]bool{}, kinds: map[string]bool{}, suffixes: map[string]bool{}}
	for i, pattern := range o.Types {
		if !types.add(pattern) {
			problems.Add(fmt.Sprintf("Types[%d]", i), pattern, `want a media type without parameters, such as "text/html", "text/*" or "*/*+json"`)
		}
	}
	return types, problems.Err()
}

// typeSet is a set of media types: exact ones and whole families.
type typeSet struct {
	exact    map[string]bool
	kinds    map[string]bool // the part before the slash
	suffixes map[string]bool // the part after the last plus
}

// mediaTypeChars are the characters of media type names: RFC 6838, section 4.2.
const mediaTypeChars = "abcdefghijklmnopqrstuvwxyz0123456789!#$&-^_.+"

// add adds a pattern to the set, and reports whether it is valid.
func (t *typeSet) add(pattern string) bool {
	isName := func(s string) bool { return s != "" && strings.Trim(s, mediaTypeChars) == "" }
	pattern = strings.ToLower(pattern)
	kind, sub, _ := strings.Cut(pattern, "/")
	suffix, bySuffix := strings.CutPrefix(pattern, "*/*+")
	switch {
	case bySuffix && isName(suffix):
		t.suffixes[suffix] = true
	case sub == "*" && isName(kind):
		t.kinds[kind] = true
	case isName(kind) && isName(sub):
		t.exact[pattern] = true
	default:
		return false
	}
	return true
}

// has reports whether the value of a Content-Type names one of the types.
func (t typeSet) has(contentType string) bool {
	essence := mediatype.Essence(contentType)
	if t.exact[essence] {
		return true
	}
	if essence == "text/event-stream" {
		return false
	}
	kind, sub, _ := strings.Cut(essence, "/")
	plus := strings.LastIndexByte(sub, '+')
	return t.kinds[kind] || plus >= 0 && t.suffixes[sub[plus+1:]]
}
