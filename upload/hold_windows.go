package upload

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const (
	// removesHeld: a file with an open handle can neither be removed nor renamed.
	// That is what holds it.
	removesHeld = false
	// minSweepAge covers the moment between the end of a hold and what it ends
	// for.
	minSweepAge = time.Minute
)

// holdFile keeps a handle open, until what it returns is closed.
func holdFile(file *os.File) (*os.File, error) { return os.Open(file.Name()) }

// removeUnheld removes a file that nobody holds.
func removeUnheld(path string) (removed bool, err error) {
	const sharingViolation = syscall.Errno(32)
	err = os.Remove(path)
	if errors.Is(err, sharingViolation) {
		return false, nil
	}
	return err == nil, err
}

// isForeign tells that a file belongs to another user, which here only shows
// when it is removed.
func isForeign(fs.FileInfo) bool { return false }
