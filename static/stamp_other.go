//go:build !(linux || dragonfly || openbsd || solaris || illumos || darwin || ios || freebsd || netbsd)

package static

import "io/fs"

// stampOf knows no change time here: see [stamp.identifies].
func stampOf(info fs.FileInfo) stamp { return genericStamp(info) }

// regular reports whether the stamp is that of a regular file.
func (s stamp) regular() bool { return fs.FileMode(s.mode).IsRegular() }
