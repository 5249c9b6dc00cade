//go:build !linux

package static

import "io/fs"

func stampOf(info fs.FileInfo) stamp { return genericStamp(info) }
