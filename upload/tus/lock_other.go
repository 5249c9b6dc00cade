//go:build !windows && (!unix || aix || solaris)

package tus

import "os"

// openLocked opens a file. Other processes are not kept away here.
func openLocked(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDWR, 0) }
