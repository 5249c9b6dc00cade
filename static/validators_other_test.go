//go:build !linux

package static_test

import "time"

// madeUp is the Sys of a file in a file system without its own change times.
func madeUp(time.Time) any { return nil }
