package static

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"time"
)

// Defaults of [Options].
const (
	DefaultIndex      = "index.html"
	DefaultMaxAge     = 60 * time.Second
	DefaultType       = "application/octet-stream"
	DefaultNotFound   = "that file is not found"
	DefaultCacheBytes = 16 << 20
	DefaultMaxRanges  = 16

	immutableMaxAge = 365 * 24 * time.Hour // of a CacheRule
)

// Options configures a [Handler]. The zero value is valid: a handler without roots
// finds no files, but can still send content through [Handler.ServeContent].
type Options struct {
	_ struct{}

	// Roots are searched in order; the first that has a file answers.
	Roots []Root

	// Index lists the names of index files. The first that exists in a folder is sent
	// for it, with or without a slash at the end of the path. nil means
	// [DefaultIndex].
	Index []string

	// DisableIndex makes folders a 404. Folders are never listed.
	DisableIndex bool

	// RedirectFolders redirects /docs to /docs/ if docs is a folder with an index,
	// with status 301 and a relative Location ("./docs/"). Relative links in the
	// index then resolve against the folder. By default a folder is served under both
	// names, as in Actionhero, and such links work only under the one with the slash.
	RedirectFolders bool

	// CleanURLs answers /about with about.html if there is neither a file
	// about nor a folder about with an index. /about.html still works.
	CleanURLs bool

	// MaxAge is how long clients may use a file without asking again, in whole
	// seconds; Cache-Control is then, for example, "max-age=60, must-revalidate,
	// public". 0 means [DefaultMaxAge]; a negative value sends max-age=0. Actionhero
	// calls it flatFileCacheDuration.
	MaxAge time.Duration

	// Cache has rules for files that need something other than MaxAge. The first rule
	// whose pattern matches applies.
	Cache []CacheRule

	// DisableCacheControl sends no Cache-Control for files that no rule of Cache
	// matches. Clients and caches then decide for themselves how long to use them.
	// MaxAge must be 0.
	DisableCacheControl bool

	// DisableETag leaves out the ETag; Last-Modified remains. It is the opposite of
	// Actionhero's enableEtag.
	DisableETag bool

	// ContentETags derives every ETag from the content of the file (SHA-256). The
	// tags are then the same on every machine with the same files, and survive a
	// deployment that does not change the file. Each version of a file is read once
	// for this. By default that happens only if the system does not tell when a file
	// has changed: see "Validators" in the package comment.
	ContentETags bool

	// Types maps extensions with their dot (".md") to media types. It comes before
	// the built-in table, which was made from mime-db and is the same on every
	// machine.
	Types map[string]string

	// DefaultType is the type of files whose extension is unknown or missing. ""
	// means [DefaultType]. A type is never guessed from a file's content.
	DefaultType string

	// OmitCharset sends text types without a charset, as Actionhero does. Browsers
	// then decode text as Windows-1252 unless the content says otherwise. By default
	// text types, except XML, get "; charset=utf-8" if the content is valid UTF-8
	// without zero and escape bytes, which UTF-16 and ISO 2022 use. Any byte may be
	// invalid, so each version of a text file is read whole, once, before it is first
	// sent; requests for a large one wait for that at most a second and are then
	// answered without a charset. Files larger than 8 MiB, and those that exist only
	// in encoded form, are not checked and get no charset. A charset in Types or
	// DefaultType is always kept.
	OmitCharset bool

	// NotFound is the body of the 404 response, sent as text/html, with
	// charset=utf-8 if it is valid UTF-8. It is sent verbatim: never put request data
	// into it. "" means [DefaultNotFound], which OmitCharset sends without a charset.
	// At most one of NotFound, NotFoundPage and NotFoundHandler may be set.
	NotFound string

	// NotFoundPage names a file in the roots that is sent with status 404.
	NotFoundPage string

	// NotFoundHandler answers requests for files that are not found.
	NotFoundHandler http.Handler

	// Fallback names a file in the roots ("index.html") that is sent with status 200
	// for names that are not found and have no extension, with or without a slash at
	// the end. Single-page applications with their own routes need it. "" is off.
	// Names that may not be served (hidden, malformed) stay 404.
	Fallback string

	// FallbackDots extends Fallback to names with an extension, such as
	// /users/jane.doe, if the request is for a page: Sec-Fetch-Dest is missing or a
	// document's, and Accept is missing or admits text/html. In browsers, which send
	// Sec-Fetch-Dest over HTTPS and to localhost, missing scripts and images stay
	// 404.
	FallbackDots bool

	// AllowHidden lists names beginning with a dot that are served nevertheless, with
	// everything beneath them: ".well-known". All other such names are a 404.
	AllowHidden []string

	// Hide lists patterns (see [CacheRule.Pattern]) of names that are a 404 even if
	// they exist. Letter case is ignored, because some file systems ignore it.
	// Patterns must be ASCII: other letters can be encoded in several ways, which
	// some file systems do not distinguish.
	Hide []string

	// AttachActive makes browsers save what they would otherwise run or render in
	// this site's origin: everything except plain text, JSON, CSV, raster images,
	// audio, video and fonts gets "Content-Disposition: attachment" and
	// "Content-Security-Policy: sandbox". Turn it on for folders into which users
	// upload.
	AttachActive bool

	// Precompressed lists content codings, "br", "zstd" and "gzip", in order of
	// preference. Clients that accept them get app.js.br, app.js.zst or app.js.gz
	// instead of app.js. Such a file is skipped if it is older than app.js, or if
	// clients may be unable to decode it: zstd with a window above 8 MiB (RFC 9659)
	// or with a dictionary, brotli with a large window, an empty file. nil sends
	// none. Range requests are answered from the plain file only.
	Precompressed []string

	// PrecompressedAlone answers a request for app.js with app.js.br and the like
	// even if there is no app.js. Clients that accept none of the codings get 406. It
	// requires Precompressed. By default such a request is a 404.
	PrecompressedAlone bool

	// MaxRanges is how many ranges a response may have after overlapping ones are
	// joined; a request for more gets the whole file. 0 means [DefaultMaxRanges]; a
	// negative value ignores every Range.
	MaxRanges int

	// CacheBytes is how much memory the content of small files may take. Each request
	// still asks the disk whether the file has changed, unless CheckInterval is set,
	// and content is kept only for files that have not changed for some seconds. 0
	// means [DefaultCacheBytes]; a negative value keeps none.
	CacheBytes int64

	// CheckInterval is how long a file counts as unchanged after it was checked on
	// disk. Within that time a request may be answered with an older state of the
	// file, so set it only if that does no harm. It saves one system call per request,
	// which matters most if the disk is across a network. By default, 0, each request
	// checks. At most an hour.
	CheckInterval time.Duration

	// Logger gets a warning when an existing file cannot be read, once for each link
	// that leads out of its folder, and once when a folder is missing, and an info
	// record when that folder is back. By default it is slog.Default, looked up for
	// each record.
	Logger *slog.Logger
}

