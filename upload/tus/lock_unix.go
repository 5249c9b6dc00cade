//go:build unix && !aix && !solaris

package tus

import (
	"errors"
	"os"
	"syscall"
)

// openLocked opens a file exclusively among all callers of openLocked, in any process, until it
// is closed. The error is errHeld if another has it open.
func openLocked(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			break
		}
	}
	if err == nil {
		// The previous holder may have removed it.
		var stat syscall.Stat_t
		if err = syscall.Fstat(int(file.Fd()), &stat); err == nil && stat.Nlink == 0 {
			err = os.ErrNotExist
		}
	}
	switch {
	case err == syscall.EWOULDBLOCK:
		return nil, errors.Join(errHeld, file.Close())
	case err != nil:
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}
