package listen

import (
	"errors"
	"syscall"
)

// InUse reports whether an error may disappear when another process ends.
func InUse(err error) bool {
	const wsaEADDRINUSE = syscall.Errno(10048) // Windows
	return errors.Is(err, syscall.EADDRINUSE) || errors.Is(err, wsaEADDRINUSE)
}

// IsNotLocal reports whether an address does not belong to this machine.
func IsNotLocal(err error) bool {
	const wsaEADDRNOTAVAIL = syscall.Errno(10049) // Windows
	return errors.Is(err, syscall.EADDRNOTAVAIL) || errors.Is(err, wsaEADDRNOTAVAIL)
}

// isOutOfFiles reports whether there are no file descriptors left.
func isOutOfFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
