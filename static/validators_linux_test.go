package static_test

import (
	"syscall"
	"time"
)

// madeUp is the Sys of a file in a file system without its own change times.
func madeUp(at time.Time) any {
	t := syscall.NsecToTimespec(at.UnixNano())
	return &syscall.Stat_t{Size: 1, Mode: syscall.S_IFREG, Mtim: t, Ctim: t}
}
