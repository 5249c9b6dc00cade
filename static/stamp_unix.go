//go:build linux || dragonfly || openbsd || solaris || illumos

package static

import (
	"io/fs"
	"syscall"
)

// stampOf takes the stamp from what stat(2) returned.
func stampOf(info fs.FileInfo) stamp {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return genericStamp(info)
	}
	return stampFrom(st)
}

func stampFrom(st *syscall.Stat_t) stamp {
	return stamp{
		dev: uint64(st.Dev), ino: uint64(st.Ino), size: st.Size, mode: uint32(st.Mode),
		mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
	}
}

// regular reports whether the stamp is that of a regular file.
func (s stamp) regular() bool { return s.mode&syscall.S_IFMT == syscall.S_IFREG }
