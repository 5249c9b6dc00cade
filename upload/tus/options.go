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

// These are the operations that [Options.Authorize] decides about.
const (
	Create    Operation = "create"
	Read      Operation = "read"  // ask how much has arrived
	Write     Operation = "write" // send the next piece
	Terminate Operation = "terminate"
)

// Options configure a [Handler]. Dir and Finish are required.
type Options struct {
	_ struct{}

	// Dir is the folder for unfinished uploads. It must exist, and only this process's user
	// should be able to write to it. Processes that share it continue each other's uploads.
	Dir string

	// Finish receives each complete file, and must keep or move it; otherwise it is removed. An
	// error gets its StatusCode() int from 400 to 599, or 500, as the status; the package comment
	// says what then happens to the upload. ctx has the values of the last request's context, but
	// is never cancelled.
	Finish func(ctx context.Context, file *upload.File, about Upload) error

	// Parser has the Store and the hash for complete files, and limits them by its MaxFileBytes,
	// MaxTotalFileBytes, MaxBytesInFlight and RefuseEmptyFiles. It also limits how slow clients
	// may be. Default: a parser with the default options, but with limits that allow files of
	// MaxBytes.
	Parser *upload.Parser

	// MaxBytes limits each file. If MaxUnfinishedBytes, or [upload.Parser.MaxAdoptBytes] of the
	// Parser, is lower, that is the limit. A client learns the limit from Tus-Max-Size, and a
	// longer file is refused when its upload begins. Default: 200 MiB.
	MaxBytes int64

	// MaxUnfinished and MaxUnfinishedBytes limit the number of unfinished uploads and the total
	// of their announced sizes. A finished upload leaves a small record until it expires; there
	// may be ten times as many records. A process sees uploads begun by others after at most ten
	// seconds. Default: 10,000 and 64 GiB.
	MaxUnfinished      int
	MaxUnfinishedBytes int64

	// MaxMetadataBytes limits the header Upload-Metadata. Default: 4 KiB.
	MaxMetadataBytes int

	// Expire is how long an upload is kept after its last piece. Expired uploads are removed when
	// a handler is made and when uploads begin. Default: 24 hours.
	Expire time.Duration

	// Owner returns the identity of the client: an upload only exists for the client that began
	// it. "" means unknown: an upload begun by an unknown client is available to everybody who
	// knows its address. Owner must be safe for concurrent use. Default: the value of the field
	// Authorization, or else the id of the fingerprint piece if the client sent it, or else "".
	// If access tokens are replaced, return the id of the user instead: with the default, a client
	// with a new token does not find its upload.
	Owner func(*http.Request) string

	// Authorize decides about each request. about describes the upload, with at least its size
	// and metadata. An error refuses the request, with the error's StatusCode or 403. Authorize
	// must be safe for concurrent use. Default: everything is allowed.
	Authorize func(r *http.Request, what Operation, about Upload) error

	// Field is the form field of the files. Default: "file".
	Field string

	// ErrorHandler answers a refused request. Default: {"error": text} as JSON, with the error's
	// status and its message for clients.
	ErrorHandler func(w http.ResponseWriter, r *http.Request, err error)

	// Logger logs failures of this server as errors, and refusals at debug level. The default is
	// slog.Default at the time of logging.
	Logger *slog.Logger
}

// withDefaults fills in the defaults.
func (o Options) withDefaults() Options {
	o.MaxBytes = cmp.Or(o.MaxBytes, DefaultMaxBytes)
	o.MaxUnfinished = cmp.Or(o.MaxUnfinished, DefaultMaxUnfinished)
	o.MaxUnfinishedBytes = cmp.Or(o.MaxUnfinishedBytes, DefaultMaxUnfinishedBytes)
	o.MaxMetadataBytes = cmp.Or(o.MaxMetadataBytes, DefaultMaxMetadataBytes)
	o.Expire = cmp.Or(o.Expire, DefaultExpire)
	o.Field = cmp.Or(o.Field, DefaultField)
	return o
}

// check reports the problems of options whose defaults are filled in.
func (o Options) check(errs *cfgerr.List) {
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
	}
}

// complete makes the Go values that are nil, and the path of the folder absolute.
func (o Options) complete(errs *cfgerr.List) Options {
	if abs, err := filepath.Abs(o.Dir); err != nil {
		errs.Add("Dir", o.Dir, "%v", err)
	} else {
		o.Dir = abs
	}
	if o.Parser == nil && o.MaxBytes > 0 {
		inFlight := max(o.MaxBytes, upload.Options{}.WithDefaults().MaxBytesInFlight)
		p, err := upload.New(upload.Options{MaxFileBytes: o.MaxBytes, MaxBytesInFlight: inFlight, Logger: o.Logger})
		errs.Join(err)
		o.Parser = p
	}
	if o.Parser != nil {
		o.MaxBytes = min(o.MaxBytes, o.MaxUnfinishedBytes, o.Parser.MaxAdoptBytes())
	}
	if o.Owner == nil {
		o.Owner = facts.OwnerOf
	}
	if o.Authorize == nil {
		o.Authorize = func(*http.Request, Operation, Upload) error { return nil }
	}
	o.Logger = failure.Logger(o.Logger)
	return o
}

// checkDir returns what is wrong with the folder, or "".
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
