//go:build linux && (amd64 || arm64)

package static

import (
	"syscall"
	"unsafe"
)

// stampPath returns the path of a file in the form for stampAt.
func stampPath(folder, name string) string { return folder + "/" + name + "\x00" }

// stampAt takes the stamp of the file at a path from stampPath. It follows symbolic
// links.
//
// It is one system call, and the only disk access for a file in memory. It does not
// use package syscall or golang.org/x/sys/unix, because both copy the path at every
// call to terminate it with a zero byte.
func stampAt(path string) (stamp, error) {
	const workingFolder = ^uintptr(99) // AT_FDCWD; the path is absolute
	var st syscall.Stat_t
	for {
		_, _, errno := syscall.Syscall6(fstatat, workingFolder, uintptr(unsafe.Pointer(unsafe.StringData(path))), uintptr(unsafe.Pointer(&st)), 0, 0, 0)
		switch errno {
		case 0:
			return stampFrom(&st), nil
		case syscall.EINTR:
		default:
			return stamp{}, errno
		}
	}
}
