package static

import (
	"errors"
	"io/fs"
	"net/http"
	"syscall"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// ConfigError is one problem in [Options]. [New] reports all of them joined;
// errors.As finds the first.
type ConfigError = cfgerr.Error

// What [Handler.Resolve] fails with. Both match with errors.Is and have a
// method StatusCode() int.
var (
	// ErrNotFound: no root has such a file, or it may not be served, or not be
	// read. The answer is a 404.
	ErrNotFound error = &statusError{http.StatusNotFound, "static: file not found"}

	// ErrUnavailable: the system cannot open or read the file now, for example
	// because the process has no descriptor left. The answer is a 503.
	ErrUnavailable error = &statusError{http.StatusServiceUnavailable, "static: file unavailable"}
)

type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string   { return e.text }
func (e *statusError) StatusCode() int { return e.status }

// exhausted lists what says nothing about the file, only about the machine.
var exhausted = []error{
	syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO, syscall.EAGAIN, syscall.ESTALE, syscall.ETIMEDOUT,
	fs.ErrClosed,
}

// unavailable tells whether err is worth a 503. Everything else that a file
// system says (not there, not allowed, not a folder, too long, leads out of
// the root) is the same to a client: there is no such file.
func unavailable(err error) bool {
	if err == nil || gone(err) {
		return false // as most are
	}
	for _, e := range exhausted {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