// WithDefaults returns the options as [New] uses them: what is zero has its default, also in
// Cache. Index, MaxAge and NotFound stay zero if another option switches them off or replaces
// them. NotFoundHandler and Logger stay nil if they are.
func (o Options) WithDefaults() Options {
	if len(o.Index) == 0 && !o.DisableIndex {
		o.Index = []string{DefaultIndex}
	}
	if !o.DisableCacheControl {
		o.MaxAge = cmp.Or(o.MaxAge, DefaultMaxAge)
	}
	o.Cache = slices.Clone(o.Cache)
	for i, rule := range o.Cache {
		if rule.Immutable && rule.Value == "" {
			o.Cache[i].MaxAge = cmp.Or(rule.MaxAge, immutableMaxAge)
		}
	}
	o.DefaultType = cmp.Or(o.DefaultType, DefaultType)
	if o.NotFoundPage == "" && o.NotFoundHandler == nil {
		o.NotFound = cmp.Or(o.NotFound, DefaultNotFound)
	}
	o.MaxRanges = cmp.Or(o.MaxRanges, DefaultMaxRanges)
	o.CacheBytes = cmp.Or(o.CacheBytes, DefaultCacheBytes)
	return o
}

// CacheRule says how long clients may use files with certain names. One of MaxAge,
// Immutable and Value is required.
type CacheRule struct {
	_ struct{}

	// Pattern is a pattern of [path.Match]. Without a slash it is compared with each
	// part of a name ("*.css", "assets"); with a slash it is compared with the
	// beginning of the name, up to any slash or the end ("assets/*.js").
	Pattern string

	// MaxAge is as [Options.MaxAge]; a negative value sends max-age=0.
	MaxAge time.Duration

	// Immutable sends "immutable" and, unless MaxAge says otherwise, one year:
	// clients then never ask again. Use it only for names that contain a hash of the
	// content ("app.3f2a9c1d.js"), since a client that has the file will not see any
	// change to it.
	Immutable bool

	// Value is the whole Cache-Control value, such as "no-cache".
	Value string
}

// Root is a source of files: see [Dir] and [FS].
type Root struct {
	dir  string
	fsys fs.FS
}

// Dir is a folder on disk. Files are opened through [os.Root]: no name and no
// symbolic link leads out of the folder. Links that stay inside are followed,
// including absolute ones. A link that leads out is treated as not found and
// reported to [Options.Logger].
//
// The folder served is whichever is at the path at the time of the request. It may
// be replaced while it is being served, it may be a link that is pointed elsewhere
// (current → releases/2), and it may be missing: then its files are not found until
// it appears. A response that has begun continues with the file that was opened.
// [New] fails if the path names something other than a folder.
func Dir(path string) Root { return Root{dir: path} }

// FS is any file system, such as an [embed.FS] or a [zip.Reader]. For a folder on
// disk use [Dir]: [os.DirFS] follows symbolic links anywhere.
//
// The ETag of its files is a hash of the content, unless FileInfo.Sys returns the
// operating system's information about the file, as with os.DirFS. A file is read
// again when its size or modification time has changed. Files without a
// modification time, such as embedded ones, must not change.
//
// [zip.Reader]: https://pkg.go.dev/archive/zip#Reader
func FS(fsys fs.FS) Root { return Root{fsys: fsys} }

// UnmarshalText reads the path of a folder: see [Dir].
func (r *Root) UnmarshalText(path []byte) error {
	*r = Dir(string(path))
	return nil
}

// MarshalText returns the path of a folder. For a file system it fails with
// [errors.ErrUnsupported].
func (r Root) MarshalText() ([]byte, error) {
	if r.fsys != nil {
		return nil, fmt.Errorf("static: a file system has no text: %w", errors.ErrUnsupported)
	}
	return []byte(r.dir), nil
}
