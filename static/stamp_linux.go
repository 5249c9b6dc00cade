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

// stampAt is stampOf without the allocations of os.Stat.
func stampAt(path string) (stamp, error) {
	var st syscall.Stat_t
	for {
		err := syscall.Stat(path, &st)
		if err == syscall.EINTR {
			continue
		}
		return stampFrom(&st), err
	}
}

func stampFrom(st *syscall.Stat_t) stamp {
	return stamp{
		dev: uint64(st.Dev), ino: st.Ino, size: st.Size, mode: st.Mode,
		mtime: st.Mtim.Nano(), ctime: st.Ctim.Nano(),
	}
}
