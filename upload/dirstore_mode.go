package upload

import (
	"cmp"
	"errors"
	"io/fs"
	"runtime"

	"github.com/sidekick-http/sidekick/internal/failure"
)

// checkMode checks the mode of a folder for uploads.
//
// If every user may write to a folder without a sticky bit, others can replace uploads by their
// own files. Some containers cannot avoid such folders: an emptyDir of Kubernetes is one, and
// nothing in the pod can change it. Where there are no other users, it is accepted.
func (o *DirStoreOptions) checkMode(dir string, mode fs.FileMode) error {
	if runtime.GOOS == "windows" || mode.Perm()&0o002 == 0 || mode&fs.ModeSticky != 0 {
		return nil
	}
	if !isSoleUser(cmp.Or(o.proc, "/proc")) {
		return errors.New("want a folder in which other users cannot rename and remove files (every user may write to it, and it has no sticky bit)")
	}
	failure.Logger(o.Logger).Warn("upload: every user may rename and remove files in the folder of uploads, which is accepted because no other user has a process here", "dir", dir, "mode", mode.String())
	return nil
}
