package blob

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"strings"
	"time"

	"gocloud.dev/blob"

	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/upload"
)

// The defaults of [Options].
const (
	DefaultPrefix      = "uploads/"
	DefaultPartBytes   = 8 << 20
	DefaultConcurrency = 2
	DefaultCallTimeout = time.Minute
)

// S3 accepts parts of 5 MiB to 5 GiB, but each part is held in memory: 512 MiB is the maximum
// here.
const (
	leastPartBytes = 5 << 20
	mostPartBytes  = 512 << 20
	mostParallel   = 64
)

// Options configure a [Store]. Bucket is required; the zero value of every other
// field is its documented default.
type Options struct {
	_ struct{}

	// Bucket is where files are stored. The Store does not close it.
	Bucket *blob.Bucket

	// Prefix begins the keys of all files. Default: "uploads/".
	Prefix string

	// ContentType returns the type of an object. "" means application/octet-stream. Default: the
	// type that the client declared, if it is a media type.
	ContentType func(*upload.File) string

	// Metadata returns the metadata of an object; it may be nil. Buckets have rules for it: use
	// short ASCII strings. Default: none.
	Metadata func(*upload.File) map[string]string

	// Inline omits the Content-Disposition "attachment", which makes browsers save a file instead
	// of showing it. Set it only if the bucket's address does not share an origin with your
	// application.
	Inline bool

	// PartBytes is the size of the parts in which a file is sent, 5 MiB to 512 MiB. S3 accepts at
	// most 10,000 parts: 8 MiB are enough for files up to 78 GiB. Default: 8 MiB.
	PartBytes int

	// Concurrency is how many parts of one file are sent at a time, 1 to 64. Default: 2.
	Concurrency int

	// CallTimeout limits the time in which the bucket must accept what is written, and each other
	// call. Default: one minute.
	CallTimeout time.Duration
}

// New returns a Store. Its error joins an [*upload.ConfigError] for every problem of the options.
// It does not call the bucket.
func New(o Options) (*Store, error) {
	o = o.withDefaults()
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.ContentType == nil {
		o.ContentType = declaredType
	}
	return &Store{opts: o}, nil
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	o.Prefix = cmp.Or(o.Prefix, DefaultPrefix)
	o.PartBytes = cmp.Or(o.PartBytes, DefaultPartBytes)
	o.Concurrency = cmp.Or(o.Concurrency, DefaultConcurrency)
	o.CallTimeout = cmp.Or(o.CallTimeout, DefaultCallTimeout)
	return o
}

// check reports the problems of options whose defaults are filled in.
func (o Options) check() error {
	var errs []error
	add := func(field string, value any, format string, args ...any) {
		errs = append(errs, &upload.ConfigError{Package: "upload/blob", Field: field, Value: value, Reason: fmt.Sprintf(format, args...)})
	}
	if o.Bucket == nil {
		add("Bucket", nil, "a bucket is required")
	}
	if strings.HasPrefix(o.Prefix, "/") || strings.Contains(o.Prefix, "..") || strings.Contains(o.Prefix, "//") {
		add("Prefix", o.Prefix, `want the beginning of a key, such as "uploads/"`)
	}
	if o.PartBytes < leastPartBytes || o.PartBytes > mostPartBytes {
		add("PartBytes", o.PartBytes, "want %d to %d, or 0 for %d", leastPartBytes, mostPartBytes, DefaultPartBytes)
	}
	if o.Concurrency < 1 || o.Concurrency > mostParallel {
		add("Concurrency", o.Concurrency, "want 1 to %d, or 0 for %d", mostParallel, DefaultConcurrency)
	}
	if o.CallTimeout < 0 {
		add("CallTimeout", o.CallTimeout, "want a positive time, or 0 for %v", DefaultCallTimeout)
	}
	return errors.Join(errs...)
}

const octets = "application/octet-stream"

// declaredType is the default of Options.ContentType.
func declaredType(f *upload.File) string {
	kind, parameters, err := mediatype.Parse(f.Type)
	if err != nil || !strings.Contains(kind, "/") {
		return octets
	}
	return mime.FormatMediaType(kind, parameters)
}
