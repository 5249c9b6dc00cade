//go:build unix

package openapi_test

import (
	"syscall"
	"time"
)

// cpu returns the CPU time of this process, including the garbage collector, so that other work
// on the machine does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
