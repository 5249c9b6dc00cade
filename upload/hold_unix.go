//go:build unix && !aix && !solaris

package upload

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const (
	// removesHeld: a file can be removed and renamed while it is held, and should be.
	removesHeld = true
	minSweepAge = 0
)

// holdFile locks a file that was just created, until the returned descriptor is closed. It is a
// separate one, so that closing the file itself reports whether the last writes succeeded. It
// returns nil if the file system has no locks, and errSwept if a sweep was faster.
func holdFile(file *os.File) (*os.File, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Dup(int(file.Fd()))
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	hold := os.NewFile(uintptr(fd), file.Name())
	switch err := flock(fd); {
	case err == syscall.EWOULDBLOCK:
		return nil, errors.Join(errSwept, hold.Close())
	case err != nil:
		return nil, hold.Close()
	}
	// A sweep may have removed the file before.
	var stat syscall.Stat_t
	if err := syscall.Fstat(fd, &stat); err != nil {
		return nil, errors.Join(os.NewSyscallError("fstat", err), hold.Close())
	}
	if stat.Nlink == 0 {
		return nil, errors.Join(errSwept, hold.Close())
	}
	return hold, nil
}

// flock locks without waiting.
func flock(fd int) error {
	for {
		err := syscall.Flock(fd, syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EINTR {
			return err
		}
	}
}

// removeUnheld removes a file that no process holds. The error matches errors.ErrUnsupported if
// that cannot be determined.
func removeUnheld(path string) (removed bool, err error) {
	// Neither follow a link nor wait for a pipe that has replaced the file.
	file, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false, err
	}
	defer file.Close() // nothing was written
	switch err := flock(int(file.Fd())); {
	case err == syscall.EWOULDBLOCK:
		return false, nil
	case err != nil:
		return false, errors.Join(errors.ErrUnsupported, err)
	}
	err = os.Remove(path)
	return err == nil, err
}

// isForeign reports whether a file belongs to another user, whose processes take care of it.
func isForeign(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Geteuid() != 0 && int(stat.Uid) != os.Geteuid()
}
