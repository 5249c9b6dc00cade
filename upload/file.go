package upload

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// File is one uploaded file. It belongs to its request and is removed when the form is closed,
// unless [File.Keep] or [File.MoveTo] was called before. Its methods are safe for concurrent use;
// its fields must not be changed.
type File struct {
	Field        string    // the form field; never empty
	Name         string    // the client's name of the file, cleaned: see the package comment; may be ""
	Type         string    // the type that the client declared; "" if it declared none
	DetectedType string    // the type detected from the first 512 bytes
	Size         int64     // in bytes
	Path         string    // its path, if it is in a folder; otherwise ""
	ModTime      time.Time // when its last byte was stored
	Hash         string    // in hex, if Options.Hash is set; otherwise ""

	mode    fs.FileMode // set by MoveTo
	mu      sync.Mutex
	object  Object
	settled bool   // kept, moved or discarded
	release func() // returns its share of the limits in flight
}

// MarshalJSON encodes the file as in Actionhero: path, name, type, size, lastModifiedDate and
// hash (null if none was computed).
func (f *File) MarshalJSON() ([]byte, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var sum *string
	if f.Hash != "" {
		sum = &f.Hash
	}
	return json.Marshal(struct {
		Path    string    `json:"path"`
		Name    string    `json:"name"`
		Type    string    `json:"type"`
		Size    int64     `json:"size"`
		ModTime time.Time `json:"lastModifiedDate"`
		Hash    *string   `json:"hash"`
	}{f.Path, f.Name, f.Type, f.Size, f.ModTime.UTC(), sum})
}

var (
	errGone       = fmt.Errorf("upload: the file was removed with its form, or moved: %w", os.ErrNotExist)
	errUnreadable = fmt.Errorf("upload: the store's files cannot be opened: %w", errors.ErrUnsupported)
)

// Open opens the file for reading. The error matches os.ErrNotExist once the file is gone, and
// errors.ErrUnsupported if the store's objects have no method Open.
func (f *File) Open() (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open()
}

func (f *File) open() (io.ReadSeekCloser, error) {
	if f.object == nil {
		return nil, errGone
	}
	o, ok := f.object.(opener)
	if !ok {
		return nil, errUnreadable
	}
	return o.Open()
}

// Object returns the store's own object, for what a [Store] knows about a file beyond its Path,
// such as an ETag or a version. The caller asserts its type. It is nil if the file was removed
// with its form, or moved to a place that the store does not know.
func (f *File) Object() Object {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, moved := f.object.(placed); moved {
		return nil
	}
	return f.object
}

// Keep releases the file from its request: closing the form no longer removes it. In a [DirStore]
// it gets a new name, so that no sweep removes it either: read Path after Keep.
func (f *File) Keep() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.object == nil {
		return errGone
	}
	if f.settled {
		return nil
	}
	if k, ok := f.object.(keeper); ok {
		if err := k.Keep(); err != nil {
			return err
		}
	}
	f.setPath()
	f.settle()
	return nil
}

// MoveTo moves the file to path, whose folder must exist, and releases it from its request. The
// file gets the permissions of Options.MoveMode, by default 0600, which no other user can read; a
// Store whose objects have a method MoveTo decides itself. An existing file at path is replaced,
// including its permissions. On the way to another file system, or from a store that is not a
// folder, the file is copied first and appears at path once it is complete. If the process is
// killed during that time, a copy named "sidekick-upload-move-…" stays in the folder until the
// sweep of a [DirStore] there. Never build path from the client's Name.
func (f *File) MoveTo(path string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.object == nil {
		return errGone
	}
	moved := false
	switch o := f.object.(type) {
	case modeMover:
		moved = o.moveTo(path, f.mode) == nil
	case mover:
		moved = o.MoveTo(path) == nil
	}
	if !moved {
		if err := f.copyTo(path); err != nil {
			return err
		}
		if err := f.object.Discard(); err != nil {
			return err
		}
	}
	f.Path = path
	f.object = placed(path)
	f.settle()
	return nil
}

// copyTo copies the file to path through a temporary name beside it.
func (f *File) copyTo(path string) (err error) {
	from, err := f.open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := createObject(filepath.Dir(path), movePrefix, "")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, to.Discard())
		}
	}()
	if _, err = io.Copy(to, from); err != nil {
		return err
	}
	if err = to.Commit(); err != nil {
		return err
	}
	return to.moveTo(path, f.mode)
}

// discard removes the file unless it was kept.
func (f *File) discard() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.settled {
		return nil
	}
	f.settle()
	object := f.object
	f.object = nil
	f.Path = ""
	return object.Discard()
}

func (f *File) settle() {
	if !f.settled {
		f.settled = true
		f.release()
	}
}

func (f *File) setPath() {
	if p, ok := f.object.(pather); ok {
		f.Path = p.Path()
	}
}

// placed is a file that was moved to a path that the program chose.
type placed string

func (p placed) Open() (io.ReadSeekCloser, error) { return os.Open(string(p)) }
func (p placed) Write([]byte) (int, error)        { return 0, errors.ErrUnsupported }
func (p placed) Commit() error                    { return nil }
func (p placed) Discard() error                   { return os.Remove(string(p)) }

func (p placed) moveTo(path string, _ fs.FileMode) error { return os.Rename(string(p), path) }
