package static

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// root is one opened place that files come from. Names are those of nameOf.
type root interface {
	stat(name string) (fs.FileInfo, error)
	open(name string) (fs.File, error)
	// unchanged tells whether a file is still as e has it.
	unchanged(e *entry) bool
	// pathOf returns what unchanged needs to find the file again.
	pathOf(name string) string
	close() error
}

// stamp identifies one state of one file: two stamps are equal only if nothing
// has changed. What a system does not tell is zero.
type stamp struct {
	dev, ino     uint64
	size         int64
	mode         uint32
	mtime, ctime int64 // nanoseconds
}

// genericStamp is what every file system tells.
func genericStamp(info fs.FileInfo) stamp {
	return stamp{size: info.Size(), mode: uint32(info.Mode()), mtime: info.ModTime().UnixNano()}
}

// changed is when the file was last touched, as far as the system tells.
func (s stamp) changed() time.Time { return time.Unix(0, max(s.mtime, s.ctime)) }

// timeless tells whether a modification time says nothing: embedded files have
// none, and archives made to be reproducible have the epoch.
func timeless(t time.Time) bool { return t.IsZero() || t.Unix() == 0 }

// dirRoot is a folder on disk.
type dirRoot struct {
	root   *os.Root
	folder folder
}

func openDir(path string) (*dirRoot, error) {
	r, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	f, err := newFolder(r, path)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &dirRoot{r, f}, nil
}

func (d *dirRoot) stat(name string) (fs.FileInfo, error) { return d.root.Stat(local(name)) }

// open does not wait for a writer where name has become a pipe.
func (d *dirRoot) open(name string) (fs.File, error) {
	return d.root.OpenFile(local(name), os.O_RDONLY|nonblock, 0)
}

func (d *dirRoot) pathOf(name string) string { return d.folder.pathOf(name) }

// unchanged looks the file up in one system call, where [os.Root] needs several.
// That is safe although the name may lead out of the root meanwhile: nothing is
// opened, and whatever is not exactly the file that was read through the root
// counts as changed.
func (d *dirRoot) unchanged(e *entry) bool {
	s, err := d.folder.stamp(e.path)
	return err == nil && s == e.stamp
}

func (d *dirRoot) close() error { return errors.Join(d.root.Close(), d.folder.close()) }

func local(name string) string {
	if name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}

// fsRoot is any other file system.
type fsRoot struct{ fsys fs.FS }

func (f fsRoot) stat(name string) (fs.FileInfo, error) { return fs.Stat(f.fsys, slashed(name)) }

func (f fsRoot) open(name string) (fs.File, error) { return f.fsys.Open(slashed(name)) }

func (f fsRoot) pathOf(name string) string { return name }

func (f fsRoot) unchanged(e *entry) bool {
	if timeless(e.modTime) {
		return true // FS documents that such files do not change
	}
	info, err := fs.Stat(f.fsys, e.path)
	return err == nil && stampOf(info) == e.stamp
}

func (f fsRoot) close() error { return nil }

func slashed(name string) string {
	if name == "" {
		return "."
	}
	return name
}
