//go:build !linux || !(amd64 || arm64)

package static

import (
	"os"
	"path/filepath"
)

// stampPath returns the path of a file in the form for stampAt.
func stampPath(folder, name string) string {
	return filepath.Join(folder, filepath.FromSlash(name))
}

// stampAt takes the stamp of the file at a path from stampPath. It follows symbolic
// links. For a file in a subfolder [os.Root] needs several system calls; a path
// needs one.
func stampAt(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stampOf(info), nil
}
