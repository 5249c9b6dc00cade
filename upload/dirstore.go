package upload

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// The names of files: a prefix, 128 random bits in hex, perhaps an extension.
const (
	namePrefix = "sidekick-upload-" // of a file that belongs to a request
	keptPrefix = "sidekick-kept-"   // of a file that was kept
	nameBytes  = 16
)

// DirStoreOptions configures a [DirStore]. The zero value is safe to use.
type DirStoreOptions struct {
	_ struct{}

	// Dir is the folder, which must be there and be writable. By default it is
	// the one for temporary files, os.TempDir. A folder in which every user may
	// rename and remove what belongs to others is refused.
	Dir string

	// KeepExtensions gives files the extension of the client's name, if it has
	// only letters and digits, at most 16 of them. Do not set it for a folder
	// that a web server shows or runs files of.
	KeepExtensions bool
}

// DirStore stores files in a folder: under random names that begin with
// "sidekick-upload-" (one that was kept: "sidekick-kept-"), readable by this
// process' user alone. It is safe for concurrent use.
//
// Files are removed when their form is closed. Those that a killed process has
// left behind are for [DirStore.Sweep].
type DirStore struct {
	dir            string
	keepExtensions bool
}

// NewDirStore checks the folder, by creating and removing a file in it, and
// returns a store.
func NewDirStore(o DirStoreOptions) (*DirStore, error) {
	problems := cfgerr.For("upload")
	dir := o.Dir
	if dir == "" {
		dir = os.TempDir()
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		problems.Add("Dir", dir, "%v", err)
		return nil, problems.Err()
	}
	s := &DirStore{dir: abs, keepExtensions: o.KeepExtensions}
	if err := s.check(); err != nil {
		problems.Add("Dir", dir, "%v", err)
		return nil, problems.Err()
	}
	return s, nil
}

func (s *DirStore) check() error {
	info, err := os.Stat(s.dir)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return errors.New("want a folder")
	}
	if mode := info.Mode(); runtime.GOOS != "windows" && mode.Perm()&0o002 != 0 && mode&fs.ModeSticky == 0 {
		return errors.New("want a folder in which other users cannot rename and remove files (every user may write to it, and it has no sticky bit)")
	}
	probe, err := s.create("")
	if err != nil {
		return err
	}
	return errors.Join(probe.Close(), os.Remove(probe.Name()))
}

// create makes a new file of a name that nobody can guess or have taken.
func (s *DirStore) create(ext string) (*os.File, error) {
	var id [nameBytes]byte
	rand.Read(id[:])
	path := filepath.Join(s.dir, namePrefix+hex.EncodeToString(id[:])+ext)
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
}

// Create begins a file: see [Store].
func (s *DirStore) Create(_ context.Context, f *File) (Object, error) {
	ext := ""
	if s.keepExtensions {
		ext = extension(f.Name)
	}
	file, err := s.create(ext)
	if err != nil {
		return nil, err
	}
	return &dirObject{file: file, path: file.Name()}, nil
}

// Sweep removes the files of requests, not those that were kept, that nothing
// was written to for olderThan or longer: left-overs of a process that was
// killed. It returns how many it has removed, and goes on after an error. Let
// olderThan be more than the longest time that a request holds its files,
// since other processes may be using the folder at this moment: some hours.
func (s *DirStore) Sweep(olderThan time.Duration) (removed int, err error) {
	before := time.Now().Add(-olderThan)
	entries, err := os.ReadDir(s.dir)
	errs := []error{err}
	for _, entry := range entries {
		if !isRequestFile(entry.Name()) || !entry.Type().IsRegular() {
			continue
		}
		info, err := entry.Info()
		if err == nil && !info.ModTime().After(before) {
			if err = os.Remove(filepath.Join(s.dir, entry.Name())); err == nil {
				removed++
			}
		}
		if !errors.Is(err, fs.ErrNotExist) { // its request has ended meanwhile
			errs = append(errs, err)
		}
	}
	return removed, errors.Join(errs...)
}

// isRequestFile tells the store's own names from others.
func isRequestFile(name string) bool {
	id, ok := strings.CutPrefix(name, namePrefix)
	if !ok {
		return false
	}
	if i := strings.IndexByte(id, '.'); i >= 0 {
		if extension(id) != id[i:] {
			return false
		}
		id = id[:i]
	}
	b, err := hex.DecodeString(id)
	return err == nil && len(b) == nameBytes
}

// dirObject is one file of a DirStore.
type dirObject struct {
	file *os.File // nil once it is committed or discarded
	path string
}

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
	if err := os.Remove(o.path); !errors.Is(err, fs.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

func (o *dirObject) Path() string { return o.path }

func (o *dirObject) Open() (io.ReadSeekCloser, error) { return os.Open(o.path) }

func (o *dirObject) MoveTo(path string) error { return os.Rename(o.path, path) }

// Keep renames the file, so that no sweep takes it for a left-over.
func (o *dirObject) Keep() error {
	dir, name := filepath.Split(o.path)
	kept := filepath.Join(dir, keptPrefix+strings.TrimPrefix(name, namePrefix))
	if err := os.Rename(o.path, kept); err != nil {
		return err
	}
	o.path = kept
	return nil
}
