//go:build unix && !aix && !solaris

package listen

import (
	"context"
	"os"
	"syscall"
	"time"
)

// lockPatience is how long lockFolder waits. A server needs the lock for much less, but
// whoever may read a folder can lock it, for any purpose and for any time.
const lockPatience = 2 * time.Second

// lockFolder locks a folder among all callers of lockFolder, in any process, until
// unlock is called or the process ends. If it cannot be locked, unlock does nothing.
func lockFolder(ctx context.Context, path string) (unlock func()) {
	folder, err := os.Open(path)
	if err != nil {
		return func() {} // a folder may be closed to readers
	}
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for ctx.Err() == nil {
		err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			break // it is locked, or cannot be locked on this file system
		}
		select {
		case <-time.After(5 * time.Millisecond):
		case <-ctx.Done():
		}
	}
	return func() { folder.Close() }
}
