package static

import (
	"io/fs"
	"time"
)

// stamp identifies one state of one file: two stamps are equal only if nothing has
// changed. Fields that the system does not provide are zero.
type stamp struct {
	dev, ino     uint64
	size         int64
	mode         uint32
	mtime, ctime int64 // nanoseconds
}

// genericStamp is the part that every file system provides.
func genericStamp(info fs.FileInfo) stamp {
	return stamp{size: info.Size(), mode: uint32(info.Mode()), mtime: info.ModTime().UnixNano()}
}

// plausible is the earliest believable time of a file. Reproducible builds set
// earlier ones: 0 and 1 (Nix, OSTree), 1980 (the first year in zip), 1985 (npm).
const plausible = 631_152_000 * int64(time.Second) // 1990-01-01T00:00:00Z

// identifies reports whether two files with this stamp at the same path have the
// same content.
//
// The modification time does not ensure that: anybody may set it, and builds set it
// to the same value for every version. The change time does, because the system
// sets it to the current time at every change. If there is none, or if the file
// system makes it up (squashfs, ISO 9660, FAT, SFTP), the content itself must be
// compared. Such file systems copy the modification time, which they store in whole
// seconds.
func (s stamp) identifies() bool { return s.ctime >= plausible && s.ctime%int64(time.Second) != 0 }

// changed is when the file last changed, according to the system, or zero if it
// does not say.
func (s stamp) changed() time.Time {
	t := s.ctime
	if !s.identifies() {
		t = max(s.mtime, s.ctime)
	}
	if t < plausible {
		return time.Time{}
	}
	return time.Unix(0, t)
}

// timeless reports whether a file has no modification time: embedded files have
// none, and reproducible archives have the epoch.
func timeless(t time.Time) bool { return t.IsZero() || t.Unix() == 0 }
