package static

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// folderRoot is the folder at a path, whichever that is at the moment. The folder
// may be replaced, be reached through a link that is later pointed elsewhere,
// vanish and come back.
//
// Files are looked up and opened only through the [os.Root] of the folder. Two
// questions are asked by path, in one system call each: whether a name exists at
// all, and whether a file or the folder is still the one that was found. Somebody
// who can write into the folder can falsify these answers; the worst effect is that
// a file counts as missing or as changed.
type folderRoot struct {
	path   string // absolute
	at     string // path, in the form for stampAt
	logger *slog.Logger

	current atomic.Pointer[folder] // nil while there is no folder at the path
	looked  atomic.Int64           // when leadsNowhereElse last checked

	mu     sync.Mutex // guards the fields below, and replacing current
	closed bool
	lost   bool            // it was logged that there is no folder
	told   map[string]bool // names already logged for current
}

// folder is one opened folder.
type folder struct {
	generation
	root     *os.Root
	info     fs.FileInfo
	dev, ino uint64    // zero if the system does not tell
	bases    [2]string // paths by which absolute links may refer to the folder
	linked   bool      // the path to this folder contains links
}

// openings is how often a look-up is tried because the folder was replaced during
// it. Every try but the first takes another replacement within microseconds.
const openings = 5

// newFolderRoot opens a folder, which may be missing for now. Any other reason why
// it cannot be opened is an error.
func newFolderRoot(path string, logger *slog.Logger) (*folderRoot, error) {
	d := &folderRoot{path: path, at: stampPath(path, ""), logger: logger}
	if err := d.reopen(nil); err != nil && !gone(err) {
		return nil, err
	}
	return d, nil
}

// folder returns the current folder, or [fs.ErrNotExist].
func (d *folderRoot) folder() (*folder, error) {
	f := d.current.Load()
	if f != nil {
		return f, nil
	}
	err := d.reopen(nil)
	if f = d.current.Load(); f != nil {
		return f, nil
	}
	if unavailable(err) {
		return nil, err
	}
	return nil, fs.ErrNotExist
}

// reopen replaces old with the folder now at the path, unless another goroutine has
// replaced it. If that folder cannot be opened, it returns the error, and there is
// no current folder. If only file descriptors or memory are short, old stays.
func (d *folderRoot) reopen(old *folder) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return fs.ErrClosed
	}
	if d.current.Load() != old {
		return nil
	}
	f, err := openFolder(d.path)
	if unavailable(err) {
		return err
	}
	if f != nil && (old != nil || d.lost) {
		f.since = later(f.since, f.opened)
	}
	d.current.Store(f)
	d.told = nil
	d.report(old, f, err)
	if old != nil {
		// Calls in progress are not affected.
		if failed := old.root.Close(); failed != nil {
			d.logger.Debug("static: closing a folder failed", "folder", d.path, "error", failed)
		}
	}
	return err
}

// report logs what has become of the folder, once for every change.
func (d *folderRoot) report(old, now *folder, err error) {
	switch {
	case now == nil && !d.lost:
		d.lost = true
		d.logger.Warn("static: folder cannot be opened; its files are not found until it can", "folder", d.path, "error", err)
	case now != nil && d.lost:
		d.lost = false
		d.logger.Info("static: folder is there", "folder", d.path)
	case now != nil && old != nil:
		d.logger.Debug("static: folder was replaced", "folder", d.path)
	}
}

// openFolder opens the folder at a path.
func openFolder(path string) (*folder, error) {
	var r *os.Root
	var err error
	for range 2 {
		// Try twice: after a link was followed, and before its target is opened, the
		// link may be pointed elsewhere and the target removed.
		if r, err = os.OpenRoot(path); err == nil || !gone(err) {
			break
		}
	}
	if err != nil {
		return nil, err
	}
	info, err := r.Stat(".")
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f := &folder{root: r, info: info, bases: [2]string{path}, generation: generation{opened: time.Now()}}
	f.since, f.linked = newestLink(path)
	s := stampOf(info)
	f.dev, f.ino = s.dev, s.ino
	if real, err := filepath.EvalSymlinks(path); err == nil {
		f.bases[1] = real
	}
	return f, nil
}

// newestLink returns when the newest link in a path was made. If folders are
// replaced by pointing links elsewhere, the path has led to its folder since then.
func newestLink(path string) (newest time.Time, linked bool) {
	for {
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			linked = true
			newest = later(newest, stampOf(info).changed())
		}
		parent := filepath.Dir(path)
		if parent == path {
			return newest, linked
		}
		path = parent
	}
}

