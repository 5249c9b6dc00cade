package static

import (
	"cmp"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"mime"
	"net/http"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Defaults of [Options].
const (
	DefaultIndex      = "index.html"
	DefaultMaxAge     = 60 * time.Second
	DefaultType       = "application/octet-stream"
	DefaultNotFound   = "that file is not found"
	DefaultCacheBytes = 16 << 20
	DefaultMaxRanges  = 16
)

// Options configures a [Handler]. The zero value is valid: a handler without
// roots finds nothing, and still serves what [Handler.ServeContent] is given.
type Options struct {
	_ struct{}

	// Roots are looked through in order; the first that has a file answers.
	Roots []Root

	// Index is the name of the file that answers for a folder, with and
	// without a slash at the end of the path. "" means [DefaultIndex].
	Index string

	// DisableIndex makes folders answer 404. There are never listings.
	DisableIndex bool

	// MaxAge is how long clients may use a file without asking again, in whole
	// seconds; Cache-Control is then "max-age=60, must-revalidate, public".
	// 0 means [DefaultMaxAge]; a negative value sends max-age=0. It is
	// Actionhero's flatFileCacheDuration.
	MaxAge time.Duration

	// Cache has rules for files that differ from MaxAge. The first whose
	// pattern matches decides.
	Cache []CacheRule

	// DisableETag leaves out the ETag; Last-Modified remains. It is
	// Actionhero's enableEtag turned round.
	DisableETag bool

	// Types maps extensions with their dot (".md") to media types, before the
	// built-in table, which was made from mime-db and is the same on every
	// machine. The built-in types carry no charset, as Actionhero's do not:
	// {".txt": "text/plain; charset=utf-8"} adds one.
	Types map[string]string

	// DefaultType is the type of files whose extension is unknown or missing.
	// "" means [DefaultType]. Nothing is ever guessed from a file's content.
	DefaultType string

	// NotFound is the text of the 404 answer, sent as text/html because
	// Actionhero does. It is sent as it is: never put request data into it.
	// "" means [DefaultNotFound]. At most one of NotFound, NotFoundPage and
	// NotFoundHandler may be set.
	NotFound string

	// NotFoundPage names a file in the roots that is sent with status 404.
	NotFoundPage string

	// NotFoundHandler answers, in place of this package, for what is not found.
	NotFoundHandler http.Handler

	// Fallback names a file in the roots ("index.html") that answers with
	// status 200 for names that are not found and have no extension: what a
	// single-page application with routes of its own needs. "" is off. Names
	// that may not be asked for (hidden, malformed) stay 404.
	Fallback string

	// AllowHidden lists what is served although a part of its name begins with
	// a dot, by name, with everything beneath: ".well-known". All other such
	// names answer 404.
	AllowHidden []string

	// Hide lists patterns (see [CacheRule.Pattern]) of names that answer 404
	// although they exist. Letter case is ignored, since some disks ignore it.
	// Patterns must be ASCII: other letters have several spellings, and a disk
	// may take one for the other.
	Hide []string

	// AttachActive makes browsers save what they would otherwise run or render
	// in the origin of this site: everything but plain text, JSON, CSV,
	// raster images, audio, video and fonts gets "Content-Disposition:
	// attachment" and "Content-Security-Policy: sandbox". Turn it on for
	// folders into which users upload.
	AttachActive bool

	// Precompressed lists content codings, "br", "zstd" and "gzip", in order of
	// preference: app.js.br, app.js.zst and app.js.gz are then sent in place of
	// app.js to clients that accept them, unless they are older than app.js.
	// nil sends none. Range requests are answered from the plain file only.
	Precompressed []string

	// MaxRanges is how many ranges one answer may have after overlapping ones
	// were joined; a request for more gets the whole file. 0 means
	// [DefaultMaxRanges]; a negative value ignores every Range.
	MaxRanges int

	// CacheBytes is how much memory may keep the content of small files. Each
	// request still asks the disk whether the file has changed, and content is
	// kept only of files that have been left alone for some seconds. 0 means
	// [DefaultCacheBytes]; a negative value keeps none.
	CacheBytes int64

	// Logger gets a warning when a file that is there cannot be read. nil
	// discards it.
	Logger *slog.Logger
}

// CacheRule says how long files of certain names may be used. One of MaxAge,
// Immutable and Value is required.
type CacheRule struct {
	_ struct{}

	// Pattern is a pattern of [path.Match]. One without a slash is compared
	// with each part of a name ("*.css", "assets"), one with a slash with the
	// beginning of it up to some slash or its end ("assets/*.js").
	Pattern string

	// MaxAge is as [Options.MaxAge]; a negative value sends max-age=0.
	MaxAge time.Duration

	// Immutable sends "immutable" and, unless MaxAge says otherwise, one year:
	// clients then do not ask again at all. Use it only for names that carry a
	// hash of the content ("app.3f2a9c1d.js"), for nothing else will ever
	// bring a change to a client that has the file.
	Immutable bool

	// Value is the whole Cache-Control value, such as "no-cache".
	Value string
}

// Root is a place that files come from: see [Dir] and [FS].
type Root struct {
	dir  string
	fsys fs.FS
}

// Dir is a folder on disk. It is opened once, by [New], and every file through
// [os.Root]: no name and no symbolic link leads out of it. A link that stays
// inside is followed. If the folder is replaced later, the one that was opened
// is still the one that is served.
func Dir(path string) Root { return Root{dir: path} }

// FS is any file system, such as an [embed.FS]. Files without a modification
// time, as embedded ones are, must not change: they get a strong ETag made
// from their content, and are taken to stay the same. Use [Dir] rather than
// [os.DirFS], which follows symbolic links anywhere.
func FS(fsys fs.FS) Root { return Root{fsys: fsys} }

// config is Options with defaults filled in and rules compiled.
type config struct {
	index        string
	cacheControl string
	rules        []cacheRule
	etags        bool
	types        map[string]string
	defaultType  string
	notFound     string
	notFoundPage string
	otherwise    http.Handler
	fallback     string
	allowHidden  map[string]bool
	hide         []pattern
	attach       bool
	codings      []string
	maxRanges    int
	logger       *slog.Logger
}

type cacheRule struct {
	pattern pattern
	value   string
}

// extensionOf has the file name extension of each content coding.
var extensionOf = map[string]string{"br": ".br", "zstd": ".zst", "gzip": ".gz"}

// compile checks the options and fills in the defaults.
func (o *Options) compile(bad *cfgerr.List) config {
	c := config{
		index:        cmp.Or(o.Index, DefaultIndex),
		cacheControl: maxAge(o.MaxAge, DefaultMaxAge),
		etags:        !o.DisableETag,
		types:        make(map[string]string, len(o.Types)),
		defaultType:  cmp.Or(o.DefaultType, DefaultType),
		notFound:     cmp.Or(o.NotFound, DefaultNotFound),
		otherwise:    o.NotFoundHandler,
		allowHidden:  make(map[string]bool, len(o.AllowHidden)),
		attach:       o.AttachActive,
		codings:      slices.Clone(o.Precompressed),
		maxRanges:    o.MaxRanges,
		logger:       o.Logger,
	}
	if c.maxRanges == 0 {
		c.maxRanges = DefaultMaxRanges
	}
	if c.logger == nil {
		c.logger = slog.New(slog.DiscardHandler)
	}
	if o.DisableIndex {
		c.index = ""
		if o.Index != "" {
			bad.Add("Index", o.Index, "DisableIndex is set as well; leave one of them out")
		}
	} else if strings.Contains(c.index, "/") || !plainName(c.index) {
		bad.Add("Index", o.Index, "want the name of a file, without folders")
	}
	if !mediaType(c.defaultType) {
		bad.Add("DefaultType", o.DefaultType, `want a media type, such as "text/plain"`)
	}
	for _, ext := range slices.Sorted(maps.Keys(o.Types)) {
		field := fmt.Sprintf("Types[%q]", ext)
		if len(ext) < 2 || ext[0] != '.' || strings.ContainsAny(ext[1:], "./\\") {
			bad.Add(field, nil, `want a key with its dot, such as ".md"`)
		}
		if !mediaType(o.Types[ext]) {
			bad.Add(field, o.Types[ext], `want a media type, such as "text/plain"`)
		}
		c.types[strings.ToLower(ext)] = o.Types[ext]
	}
	for i, rule := range o.Cache {
		c.rules = append(c.rules, rule.compile(fmt.Sprintf("Cache[%d]", i), bad))
	}
	o.compileNotFound(&c, bad)
	o.compileHidden(&c, bad)
	for i, coding := range c.codings {
		if extensionOf[coding] == "" || slices.Contains(c.codings[:i], coding) {
			bad.Add(fmt.Sprintf("Precompressed[%d]", i), coding, `want each of "br", "zstd" and "gzip" at most once`)
		}
	}
	return c
}

func (o *Options) compileNotFound(c *config, bad *cfgerr.List) {
	set := 0
	for _, is := range []bool{o.NotFound != "", o.NotFoundPage != "", o.NotFoundHandler != nil} {
		if is {
			set++
		}
	}
	if set > 1 {
		bad.Add("NotFound", nil, "set at most one of NotFound, NotFoundPage and NotFoundHandler")
	}
	for _, f := range []struct {
		field, value string
		name         *string
	}{
		{"NotFoundPage", o.NotFoundPage, &c.notFoundPage},
		{"Fallback", o.Fallback, &c.fallback},
	} {
		name := strings.TrimPrefix(f.value, "/")
		if f.value != "" && (name == "" || !plainName(name)) {
			bad.Add(f.field, f.value, "want the name of a file in the roots")
		}
		*f.name = name
	}
}

func (o *Options) compileHidden(c *config, bad *cfgerr.List) {
	for i, name := range o.AllowHidden {
		clean := strings.Trim(name, "/")
		last := clean[strings.LastIndexByte(clean, '/')+1:]
		if !plainName(clean) || !strings.HasPrefix(last, ".") {
			bad.Add(fmt.Sprintf("AllowHidden[%d]", i), name, `want a name whose last part begins with a dot, such as ".well-known"`)
		}
		c.allowHidden[clean] = true
	}
	for i, glob := range o.Hide {
		field := fmt.Sprintf("Hide[%d]", i)
		if strings.ContainsFunc(glob, func(r rune) bool { return r >= 0x80 }) {
			bad.Add(field, glob, "want ASCII: a disk may know other letters by several spellings")
		}
		c.hide = append(c.hide, compilePattern(field, fold(glob), bad))
	}
}

func (rule *CacheRule) compile(field string, bad *cfgerr.List) cacheRule {
	c := cacheRule{pattern: compilePattern(field+".Pattern", rule.Pattern, bad), value: rule.Value}
	switch {
	case rule.Value != "":
		if rule.MaxAge != 0 || rule.Immutable {
			bad.Add(field+".Value", rule.Value, "MaxAge or Immutable is set as well; leave one of them out")
		}
		if strings.ContainsFunc(rule.Value, func(r rune) bool { return r < ' ' || r > '~' }) {
			bad.Add(field+".Value", rule.Value, "want printable ASCII")
		}
	case rule.Immutable:
		c.value = "max-age=" + seconds(rule.MaxAge, 365*24*time.Hour) + ", immutable, public"
	case rule.MaxAge != 0:
		c.value = maxAge(rule.MaxAge, 0)
	default:
		bad.Add(field, nil, "set one of MaxAge, Immutable and Value")
	}
	return c
}

// openRoots opens every root, and closes them again if one cannot be opened.
func (o *Options) openRoots(bad *cfgerr.List) []root {
	var roots []root
	for i, r := range o.Roots {
		field := fmt.Sprintf("Roots[%d]", i)
		switch {
		case r.fsys != nil:
			roots = append(roots, fsRoot{r.fsys})
		case r.dir == "":
			bad.Add(field, nil, "want static.Dir with a path or static.FS with a file system")
		default:
			path, err := filepath.Abs(r.dir)
			if err != nil {
				bad.Add(field, r.dir, "%v", err)
				continue
			}
			dir, err := openDir(path)
			if err != nil {
				bad.Add(field, r.dir, "want a folder that can be opened: %v", err)
				continue
			}
			roots = append(roots, dir)
		}
	}
	return roots
}

func maxAge(d, otherwise time.Duration) string {
	return "max-age=" + seconds(d, otherwise) + ", must-revalidate, public"
}

func seconds(d, otherwise time.Duration) string {
	if d == 0 {
		d = otherwise
	}
	return strconv.FormatInt(int64(max(d, 0)/time.Second), 10)
}

func mediaType(s string) bool {
	t, _, err := mime.ParseMediaType(s)
	return err == nil && strings.Contains(t, "/")
}
