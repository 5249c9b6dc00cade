//go:build unix

package openapi_test

import (
	"syscall"
	"time"
)

// cpu returns the time that this process has computed, the collector included:
// other work of the machine does not count.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
