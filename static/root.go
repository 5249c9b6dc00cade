package static

import (
	"errors"
	"io/fs"
	"time"
)

// root is one source of files. Names are those of nameOf.
type root interface {
	stat(name string) (found, error)
	// open opens a file that was found. It fails with errMoved if the folder in which
	// it was found has been replaced, and with errVanished if the file is gone.
	open(name string, gen *generation) (fs.File, error)
	// unchanged reports whether a file is still as described by e.
	unchanged(e *entry) bool
	// absent reports whether there is no regular file at a path from pathOf.
	absent(path string) bool
	// pathOf returns what unchanged and absent need to find a file again.
	pathOf(name string) string
	close() error
}

// found is a file as it was found.
type found struct {
	fs.FileInfo
	gen *generation // nil if the root is never replaced
}

// generation is the time during which a root's path leads to one folder.
type generation struct {
	since  time.Time // when the path came to lead here; zero if unknown
	opened time.Time // when this process noticed, by its own clock
}

// fsRoot is any file system.
type fsRoot struct{ fsys fs.FS }

func (f fsRoot) stat(name string) (found, error) {
	info, err := fs.Stat(f.fsys, slashed(name))
	return found{FileInfo: info}, err
}

func (f fsRoot) open(name string, _ *generation) (fs.File, error) {
	file, err := f.fsys.Open(slashed(name))
	return file, vanished(err)
}

// vanished converts an error about a file that was found before: if it is gone,
// that is errVanished.
func vanished(err error) error {
	if gone(err) {
		return errVanished
	}
	return err
}

// gone reports whether an error says that nothing has that name.
func gone(err error) bool { return errors.Is(err, fs.ErrNotExist) }

func (f fsRoot) pathOf(name string) string { return name }

func (f fsRoot) unchanged(e *entry) bool {
	if timeless(e.modTime) {
		return true // FS documents that such files do not change
	}
	info, err := fs.Stat(f.fsys, e.path)
	return err == nil && stampOf(info) == e.stamp
}

func (f fsRoot) absent(path string) bool {
	info, err := fs.Stat(f.fsys, slashed(path))
	return err != nil || !info.Mode().IsRegular()
}

func (f fsRoot) close() error { return nil }

func slashed(name string) string {
	if name == "" {
		return "."
	}
	return name
}
