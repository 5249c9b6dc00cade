package jsclient

import (
	"bytes"
	"io/fs"
	"path"
	"time"
)

// fileSystem has one file, whose content does not change.
type fileSystem struct{ text []byte }

func (f fileSystem) Open(name string) (fs.File, error) {
	switch {
	case !fs.ValidPath(name):
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrInvalid}
	case name != Path:
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return file{bytes.NewReader(f.text)}, nil
}

// file is an open file; the reader also makes it an io.Seeker.
type file struct{ *bytes.Reader }

func (file) Close() error                 { return nil }
func (f file) Stat() (fs.FileInfo, error) { return info{f.Reader.Size()}, nil }

type info struct{ size int64 }

func (info) Name() string       { return path.Base(Path) }
func (i info) Size() int64      { return i.size }
func (info) Mode() fs.FileMode  { return 0o444 }
func (info) ModTime() time.Time { return time.Time{} } // as for embedded files
func (info) IsDir() bool        { return false }
func (info) Sys() any           { return nil }
