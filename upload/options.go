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

// Unlimited switches a limit of [Options] off.
const Unlimited = -1

// ConfigError is one problem of the options of this package. [New] and the
// constructors of the stores report every problem at once, joined by
// errors.Join; errors.As finds the first.
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

// Options configures a [Parser]. The zero value is safe to use: every limit is
// finite, and files go to the folder for temporary files, readable by this
// process' user alone. Of a limit, 0 means the default and [Unlimited] means
// none; any other negative number is refused by [New].
type Options struct {
	_ struct{}

	// Store receives the files. The default is a [DirStore] with its zero
	// options.
	Store Store

	// MaxFileBytes limits each file; by default 200 MiB.
	MaxFileBytes int64

	// MaxTotalFileBytes limits all files of one request together, those that
	// are read past included; by default it is MaxFileBytes.
	MaxTotalFileBytes int64

	// MaxFieldsBytes limits the values of all fields of one request together,
	// which are held in memory; by default 20 MiB. The names of the fields
	// have the same allowance once more, and at least 1 MiB.
	MaxFieldsBytes int64

	// MaxFields limits the number of fields; by default 1000.
	MaxFields int

	// MaxFiles limits the number of files, those that are read past included;
	// by default 100.
	MaxFiles int

	// MaxPartHeaderBytes limits the headers of each part; by default 80 KiB,
	// so that a file name of 64 KiB is cut rather than refused. From 256 bytes
	// to 128 KiB; it cannot be switched off. All parts of a request together
	// may have 4 KiB of headers for each field and file that is accepted, and
	// this once more.
	MaxPartHeaderBytes int

	// MaxBytesInFlight limits the bytes of all files, of all requests of this
	// parser together, that are stored for a [Form] that is not closed yet;
	// fields count while their form is read. By default 16 GiB. Past it
	// requests are refused with 503.
	MaxBytesInFlight int64

	// MaxFilesInFlight limits the number of those files; by default 10,000.
	MaxFilesInFlight int

	// ReadTimeout and MinBytesPerSecond say how slow a client may be: in every
	// stretch of ReadTimeout (by default 30 s) that is spent waiting for the
	// client, MinBytesPerSecond (by default 1 KiB a second) must arrive on
	// average. Slower clients are refused with 408. With MinBytesPerSecond
	// Unlimited one byte in that time is enough; with ReadTimeout Unlimited the
	// client is waited for as long as the server does.
	//
	// This takes the place of the server's own ReadTimeout while a form is
	// read, and its WriteTimeout begins anew when the form was read. Response
	// writers that support no deadlines get none: a client that sends nothing
	// is then as patiently waited for as the server allows.
	ReadTimeout       time.Duration
	MinBytesPerSecond int64

	// LingerTime and LingerTimeout say for how long a client of HTTP/1 is read
	// from that was refused, so that it comes to read the answer instead of
	// finding its connection reset: for LingerTime in all (by default 30 s),
	// and for LingerTimeout without a byte (by default 5 s), which are nginx's
	// lingering_time and lingering_timeout. The bytes are thrown away and not
	// counted. With a negative LingerTime nothing is read: the connection is
	// closed half a second after the answer.
	//
	// [Parser.Handler] does so when it has sent the answer. Parse, ParseOnly
	// and Each have to do it before there is one, and do it for at most 5 s. A
	// client that was too slow is not read from.
	LingerTime, LingerTimeout time.Duration

	// Hash names the hash that is computed of every file while it is stored:
	// "md5", "sha1", "sha256", or "" for none. The first two are for comparing
	// with what others have computed; they protect against nobody.
	Hash string

	// RefuseEmptyFiles refuses files without content, with 400. By default
	// they are files like any other. A file input that was left empty in a
	// browser (no name, no content) is no file in either case.
	RefuseEmptyFiles bool

	// WholeBodyTypes are the media types of which the whole body is one file; by
	// default application/octet-stream alone, which is to be named beside others.
	// An entry is a type such as "image/png", or "image/*" for all of a kind,
	// without parameters. Forms (multipart/form-data and urlencoded) and JSON
	// are never one file: such an entry is refused, and "application/*" does not
	// mean them.
	WholeBodyTypes []string

	// WholeBodyUntyped takes a body without a Content-Type for a file too, as
	// curl -T sends it. An empty one is none.
	WholeBodyUntyped bool

	// DisableWholeBody leaves all requests alone but those of multipart/form-data.
	DisableWholeBody bool

	// WholeBodyField is the form field that such a file is said to be from; by
	// default "file".
	WholeBodyField string

	// WholeBodyName returns the client's name of such a file; it is cleaned as
	// every other. By default it is the header X-File-Name, percent-decoded
	// where that is possible.
	WholeBodyName func(*http.Request) string

	// MoveMode are the permissions that [File.MoveTo] gives a file, whatever
	// the umask; by default 0600, which only this process' user can read.
	// Another program that is to serve the file, as nginx, needs 0644, say.
	MoveMode fs.FileMode

	// CopyForFormFile has [Parser.Handler] fill the files of r.MultipartForm, for
	// an existing handler that calls r.FormFile. net/http's files can be made by
	// copying only: each is held a second time while the handler runs, the first
	// 32 MiB of a request in memory and the rest in the folder for temporary
	// files. The store's objects need a method Open. Fields need no option.
	CopyForFormFile bool

	// ErrorHandler answers for [Parser.Handler] when a request cannot be
	// parsed. By default the answer is the error's ClientMessage as plain text
	// with the error's status.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger receives what [Parser.Handler] refuses: with a status of 5xx as an
	// error, with its cause, otherwise at debug level. Files that the store could
	// not remove are errors, those that [Parser.ParseOnly] was told not to keep
	// are at debug level. The errors of Parse, ParseOnly and Each are the
	// caller's to log; so is what an ErrorHandler has an envelope answer. By
	// default it is slog.Default, looked up at each record.
	Logger *slog.Logger
}

