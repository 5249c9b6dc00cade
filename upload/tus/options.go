package tus

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/upload"
)

// The defaults of [Options].
const (
	DefaultMaxBytes           = 200 << 20
	DefaultMaxUnfinished      = 10_000
	DefaultMaxUnfinishedBytes = 64 << 30
	DefaultExpire             = 24 * time.Hour
	DefaultMaxMetadataBytes   = 4 << 10
	DefaultField              = "file"
)

// Operation is what a client wants to do with an upload.
type Operation string

// The operations that [Options.Authorize] is asked about.
const (
	Create    Operation = "create"
	Read      Operation = "read"  // how much of it is there
	Write     Operation = "write" // the next piece
	Terminate Operation = "terminate"
)

// Options configure a [Handler]. Dir and Finish are required.
type Options struct {
	_ struct{}

	// Dir is the folder for what is unfinished. It must be there and be writable by
	// this process alone. Processes that share it go on with each other's uploads.
	Dir string

	// Finish is given each file that is whole: keep or move it, for it is removed
	// otherwise. An error is answered by its method StatusCode() int, if it has one
	// and that is 400 to 599, otherwise as 500; see the package comment for what
	// becomes of the file. ctx has the values of the last request, and no end.
	Finish func(ctx context.Context, file *upload.File, about Upload) error

	// Parser has the Store, the hash and the limits of whole files, and how slow
	// clients may be. Default: one with the default options, but MaxFileBytes as
	// MaxBytes.
	Parser *upload.Parser

	// MaxBytes limits each file. A Parser with a lower limit refuses the file at its
	// end. Default: 200 MiB.
	MaxBytes int64

	// MaxUnfinished and MaxUnfinishedBytes limit how many unfinished uploads there
	// are, and the sizes that they have announced. A finished one leaves a small
	// note until it expires; there may be ten times as many of these. Processes that share a folder see what others
	// have begun after up to ten seconds. Default: 10,000, and 64 GiB.
	MaxUnfinished      int
	MaxUnfinishedBytes int64

	// MaxMetadataBytes limits the header Upload-Metadata. Default: 4 KiB.
	MaxMetadataBytes int

	// Expire is how long an upload is kept after its last piece. What has expired is
	// removed when a handler is made and when uploads begin. Default: 24 hours.
	Expire time.Duration

	// Owner returns who asks: an upload is nothing to others than who has begun it.
	// "" stands for all whom nobody knows: what one of them has begun is for
	// everybody who knows its address. It must be safe for concurrent use. Default:
	// the value of the field Authorization; where there is none the id of the
	// fingerprint piece, if the client has brought it; otherwise "".
	Owner func(*http.Request) string

	// Authorize decides about each request; about is what is known of the upload,
	// its size and metadata at least. An error refuses it, with its StatusCode, or
	// 403. It must be safe for concurrent use. Default: everything is allowed.
	Authorize func(r *http.Request, what Operation, about Upload) error

	// Field is the form field that files are said to be from. Default: "file".
	Field string

	// ErrorHandler answers a request that is refused. Default: the error's
	// ClientMessage as plain text, with its status.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger is told of what this server does wrong, as errors, and of refusals at
	// debug level. By default it is slog.Default, looked up at each record.
	Logger *slog.Logger
}

// withDefaults fills in what the zero values stand for, and checks it all.
func (o Options) withDefaults() (Options, error) {
	errs := cfgerr.For("upload/tus")
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.MaxUnfinished = cmp.Or(o.MaxUnfinished, DefaultMaxUnfinished)
	o.MaxUnfinishedBytes = cmp.Or(o.MaxUnfinishedBytes, DefaultMaxUnfinishedBytes)
	o.MaxMetadataBytes = cmp.Or(o.MaxMetadataBytes, DefaultMaxMetadataBytes)
	o.Expire = cmp.Or(o.Expire, DefaultExpire)
	o.Field = cmp.Or(o.Field, DefaultField)
	for _, n := range []struct {
		field string
		value int64
	}{{"MaxBytes", o.MaxBytes}, {"MaxUnfinished", int64(o.MaxUnfinished)}, {"MaxUnfinishedBytes", o.MaxUnfinishedBytes}, {"MaxMetadataBytes", int64(o.MaxMetadataBytes)}} {
		if n.value < 0 {
			errs.Add(n.field, n.value, "want 1 or more, or 0 for the default")
		}
	}
	if o.Expire < 0 {
		errs.Add("Expire", o.Expire, "want a positive time, or 0 for %v", DefaultExpire)
	}
	if o.Finish == nil {
		errs.Add("Finish", nil, "want a function that keeps or moves the file")
	}
	if problem := checkDir(o.Dir); problem != "" {
		errs.Add("Dir", o.Dir, "%s", problem)
	} else if abs, err := filepath.Abs(o.Dir); err != nil {
		errs.Add("Dir", o.Dir, "%v", err)
	} else {
		o.Dir = abs
	}
	if o.Parser == nil && o.MaxBytes > 0 {
		p, err := upload.New(upload.Options{MaxFileBytes: o.MaxBytes, Logger: o.Logger})
		errs.Join(err)
		o.Parser = p
	}
	if o.Owner == nil {
		o.Owner = facts.OwnerOf
	}
	if o.Authorize == nil {
		o.Authorize = func(*http.Request, Operation, Upload) error { return nil }
	}
	if o.ErrorHandler == nil {
		o.ErrorHandler = answerError
	}
	o.Logger = failure.Logger(o.Logger)
	return o, errs.Err()
}

// checkDir says what is wrong with the folder, "" for nothing.
func checkDir(dir string) string {
	if dir == "" {
		return "a folder of its own is required"
	}
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return err.Error()
	case !info.IsDir():
		return "want a folder"
	}
	probe, err := os.CreateTemp(dir, namePrefix+"probe-")
	if err != nil {
		return err.Error()
	}
	_ = probe.Close() // nothing was written
	if err := os.Remove(probe.Name()); err != nil {
		return err.Error()
	}
	return ""
}
