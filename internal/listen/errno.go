package listen

import (
	"errors"
	"syscall"
)

// inUse reports whether an error may disappear when another process ends.
func inUse(err error) bool {
	const wsaEADDRINUSE = syscall.Errno(10048) // Windows
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaEADDRINUSE)
}

// isOutOfFiles reports whether there are no file descriptors left.
func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
