//go:build !windows && (!unix || aix || solaris)

package tus

import "os"

// openLocked opens a file. Here it does not exclude other processes.
func openLocked(path string) (*os.File, error) { return os.OpenFile(path, os.O_RDWR, 0) }
