package static

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"syscall"
)

// mostLinks is how many links may be followed to reach one file.
const mostLinks = 40

func (f *folder) stat(name string) (fs.FileInfo, error) {
	info, err := f.root.Stat(local(name))
	if err != nil && escapes(err) {
		if other, ok := f.relative(name); ok {
			return f.root.Stat(local(other))
		}
	}
	return info, err
}

// open opens a file. It does not wait for a writer if name has become a pipe.
func (f *folder) open(name string) (fs.File, error) {
	file, err := f.root.OpenFile(local(name), os.O_RDONLY|nonblock, 0)
	if err != nil && escapes(err) {
		if other, ok := f.relative(name); ok {
			file, err = f.root.OpenFile(local(other), os.O_RDONLY|nonblock, 0)
		}
	}
	if err != nil {
		return nil, err // not a nil *os.File, which would be a non-nil fs.File
	}
	return file, nil
}

// escapes reports whether [os.Root] refused a name because the name, or a link on
// its way, leads out of the root. That error is not exported; all others are errors
// of the system or of package fs.
func escapes(err error) bool {
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return false
	}
	for _, other := range []error{fs.ErrNotExist, fs.ErrPermission, fs.ErrInvalid, fs.ErrClosed} {
		if errors.Is(err, other) {
			return false
		}
	}
	return true
}

// relative resolves the links on the way to a file, if some of them are absolute
// paths into the folder, and returns the name without links. [os.Root] refuses all
// absolute links (https://go.dev/issue/75335).
//
// The result is only a name. It is opened through the os.Root like any other, so
// links that change in the meantime can at worst lead to another file in the
// folder.
func (f *folder) relative(name string) (string, bool) {
	var done []string
	links := 0
	for rest := strings.Split(name, "/"); len(rest) > 0; {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			if len(done) == 0 {
				return "", false
			}
			done = done[:len(done)-1]
			continue
		}
		here := path.Join(append(done, part)...)
		info, err := f.root.Lstat(local(here))
		if err != nil {
			return "", false
		}
		if info.Mode()&fs.ModeSymlink == 0 {
			done = append(done, part)
			continue
		}
		target, err := f.root.Readlink(local(here))
		if links++; err != nil || links > mostLinks {
			return "", false
		}
		if filepath.IsAbs(target) {
			within, ok := f.within(target)
			if !ok {
				return "", false
			}
			target, done = within, done[:0]
		}
		rest = append(strings.Split(filepath.ToSlash(target), "/"), rest...)
	}
	return path.Join(done...), true
}

// within returns an absolute path relative to the folder, if it lies in it.
func (f *folder) within(target string) (string, bool) {
	target = filepath.Clean(target)
	for _, base := range f.bases {
		if base == "" {
			continue
		}
		if target == base {
			return ".", true
		}
		if rest, ok := strings.CutPrefix(target, strings.TrimSuffix(base, string(filepath.Separator))+string(filepath.Separator)); ok {
			return rest, true
		}
	}
	return "", false
}

func local(name string) string {
	if name == "" {
		return "."
	}
	return filepath.FromSlash(name)
}
