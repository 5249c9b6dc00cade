package upload

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"hash"
	"log/slog"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Unlimited, or any other negative number, switches a limit of [Options] off.
const Unlimited = -1

// ConfigError is one problem of the options of this package. [New] and the
// constructors of the stores report every problem at once; errors.As finds
// each of them.
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
)

// Options configures a [Parser]. The zero value is safe to use: every limit is
// finite, and files go to the folder for temporary files, readable by this
// process' user alone. Of a limit, 0 means the default and [Unlimited] means
// none.
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
	// to 128 KiB; it cannot be switched off.
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
	// average. Slower clients are refused with 408. A negative
	// MinBytesPerSecond asks for one byte in that time; a negative ReadTimeout
	// waits as long as the server does.
	//
	// This takes the place of the server's own ReadTimeout while a form is
	// read. Response writers that support no read deadline get none: a client
	// that sends nothing is then as patiently waited for as the server allows.
	ReadTimeout       time.Duration
	MinBytesPerSecond int64

	// Hash names the hash that is computed of every file while it is stored:
	// "md5", "sha1", "sha256", or "" for none. The first two are for comparing
	// with what others have computed; they protect against nobody.
	Hash string

	// RefuseEmptyFiles refuses files without content, with 400. By default
	// they are files like any other. A file input that was left empty in a
	// browser (no name, no content) is no file in either case.
	RefuseEmptyFiles bool

	// DisableWholeBody leaves requests of type application/octet-stream alone.
	// By default the whole body of such a request is one file.
	DisableWholeBody bool

	// WholeBodyField is the form field that such a file is said to be from; by
	// default "file".
	WholeBodyField string

	// WholeBodyName returns the client's name of such a file; it is cleaned as
	// every other. By default it is the header X-File-Name, percent-decoded
	// where that is possible.
	WholeBodyName func(*http.Request) string

	// ErrorHandler answers for [Parser.Handler] when a request cannot be
	// parsed. By default the answer is the error's ClientMessage as plain text
	// with the error's status.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger receives, at debug level, what could not be cleaned up. By
	// default nothing is logged.
	Logger *slog.Logger
}

// settings are checked options, with the defaults filled in and "unlimited"
// as the largest number.
type settings struct {
	Options
	maxFields, maxFiles, maxFilesInFlight int64

	newHash       func() hash.Hash // nil for none
	maxNamesBytes int64            // of the form fields' names
	maxBody       int64            // what a body of maximal parts can have
	quota         int64            // bytes that must arrive in every ReadTimeout
	buffers       *buffers
}

func (o Options) settings() (settings, error) {
	problems := cfgerr.For("upload")
	s := settings{Options: o, buffers: newBuffers()}

	s.MaxFileBytes = limit(o.MaxFileBytes, defaultMaxFileBytes)
	s.MaxTotalFileBytes = limit(o.MaxTotalFileBytes, s.MaxFileBytes)
	s.MaxFieldsBytes = limit(o.MaxFieldsBytes, defaultMaxFieldsBytes)
	s.maxFields = limit(int64(o.MaxFields), defaultMaxFields)
	s.maxFiles = limit(int64(o.MaxFiles), defaultMaxFiles)
	s.MaxBytesInFlight = limit(o.MaxBytesInFlight, defaultMaxBytesInFlight)
	s.maxFilesInFlight = limit(int64(o.MaxFilesInFlight), defaultMaxFilesInFlight)
	s.maxNamesBytes = max(s.MaxFieldsBytes, 1<<20)

	if o.MaxPartHeaderBytes == 0 {
		s.MaxPartHeaderBytes = defaultMaxPartHeaderBytes
	} else if o.MaxPartHeaderBytes < 256 || o.MaxPartHeaderBytes > 128<<10 {
		problems.Add("MaxPartHeaderBytes", o.MaxPartHeaderBytes, "want 256 to %d", 128<<10)
	}

	if o.ReadTimeout == 0 {
		s.ReadTimeout = defaultReadTimeout
	}
	if o.MinBytesPerSecond == 0 {
		s.MinBytesPerSecond = defaultMinBytesPerSecond
	}
	s.quota = max(1, int64(float64(s.MinBytesPerSecond)*s.ReadTimeout.Seconds()))

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

	if o.WholeBodyField == "" {
		s.WholeBodyField = defaultWholeBodyField
	}
	if o.WholeBodyName == nil {
		s.WholeBodyName = wholeBodyName
	}
	if o.ErrorHandler == nil {
		s.ErrorHandler = answerError
	}
	if o.Logger == nil {
		s.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Store == nil {
		store, err := NewDirStore(DirStoreOptions{})
		problems.Join(err)
		s.Store = store
	}
	s.maxBody = s.largestBody()
	return s, problems.Err()
}

// largestBody returns how long a body can be that is within every limit.
func (s *settings) largestBody() int64 {
	parts := float64(s.maxFields) + float64(s.maxFiles)
	perPart := float64(s.MaxPartHeaderBytes + maxDelimiterLine)
	sum := float64(s.MaxTotalFileBytes) + float64(s.MaxFieldsBytes) + parts*perPart + 2*maxOutside
	if sum >= math.MaxInt64 {
		return math.MaxInt64
	}
	return int64(sum)
}

// limit resolves a limit: 0 means the default, negative means none.
func limit(v, fallback int64) int64 {
	switch {
	case v == 0:
		return fallback
	case v < 0:
		return math.MaxInt64
	}
	return v
}

func wholeBodyName(r *http.Request) string {
	name := r.Header.Get("X-File-Name")
	if decoded, err := url.PathUnescape(name); err == nil {
		return decoded
	}
	return name
}
