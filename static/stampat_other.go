//go:build !linux || !(amd64 || arm64)

package static

import (
	"os"
	"path/filepath"
)

// stampPath returns the path of a file as stampAt wants it.
func stampPath(folder, name string) string {
	return filepath.Join(folder, filepath.FromSlash(name))
}

// stampAt takes the stamp of the file at a path from stampPath. It follows
// symbolic links. [os.Root] needs several system calls for a file in a folder
// of its own, a path needs one.
func stampAt(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stampOf(info), nil
}
