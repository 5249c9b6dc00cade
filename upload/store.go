package upload

import (
	"context"
	"io"
	"io/fs"
)

// Store is where files are stored, such as a [DirStore] or a [MemoryStore]. Your own can send
// files straight to their destination. It must be safe for concurrent use.
type Store interface {
	// Create begins a new, empty file. The fields Field, Name and Type of f are already set. They
	// come from the client: do not build a path from them. An error may choose its HTTP status by
	// a method StatusCode() int. Otherwise a full disk (see [ErrStoreFull]) is answered with 507,
	// any other error with 500.
	//
	// ctx has the values of the request's context, but neither the client nor a stop of the
	// server cancels it. So an Object may keep it, and Commit and Discard work even after the
	// client has left; then Discard is called. A store that talks to a server must limit the time
	// of its calls itself (context.WithTimeout).
	Create(ctx context.Context, f *File) (Object, error)
}

// Object is one file in a [Store]. Only one goroutine at a time calls its methods: Write for all
// of the content, then Commit once if the upload is complete, and Discard if the file is not
// kept, because of a failure, or because its request ended without Keep. After Create either
// Discard is called, or Keep or MoveTo releases the file from its request.
//
// An Object may have further methods, on which methods of [File] depend:
//
//	Open() (io.ReadSeekCloser, error) // for File.Open, after Commit
//	Path() string                     // for File.Path
//	Keep() error                      // called by File.Keep
//	MoveTo(path string) error         // called by File.MoveTo instead of copying
//
// [File.Object] gives handlers the Object itself, with all its other methods.
type Object interface {
	// Write appends to the file. It must not keep p.
	io.Writer

	// Commit completes the file.
	Commit() error

	// Discard removes the file, committed or not.
	Discard() error
}

// These are the optional methods of an Object.
type (
	opener interface {
		Open() (io.ReadSeekCloser, error)
	}
	pather interface{ Path() string }
	keeper interface{ Keep() error }
	mover  interface{ MoveTo(path string) error }

	// modeMover is a mover that supports Options.MoveMode.
	modeMover interface {
		moveTo(path string, mode fs.FileMode) error
	}
)
