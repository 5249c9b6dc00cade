//go:build !linux || !(amd64 || arm64)

package static

import (
	"os"
	"path/filepath"
)

// folder takes stamps of the files in a folder. [os.Root] needs several system
// calls for a file in a folder of its own, a path needs one.
type folder struct{ path string }

func newFolder(_ *os.Root, path string) (folder, error) { return folder{path}, nil }

func (f folder) pathOf(name string) string { return filepath.Join(f.path, filepath.FromSlash(name)) }

// stamp follows symbolic links. path comes from pathOf.
func (folder) stamp(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stampOf(info), nil
}

func (folder) close() error { return nil }
