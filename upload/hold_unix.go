//go:build unix && !aix && !solaris

package upload

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

const (
	// removesHeld: a file that is held can be removed and renamed, which is best
	// done while it is.
	removesHeld = true
	minSweepAge = 0
)

// holdFile locks a file that was just created, until what it returns is closed:
// a descriptor of its own, so that closing the file tells what became of the
// last writes. It returns nil where the file system has no locks, and errSwept
// if a sweep was faster.
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
	// A sweep may have come and gone before.
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

// removeUnheld removes a file that nobody holds. The error matches
// errors.ErrUnsupported where that cannot be told.
func removeUnheld(path string) (removed bool, err error) {
	// Neither a link nor a pipe that has taken the file's place is waited for.
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

// isForeign tells that a file belongs to another user, whose processes see to it.
func isForeign(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && os.Geteuid() != 0 && int(stat.Uid) != os.Geteuid()
}
