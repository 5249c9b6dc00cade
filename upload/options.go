package upload

import (
	"cmp"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"io/fs"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/linger"
)

// Unlimited disables a limit of [Options].
const Unlimited = -1

// ConfigError is one problem of the options of this package. [New] and the constructors of the
// stores report every problem at once, joined by errors.Join; errors.As finds the first.
type ConfigError = cfgerr.Error

// The defaults of [Options].
const (
	defaultMaxFileBytes       = 200 << 20
	defaultMaxFieldsBytes     = 20 << 20
	defaultMaxFields          = 1000
	defaultMaxFiles           = 100
	defaultMaxPartHeaderBytes = 80 << 10
	defaultMaxBytesInFlight   = 16 << 30
	defaultMaxFilesInFlight   = 10_000
	defaultMinBytesPerSecond  = 1 << 10
	defaultReadTimeout        = 30 * time.Second
	defaultWholeBodyField     = "file"
	defaultWholeBodyType      = "application/octet-stream"
	defaultMoveMode           = fs.FileMode(0o600)

	headerBytesPerPart = 4 << 10 // on average, see Options.MaxPartHeaderBytes
)

// Options configures a [Parser]. The zero value is safe to use: every limit is finite, and files
// go to the folder for temporary files, readable by this process's user alone. For every limit, 0
// means the default and [Unlimited] no limit; [New] refuses any other negative number.
type Options struct {
	_ struct{}

	// Store receives the files. The default is a [DirStore] with its zero options.
	Store Store

	// MaxFileBytes limits each file; by default 200 MiB.
	MaxFileBytes int64

	// MaxTotalFileBytes limits all files of one request together, including files that are
	// skipped; the default is MaxFileBytes.
	MaxTotalFileBytes int64

	// MaxFieldsBytes limits the total size of the field values of one request, which are held in
	// memory; by default 20 MiB. A separate limit of the same size, but at least 1 MiB, applies
	// to the field names.
	MaxFieldsBytes int64

	// MaxFields limits the number of fields; by default 1000.
	MaxFields int

	// MaxFiles limits the number of files, including files that are skipped; by default 100.
	MaxFiles int

	// MaxPartHeaderBytes limits the headers of each part; by default 80 KiB, so that a file name
	// of 64 KiB is cut rather than refused. It must be from 256 bytes to 128 KiB and cannot be
	// disabled. All parts of a request together may have 4 KiB of headers for each allowed field
	// and file, plus this value.
	MaxPartHeaderBytes int

	// MaxBytesInFlight limits the total size of all files, over all requests of this parser, that
	// are stored for a [Form] that is not closed yet. Fields count while their form is being
	// read. By default 16 GiB. Requests beyond it are refused with 503.
	MaxBytesInFlight int64

	// MaxFilesInFlight limits the number of those files; by default 10,000.
	MaxFilesInFlight int

	// ReadTimeout and MinBytesPerSecond limit how slow a client may be: for every ReadTimeout (by
	// default 30 s) spent waiting for the client, MinBytesPerSecond (by default 1 KiB per second)
	// must arrive on average. Slower clients are refused with 408. If MinBytesPerSecond is
	// Unlimited, one byte in that time is enough; if ReadTimeout is Unlimited, only the server's
	// own timeouts apply.
	//
	// While a form is read, this replaces the server's own ReadTimeout. Its WriteTimeout restarts
	// when the form has been read. If a response writer does not support deadlines, only the
	// server's own timeouts apply.
	ReadTimeout       time.Duration
	MinBytesPerSecond int64

	// LingerTime and LingerTimeout control how long to read from an HTTP/1 client that was
	// refused, so that it reads the response instead of finding its connection reset: for
	// LingerTime in total (by default 30 s), and for LingerTimeout without a byte (by default 5
	// s), like nginx's lingering_time and lingering_timeout. The bytes are discarded and not
	// counted. With a negative LingerTime nothing is read: the connection is closed half a second
	// after the response.
	//
	// [Parser.Handler] reads after it has sent the response. Parse, ParseOnly and Each must read
	// before there is a response, and read for at most 5 s. Nothing is read from a client that
	// was too slow.
	LingerTime, LingerTimeout time.Duration

	// Hash names the hash to compute of every stored file: "md5", "sha1", "sha256", or "" for
	// none. Use md5 and sha1 only to compare with existing hashes; they do not protect against
	// attackers.
	Hash string

	// RefuseEmptyFiles refuses files without content, with 400. By default they are accepted. A
	// file input left empty in a browser (no name, no content) is never a file.
	RefuseEmptyFiles bool

	// WholeBodyTypes are the media types whose whole body is a single file. The default is
	// application/octet-stream; a list that replaces it must include that type to keep it. An
	// entry is a type such as "image/png", or "image/*" for a group, without parameters. Forms
	// (multipart/form-data and urlencoded) and JSON are never a single file: such an entry is
	// refused, and "application/*" does not include them.
	WholeBodyTypes []string

	// WholeBodyUntyped also treats a body without a Content-Type, as curl -T sends it, as a file,
	// unless it is empty.
	WholeBodyUntyped bool

	// DisableWholeBody makes the parser ignore all requests except multipart/form-data.
	DisableWholeBody bool

	// WholeBodyField is the form field of such a file; by default "file".
	WholeBodyField string

	// WholeBodyName returns the client's name of such a file; it is cleaned like every name. The
	// default is the header X-File-Name, percent-decoded if possible.
	WholeBodyName func(*http.Request) string

	// MoveMode are the permissions that [File.MoveTo] gives a file, whatever the umask; by
	// default 0600, which only this process's user can read. Another program that serves the
	// file, such as nginx, needs for example 0644.
	MoveMode fs.FileMode

	// CopyForFormFile makes [Parser.Handler] fill the files of r.MultipartForm, for existing
	// handlers that call r.FormFile. net/http's files can only be made by copying: each file
	// exists twice while the handler runs, with the first 32 MiB of a request in memory and the
	// rest in the folder for temporary files. The store's objects need a method Open. Fields are
	// always available, without this option.
	CopyForFormFile bool

	// ErrorHandler responds for [Parser.Handler] if a request cannot be parsed. By default the
	// response is {"error": text} as JSON, with the error's status and its message for clients.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger logs what [Parser.Handler] refuses: with a 5xx status as an error, with its cause,
	// otherwise at debug level. Files that the store could not remove are errors; files that
	// [Parser.ParseOnly] does not keep are logged at debug level. It does not log errors of
	// Parse, ParseOnly and Each, which are for the caller to log, or errors that an ErrorHandler
	// passes to an envelope. The default is slog.Default at the time of logging.
	Logger *slog.Logger
}