// settings are checked options, with the defaults filled in and "unlimited"
// as the largest number.
type settings struct {
	Options
	maxFields, maxFiles, maxFilesInFlight int64

	newHash         func() hash.Hash // nil for none
	maxNamesBytes   int64            // of the form fields' names
	maxHeadersBytes int64            // of the headers of all parts
	maxBody         int64            // what a body of maximal parts can have
	quota           int64            // bytes that must arrive in every ReadTimeout
	linger          linger.Bounds
	bodyTypes       bodyTypes
	buffers         *buffers
}

func (o Options) settings() (settings, error) {
	problems := cfgerr.For("upload")
	s := settings{Options: o, buffers: newBuffers()}
	s.setLimits(problems)
	s.setTimes(problems)
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
	if o.WholeBodyField == "" {
		s.WholeBodyField = defaultWholeBodyField
	}
	if o.WholeBodyName == nil {
		s.WholeBodyName = wholeBodyName
	}
	if o.MoveMode == 0 {
		s.MoveMode = defaultMoveMode
	} else if o.MoveMode&^fs.ModePerm != 0 {
		problems.Add("MoveMode", o.MoveMode, "want permissions, at most 0777")
	}
	if o.ErrorHandler == nil {
		s.ErrorHandler = answerError
	}
	s.Logger = failure.Logger(o.Logger)
	if o.Store == nil {
		store, err := NewDirStore(DirStoreOptions{Logger: o.Logger})
		problems.Join(err)
		s.Store = store
	}
	return s, problems.Err()
}

// setLimits resolves what is counted.
func (s *settings) setLimits(problems *cfgerr.List) {
	o := s.Options
	limit := func(field string, v, fallback int64) int64 {
		switch {
		case v == 0:
			return fallback
		case v == Unlimited:
			return math.MaxInt64
		case v < 0:
			problems.Add(field, v, "want a positive number, 0 for the default, or -1 for no limit")
		}
		return v
	}
	s.MaxFileBytes = limit("MaxFileBytes", o.MaxFileBytes, defaultMaxFileBytes)
	s.MaxTotalFileBytes = limit("MaxTotalFileBytes", o.MaxTotalFileBytes, s.MaxFileBytes)
	s.MaxFieldsBytes = limit("MaxFieldsBytes", o.MaxFieldsBytes, defaultMaxFieldsBytes)
	s.maxFields = limit("MaxFields", int64(o.MaxFields), defaultMaxFields)
	s.maxFiles = limit("MaxFiles", int64(o.MaxFiles), defaultMaxFiles)
	s.MaxBytesInFlight = limit("MaxBytesInFlight", o.MaxBytesInFlight, defaultMaxBytesInFlight)
	s.maxFilesInFlight = limit("MaxFilesInFlight", int64(o.MaxFilesInFlight), defaultMaxFilesInFlight)
	s.maxNamesBytes = max(s.MaxFieldsBytes, 1<<20)
	if o.MaxPartHeaderBytes == 0 {
		s.MaxPartHeaderBytes = defaultMaxPartHeaderBytes
	} else if o.MaxPartHeaderBytes < 256 || o.MaxPartHeaderBytes > 128<<10 {
		problems.Add("MaxPartHeaderBytes", o.MaxPartHeaderBytes, "want 256 to %d", 128<<10)
	}
	s.setLargest()
}

// setTimes resolves how long clients are waited for.
func (s *settings) setTimes(problems *cfgerr.List) {
	o := s.Options
	if o.ReadTimeout == 0 {
		s.ReadTimeout = defaultReadTimeout
	} else if o.ReadTimeout < Unlimited {
		problems.Add("ReadTimeout", o.ReadTimeout, "want a positive time, 0 for the default, or -1 (Unlimited)")
	}
	s.linger = linger.Bounds{
		Time:     cmp.Or(o.LingerTime, linger.DefaultTime),
		Patience: cmp.Or(o.LingerTimeout, linger.DefaultPatience),
	}
	if o.LingerTimeout < 0 {
		problems.Add("LingerTimeout", o.LingerTimeout, "want a positive time, or 0 for %v", linger.DefaultPatience)
	}
	if o.MinBytesPerSecond == 0 {
		s.MinBytesPerSecond = defaultMinBytesPerSecond
	} else if o.MinBytesPerSecond < Unlimited {
		problems.Add("MinBytesPerSecond", o.MinBytesPerSecond, "want a positive number, 0 for the default, or -1 for no limit")
	}
	s.quota = max(1, int64(float64(s.MinBytesPerSecond)*s.ReadTimeout.Seconds()))
}

// setLargest works out how long a body can be that is within every limit.
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
