//go:build !windows && (!unix || aix || solaris)

package upload

import (
	"errors"
	"io/fs"
	"os"
)

const (
	removesHeld = true
	minSweepAge = 0
)

// holdFile does nothing: here sweeps judge by age.
func holdFile(*os.File) (*os.File, error) { return nil, nil }

func removeUnheld(string) (removed bool, err error) { return false, errors.ErrUnsupported }

func isForeign(fs.FileInfo) bool { return false }
