package upload

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// These form the names of files: a prefix, 128 random bits in hex, and possibly an extension.
const (
	namePrefix  = "sidekick-upload-"       // of a file that a request holds
	loosePrefix = "sidekick-upload-loose-" // of a file that its request does not hold
	movePrefix  = "sidekick-upload-move-"  // of an unfinished copy for MoveTo
	keptPrefix  = "sidekick-kept-"         // of a kept file
	nameBytes   = 16
)

// DirStoreOptions configures a [DirStore]. The zero value is safe to use.
type DirStoreOptions struct {
	_ struct{}

	// Dir is the folder, which must exist and be writable. The default is the one for temporary
	// files, os.TempDir. A folder in which every user may rename and remove other users' files is
	// refused; if no other user has a process, as in most containers, it is accepted with a
	// warning.
	Dir string

	// KeepExtensions gives files the extension of the client's name, if it has only letters and
	// digits, at most 16 of them. Do not set it if a web server serves or runs files in the
	// folder.
	KeepExtensions bool

	// SweepInterval is how often the store looks for files that killed processes left behind:
	// when the first file is created, and again when a file is created at least this much later.
	// The default is 10 minutes. A negative value means only when Sweep is called. See
	// [DirStore.Sweep].
	SweepInterval time.Duration

	// Logger logs what these sweeps remove, at level info; a sweep that fails, as a warning,
	// which is not repeated until it changes; and the warning about Dir. The default is
	// slog.Default at the time of logging.
	Logger *slog.Logger

	proc string // the folder that lists processes; "" for /proc
}

// WithDefaults returns the options as [NewDirStore] uses them: what is zero has its default. Dir is
// then the folder for temporary files of this process. A Logger that is nil stays nil.
func (o DirStoreOptions) WithDefaults() DirStoreOptions {
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	o.SweepInterval = cmp.Or(o.SweepInterval, defaultSweepInterval)
	return o
}

// DirStore stores files in a folder, under random names that begin with "sidekick-upload-" (kept
// files: "sidekick-kept-"), readable by this process's user alone. It is safe for concurrent use.
//
// Files are removed when their form is closed. Files that a killed process left behind are
// removed when others are created: see [DirStore.Sweep]. Several processes may share a folder.
// For each file of a running request the process holds a lock, which takes a file descriptor; it
// holds at most 256 locks, and further files have none.
type DirStore struct {
	dir            string
	keepExtensions bool
	held           atomic.Int64 // number of locks
	sweeper        sweeper
}

// maxHeld limits the locks of a store.
const maxHeld = 256

// NewDirStore checks the folder, by creating and removing a file in it, and returns a store.
func NewDirStore(o DirStoreOptions) (*DirStore, error) {
	o = o.WithDefaults()
	problems := cfgerr.For("upload")
	abs, err := filepath.Abs(o.Dir)
	if err == nil {
		err = o.checkDir(abs)
	}
	if err != nil {
		problems.Add("Dir", o.Dir, "%v", err)
		return nil, problems.Err()
	}
	s := &DirStore{dir: abs, keepExtensions: o.KeepExtensions}
	s.sweeper.logger = failure.Logger(o.Logger)
	s.sweeper.interval = o.SweepInterval
	return s, nil
}

func (o *DirStoreOptions) checkDir(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("want a folder")
	}
	if err := o.checkMode(dir, info.Mode()); err != nil {
		return err
	}
	probe, err := createObject(dir, namePrefix, "")
	if err != nil {
		return err
	}
	return probe.Discard()
}

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

// Create begins a file: see [Store].
func (s *DirStore) Create(_ context.Context, f *File) (Object, error) {
	s.sweepNowAndThen()
	ext := ""
	if s.keepExtensions {
		ext = extension(f.Name)
	}
	if s.held.Add(1) > maxHeld {
		s.held.Add(-1)
		return createObject(s.dir, loosePrefix, ext)
	}
	letGo := func() { s.held.Add(-1) }
	o, err := createObject(s.dir, namePrefix, ext)
	if err != nil {
		letGo()
		return nil, err
	}
	if o.hold == nil { // the file system has no locks
		letGo()
		return o, nil
	}
	o.letGo = letGo
	return o, nil
}

// dirObject is one file in a folder.
type dirObject struct {
	path  string
	file  *os.File // nil once committed or discarded
	hold  *os.File // protects the file from sweeps; may be nil
	letGo func()   // called when hold is closed; may be nil
}

// createObject makes a new file with an unpredictable, unused name.
func createObject(dir, prefix, ext string) (*dirObject, error) {
	for {
		var id [nameBytes]byte
		rand.Read(id[:])
		path := filepath.Join(dir, prefix+hex.EncodeToString(id[:])+ext)
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return nil, err
		}
		o := &dirObject{path: path, file: file}
		if prefix == loosePrefix {
			return o, nil
		}
		o.hold, err = holdFile(file)
		if err == nil {
			return o, nil
		}
		err = errors.Join(err, o.Discard())
		if !errors.Is(err, errSwept) {
			return nil, err
		}
	}
}

// errSwept: a sweep found a new file before it was held.
var errSwept = errors.New("upload: swept")

func (o *dirObject) Write(p []byte) (int, error) { return o.file.Write(p) }

func (o *dirObject) Commit() error {
	file := o.file
	o.file = nil
	return file.Close()
}

func (o *dirObject) Discard() error {
	var errs []error
	if o.file != nil {
		errs = append(errs, o.Commit())
	}
	if !removesHeld {
		o.release()
	}
	if err := os.Remove(o.path); !errors.Is(err, fs.ErrNotExist) { // not already removed by others
		errs = append(errs, err)
	}
	o.release()
	return errors.Join(errs...)
}

// release makes the file available to sweeps.
func (o *dirObject) release() {
	if o.hold == nil {
		return
	}
	_ = o.hold.Close() // nothing was written through it
	o.hold = nil
	if o.letGo != nil {
		o.letGo()
	}
}

func (o *dirObject) Path() string { return o.path }

func (o *dirObject) Open() (io.ReadSeekCloser, error) { return os.Open(o.path) }

// Keep renames the file, so that sweeps leave it alone.
func (o *dirObject) Keep() error {
	dir, name := filepath.Split(o.path)
	id := strings.TrimPrefix(strings.TrimPrefix(name, loosePrefix), namePrefix)
	kept := filepath.Join(dir, keptPrefix+id)
	if err := o.rename(kept); err != nil {
		return err
	}
	o.path = kept
	return nil
}

func (o *dirObject) moveTo(path string, mode fs.FileMode) error {
	if mode != defaultMoveMode {
		if err := os.Chmod(o.path, mode); err != nil {
			return err
		}
	}
	return o.rename(path)
}

// rename moves the file to a path that sweeps leave alone.
func (o *dirObject) rename(path string) error {
	if !removesHeld {
		_ = os.Chtimes(o.path, time.Time{}, time.Now()) // too young for any sweep
		o.release()
	}
	if err := os.Rename(o.path, path); err != nil {
		return err
	}
	o.release()
	return nil
}
