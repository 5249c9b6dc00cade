package upload

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"
)

const (
	// removesHeld: an open handle is what holds a file. Such a file can neither be removed nor
	// renamed.
	removesHeld = false
	// minSweepAge protects a file between the end of its hold and the removal or renaming that
	// follows.
	minSweepAge = time.Minute
)

// holdFile holds a file by a handle, until that is closed.
func holdFile(file *os.File) (*os.File, error) { return os.Open(file.Name()) }

// removeUnheld removes a file that no process holds.
func removeUnheld(path string) (removed bool, err error) {
	const sharingViolation = syscall.Errno(32)
	err = os.Remove(path)
	if errors.Is(err, sharingViolation) {
		return false, nil
	}
	return err == nil, err
}

// isForeign would report whether a file belongs to another user. On Windows only its removal
// shows that.
func isForeign(fs.FileInfo) bool { return false }