// WithDefaults returns the options as [New] uses them: what is zero has its default.
// MaxTotalFileBytes follows MaxFileBytes, and WholeBodyTypes stays empty if DisableWholeBody is set.
// Functions, Store and Logger stay nil if they are: New makes those.
func (o Options) WithDefaults() Options {
	o.MaxFileBytes = cmp.Or(o.MaxFileBytes, defaultMaxFileBytes)
	o.MaxTotalFileBytes = cmp.Or(o.MaxTotalFileBytes, max(o.MaxFileBytes, Unlimited)) // one that is less is reported only once
	o.MaxFieldsBytes = cmp.Or(o.MaxFieldsBytes, defaultMaxFieldsBytes)
	o.MaxFields = cmp.Or(o.MaxFields, defaultMaxFields)
	o.MaxFiles = cmp.Or(o.MaxFiles, defaultMaxFiles)
	o.MaxPartHeaderBytes = cmp.Or(o.MaxPartHeaderBytes, defaultMaxPartHeaderBytes)
	o.MaxBytesInFlight = cmp.Or(o.MaxBytesInFlight, defaultMaxBytesInFlight)
	o.MaxFilesInFlight = cmp.Or(o.MaxFilesInFlight, defaultMaxFilesInFlight)
	o.ReadTimeout = cmp.Or(o.ReadTimeout, defaultReadTimeout)
	o.MinBytesPerSecond = cmp.Or(o.MinBytesPerSecond, defaultMinBytesPerSecond)
	o.LingerTime = cmp.Or(o.LingerTime, linger.DefaultTime)
	o.LingerTimeout = cmp.Or(o.LingerTimeout, linger.DefaultPatience)
	if len(o.WholeBodyTypes) == 0 && !o.DisableWholeBody {
		o.WholeBodyTypes = []string{defaultWholeBodyType}
	}
	o.WholeBodyField = cmp.Or(o.WholeBodyField, defaultWholeBodyField)
	o.MoveMode = cmp.Or(o.MoveMode, defaultMoveMode)
	return o
}

