package static_test

import (
	"syscall"
	"time"
)

// madeUp is what a file system says that has no change time of its own.
func madeUp(at time.Time) any {
	t := syscall.NsecToTimespec(at.UnixNano())
	return &syscall.Stat_t{Size: 1, Mode: syscall.S_IFREG, Mtim: t, Ctim: t}
}