// nothingAt reports whether an error of stampAt means that nothing exists at the
// path.
func nothingAt(err error) bool { return gone(err) || errors.Is(err, syscall.ENOTDIR) }

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// leadsTo reports whether the path still leads to f, and replaces f if not. It
// fails if the new folder cannot be opened now.
func (d *folderRoot) leadsTo(f *folder) (bool, error) {
	if d.current.Load() != f {
		return false, nil
	}
	s, err := stampAt(d.at)
	switch {
	case err != nil && !nothingAt(err):
		// This process may have given up the right to walk the path after it opened the
		// folder.
		return true, nil
	case err == nil && f.ino != 0 && s.ino == f.ino && s.dev == f.dev:
		return true, nil
	case err == nil && f.ino == 0:
		if info, err := os.Stat(d.path); err == nil && os.SameFile(info, f.info) {
			return true, nil
		}
	}
	if err := d.reopen(f); unavailable(err) {
		return false, err
	}
	return false, nil
}

// stat looks a file up in the folder that is current at the end of the look-up.
func (d *folderRoot) stat(name string) (found, error) {
	path := d.pathOf(name)
	for range openings {
		s, err := stampAt(path)
		if nothingAt(err) {
			if d.leadsNowhereElse() {
				return found{}, fs.ErrNotExist
			}
			continue
		}
		f, err := d.folder()
		if err != nil {
			return found{}, err
		}
		info, err := f.stat(name)
		if err == nil && s.ino != 0 && stampOf(info) == s {
			return found{info, &f.generation}, nil // the path still leads to the folder
		}
		same, failed := d.leadsTo(f)
		if failed != nil {
			return found{}, failed
		}
		if same {
			d.explain(f, name, err)
			return found{info, &f.generation}, err
		}
	}
	return found{}, errMoved
}

// leadsNowhereElse reports whether a missing file was looked for in the folder that
// is at the path. If the path contains links, one may have been pointed elsewhere,
// and its old target removed, while the path was being walked. Otherwise the folder
// is checked only now and then, so that a missing folder is logged.
func (d *folderRoot) leadsNowhereElse() bool {
	const pause = 100 * time.Millisecond
	f := d.current.Load()
	if f == nil || !f.linked {
		now, last := time.Now().UnixNano(), d.looked.Load()
		if now-last < int64(pause) || !d.looked.CompareAndSwap(last, now) {
			return true
		}
	}
	// reopen logs failures here; a request for an existing file gets them as an
	// error.
	if f == nil {
		_ = d.reopen(nil)
		return d.current.Load() == nil
	}
	same, err := d.leadsTo(f)
	return same || err != nil
}

func (d *folderRoot) open(name string, gen *generation) (fs.File, error) {
	f, err := d.folder()
	if err != nil {
		return nil, vanished(err)
	}
	if &f.generation != gen {
		return nil, errMoved
	}
	file, err := f.open(name)
	if err != nil && d.current.Load() != f {
		return nil, errMoved
	}
	return file, vanished(err)
}

// explain logs, once for each name, why a file that seems to exist is not found.
func (d *folderRoot) explain(f *folder, name string, err error) {
	if err == nil || gone(err) || unavailable(err) || errors.Is(err, syscall.ENAMETOOLONG) || errors.Is(err, fs.ErrInvalid) {
		return
	}
	const most = 100 // names are chosen by clients
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.told[name] || len(d.told) >= most || d.current.Load() != f {
		return
	}
	if d.told == nil {
		d.told = map[string]bool{}
	}
	d.told[name] = true
	if escapes(err) {
		err = fmt.Errorf("a link leads out of the folder: %w", err)
	}
	d.logger.Warn("static: file is there and cannot be served", "folder", d.path, "name", name, "error", err)
}

func (d *folderRoot) pathOf(name string) string { return stampPath(d.path, name) }

// unchanged looks the file up in one system call, whereas [os.Root] needs several.
// That is safe even if the name now leads out of the root: nothing is opened, and
// anything but exactly the file that was read through the root counts as changed.
func (d *folderRoot) unchanged(e *entry) bool {
	s, err := stampAt(e.path)
	if err != nil || s != e.stamp {
		return false
	}
	if e.info == nil {
		return true
	}
	info, err := os.Stat(e.path)
	return err == nil && e.describes(info)
}

func (d *folderRoot) absent(path string) bool {
	s, err := stampAt(path)
	return err != nil || !s.regular()
}

func (d *folderRoot) close() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	f := d.current.Swap(nil)
	if f == nil {
		return nil
	}
	return f.root.Close()
}
