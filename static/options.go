package static

import (
	"io/fs"
	"log/slog"
	"net/http"
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
)

// Options configures a [Handler]. The zero value is valid: a handler without
// roots finds nothing, and still serves what [Handler.ServeContent] is given.
type Options struct {
	_ struct{}

	// Roots are looked through in order; the first that has a file answers.
	Roots []Root

	// Index lists the names of the file that answers for a folder, with and
	// without a slash at the end of the path; the first that is there does. nil
	// means [DefaultIndex].
	Index []string

	// DisableIndex makes folders answer 404. There are never listings.
	DisableIndex bool

	// RedirectFolders redirects from the name of a folder that has an index to
	// the same with a slash at the end, with status 301 and a relative
	// Location: browsers then resolve the links in the index against the
	// folder. Unless set, a folder answers under both names, as Actionhero's
	// do, and relative links in its index are right under one of them only.
	RedirectFolders bool

	// CleanURLs lets /about be answered by about.html, if there is neither a
	// file nor a folder with an index by the name asked for. /about.html
	// remains.
	CleanURLs bool

	// MaxAge is how long clients may use a file without asking again, in whole
	// seconds; Cache-Control is then "max-age=60, must-revalidate, public".
	// 0 means [DefaultMaxAge]; a negative value sends max-age=0. It is
	// Actionhero's flatFileCacheDuration.
	MaxAge time.Duration

	// Cache has rules for files that differ from MaxAge. The first whose
	// pattern matches decides.
	Cache []CacheRule

	// DisableCacheControl leaves out Cache-Control where no rule of Cache
	// matches; clients and caches then guess how long they may use a file.
	// MaxAge must be 0.
	DisableCacheControl bool

	// DisableETag leaves out the ETag; Last-Modified remains. It is
	// Actionhero's enableEtag turned round.
	DisableETag bool

	// ContentETags makes every ETag from the content of the file, as SHA-256.
	// The tags are then the same on every machine that has the same files, and
	// a file that is deployed again unchanged keeps its tag. Each version of a
	// file is read once for it. Unless set, that is done only where the system
	// does not tell when a file has changed: see "Validators" in the package
	// comment.
	ContentETags bool

	// Types maps extensions with their dot (".md") to media types, before the
	// built-in table, which was made from mime-db and is the same on every
	// machine.
	Types map[string]string

	// DefaultType is the type of files whose extension is unknown or missing.
	// "" means [DefaultType]. No type is ever guessed from a file's content.
	DefaultType string

	// DetectUTF8 adds "; charset=utf-8" to the type of text files, except XML,
	// whose content is valid UTF-8 and has no zero or escape bytes, which other
	// charsets use. One invalid byte can be the last: each version of a file is
	// read whole once, and files of more than 8 MiB are left as they are.
	// Unless set, types carry no charset, as Actionhero's do not, and browsers
	// take text without a mark of its own for Windows-1252. Types with a
	// charset are never changed, nor are files that are there precompressed
	// only.
	DetectUTF8 bool

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
	// status 200 for names that are not found and have no extension, with or
	// without a slash at the end: what a single-page application with routes of
	// its own needs. "" is off. Names that may not be asked for (hidden,
	// malformed) stay 404.
	Fallback string

	// FallbackDots lets Fallback answer for names with an extension too, such
	// as /users/jane.doe, if the request is for a page: its Sec-Fetch-Dest is
	// that of a page or missing, and its Accept, if it has one, takes
	// text/html. A script or picture that is missing stays 404 in browsers,
	// which send Sec-Fetch-Dest over HTTPS and to localhost.
	FallbackDots bool

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
	// app.js to clients that accept them, unless they are older than app.js or
	// clients may refuse them: zstd with a window of more than 8 MiB (RFC 9659)
	// or a dictionary, brotli with a large window. nil sends none. Range
	// requests are answered from the plain file only.
	Precompressed []string

	// PrecompressedAlone lets app.js be answered from app.js.br and the like
	// although there is no app.js. Clients that accept none of the codings
	// there get 406. Precompressed must list codings.
	PrecompressedAlone bool

	// MaxRanges is how many ranges one answer may have after overlapping ones
	// were joined; a request for more gets the whole file. 0 means
	// [DefaultMaxRanges]; a negative value ignores every Range.
	MaxRanges int

	// CacheBytes is how much memory may keep the content of small files. Each
	// request still asks the disk whether the file has changed, and content is
	// kept only of files that have been left alone for some seconds. 0 means
	// [DefaultCacheBytes]; a negative value keeps none.
	CacheBytes int64

	// Logger gets a warning when a file that is there cannot be read, once for
	// each link that leads out of its folder, and once when a folder vanishes
	// or is not there to begin with; when the folder is back, it gets an info
	// record. nil discards them.
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

// Dir is a folder on disk. Every file is opened through [os.Root]: no name and
// no symbolic link leads out of it. A link that stays inside is followed, also
// if its target is written as an absolute path below the folder's; one that
// leads out is not found, and told to [Options.Logger].
//
// The folder is whatever the path leads to at the time of a request. It may be
// replaced while it is served, be a link that is set anew (current →
// releases/2), or not be there yet: until it is, its files are not found. An
// answer that has begun is finished from the file that was opened. [New] fails
// if there is something else than a folder.
func Dir(path string) Root { return Root{dir: path} }

// FS is any file system, such as an [embed.FS] or a [archive/zip.Reader]. Use [Dir]
// rather than [os.DirFS], which follows symbolic links anywhere.
//
// Files whose FileInfo.Sys is not that of the operating system get an ETag made
// from their content. They are read again for it when their size or
// modification time has changed; files without a modification time, as embedded
// ones are, must not change.
func FS(fsys fs.FS) Root { return Root{fsys: fsys} }
