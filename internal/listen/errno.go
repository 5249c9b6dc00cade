package listen

import (
	"errors"
	"syscall"
)

// inUse tells whether an error may go away when another process ends.
func inUse(err error) bool {
	const wsaEADDRINUSE = syscall.Errno(10048) // Windows
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaEADDRINUSE)
}

// isOutOfFiles tells whether there are no descriptors left.
func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
