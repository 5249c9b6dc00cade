//go:build !linux

package static

import (
	"io/fs"
	"os"
)

func stampOf(info fs.FileInfo) stamp { return genericStamp(info) }

func stampAt(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return genericStamp(info), nil
}
