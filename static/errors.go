package static

import (
	"errors"
	"io/fs"
	"net/http"
	"syscall"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem of the [Options]. [New] joins all problems; errors.As
// finds the first.
type ConfigError = cfgerr.Error

// The errors of [Handler.Resolve]. Both match with errors.Is and have a method
// StatusCode() int.
var (
	// ErrNotFound means that no root has such a file, or that it may not be served or
	// read. The response is a 404.
	ErrNotFound error = &statusError{http.StatusNotFound, "static: file not found"}

	// ErrUnavailable means that the system cannot open or read the file now, for
	// example because the process has no file descriptors left. The response is a
	// 503.
	ErrUnavailable error = &statusError{http.StatusServiceUnavailable, "static: file unavailable"}
)

type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string   { return e.text }
func (e *statusError) StatusCode() int { return e.status }

// exhausted lists errors that say nothing about the file, only about the machine.
var exhausted = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO, syscall.EAGAIN, syscall.ESTALE, syscall.ETIMEDOUT,
	fs.ErrClosed,
}

// unavailable reports whether err leads to a 503. All other errors of a file system
// (not there, not allowed, not a folder, too long, leads out of the root) are the
// same to a client: there is no such file.
func unavailable(err error) bool {
	if err == nil || gone(err) {
		return false // the usual case
	}
	for _, e := range exhausted {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