// check reports the problems of options whose defaults are filled in.
func (o Options) check(problems *cfgerr.List) {
	for _, limit := range []struct {
		field string
		value int64
	}{
		{"MaxFileBytes", o.MaxFileBytes}, {"MaxTotalFileBytes", o.MaxTotalFileBytes}, {"MaxFieldsBytes", o.MaxFieldsBytes},
		{"MaxFields", int64(o.MaxFields)}, {"MaxFiles", int64(o.MaxFiles)},
		{"MaxBytesInFlight", o.MaxBytesInFlight}, {"MaxFilesInFlight", int64(o.MaxFilesInFlight)}, {"MinBytesPerSecond", o.MinBytesPerSecond},
	} {
		if limit.value < Unlimited {
			problems.Add(limit.field, limit.value, "want a positive number, 0 for the default, or -1 for no limit")
		}
	}
	if o.MaxPartHeaderBytes < 256 || o.MaxPartHeaderBytes > 128<<10 {
		problems.Add("MaxPartHeaderBytes", o.MaxPartHeaderBytes, "want 256 to %d", 128<<10)
	}
	if o.ReadTimeout < Unlimited {
		problems.Add("ReadTimeout", o.ReadTimeout, "want a positive time, 0 for the default, or -1 (Unlimited)")
	}
	if o.LingerTimeout < 0 {
		problems.Add("LingerTimeout", o.LingerTimeout, "want a positive time, or 0 for %v", linger.DefaultPatience)
	}
	if o.MoveMode&^fs.ModePerm != 0 {
		problems.Add("MoveMode", o.MoveMode, "want permissions, at most 0777")
	}
}

// settings are checked options, with Unlimited replaced by the largest number, and what is made
// from them.
type settings struct {
	Options
	maxFields, maxFiles, maxFilesInFlight int64

	newHash         func() hash.Hash // nil for none
	maxNamesBytes   int64            // of the form fields' names
	maxHeadersBytes int64            // of the headers of all parts
	maxBody         int64            // the largest body that all limits allow
	quota           int64            // bytes that must arrive in every ReadTimeout
	linger          linger.Bounds
	bodyTypes       bodyTypes
	buffers         *buffers
}

// compile checks options whose defaults are filled in, and makes what they lead to.
func (o Options) compile() (settings, error) {
	problems := cfgerr.For("upload")
	o.check(problems)
	s := settings{
		Options: o, buffers: newBuffers(),
		linger: linger.Bounds{Time: o.LingerTime, Patience: o.LingerTimeout},
		quota:  max(1, int64(float64(o.MinBytesPerSecond)*o.ReadTimeout.Seconds())),
	}
	s.setLimits()
	switch o.Hash {
	case "":
	case "md5":
		s.newHash = md5.New
	case "sha1":
		s.newHash = sha1.New
	case "sha256":
		s.newHash = sha256.New
	default:
		problems.Add("Hash", o.Hash, `want "md5", "sha1", "sha256" or ""`)
	}
	s.bodyTypes = o.wholeBodyTypes(problems)
	if o.WholeBodyName == nil {
		s.WholeBodyName = wholeBodyName
	}
	s.Logger = failure.Logger(o.Logger)
	if o.Store == nil {
		store, err := NewDirStore(DirStoreOptions{Logger: o.Logger})
		problems.Join(err)
		s.Store = store
	}
	return s, problems.Err()
}

// setLimits replaces Unlimited by the largest number, and computes the limits that follow from
// others.
func (s *settings) setLimits() {
	limit := func(v int64) int64 {
		if v == Unlimited {
			return math.MaxInt64
		}
		return v
	}
	o := s.Options
	s.MaxFileBytes, s.MaxTotalFileBytes, s.MaxFieldsBytes = limit(o.MaxFileBytes), limit(o.MaxTotalFileBytes), limit(o.MaxFieldsBytes)
	s.maxFields, s.maxFiles = limit(int64(o.MaxFields)), limit(int64(o.MaxFiles))
	s.MaxBytesInFlight, s.maxFilesInFlight = limit(o.MaxBytesInFlight), limit(int64(o.MaxFilesInFlight))
	s.maxNamesBytes = max(s.MaxFieldsBytes, 1<<20)
	s.setLargest()
}

// setLargest computes the size of the largest body within all limits.
func (s *settings) setLargest() {
	parts := float64(s.maxFields) + float64(s.maxFiles)
	headers := parts*headerBytesPerPart + float64(s.MaxPartHeaderBytes)
	body := float64(s.MaxTotalFileBytes) + float64(s.MaxFieldsBytes) + headers + parts*maxDelimiterLine + 2*maxOutside
	whole := func(f float64) int64 {
		if f >= math.MaxInt64 {
			return math.MaxInt64
		}
		return int64(f)
	}
	s.maxHeadersBytes, s.maxBody = whole(headers), whole(body)
}

func wholeBodyName(r *http.Request) string {
	name := r.Header.Get("X-File-Name")
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}
