package upload

import (
	"context"
	"io"
	"io/fs"
)

// Store is where files go. [DirStore] and [MemoryStore] are two; one of your
// own sends them straight to where they belong. It must be safe for concurrent
// use.
type Store interface {
	// Create begins a new, empty file. Of f, the fields Field, Name and Type
	// are known by then, all of them the client's words: do not make a path of
	// them. An error may say its HTTP status by a method StatusCode() int;
	// otherwise what says that there is no space left (see [ErrStoreFull]) is
	// a 507 and everything else a 500.
	//
	// ctx has the values of the request's context, and no end: neither the
	// client nor the server's stop ends it. So the Object may hold it for as
	// long as it lives, and Commit and Discard work with it after the client
	// has left. A store that talks to a server limits the time of its calls
	// itself (context.WithTimeout). When the client leaves, Discard is called.
	Create(ctx context.Context, f *File) (Object, error)
}

// Object is one file in a [Store]. Its methods are called by one goroutine at
// a time: Write until everything was written, then Commit once if the upload
// is whole, and Discard when the file is not to be kept: after a failure, or
// when its request has ended and nobody has kept it. After Create either
// Discard is called, or Keep or MoveTo has taken the file out of its request.
//
// An Object may have more methods, which make more of a [File]:
//
//	Open() (io.ReadSeekCloser, error) // for File.Open, after Commit
//	Path() string                     // for File.Path
//	Keep() error                      // called by File.Keep
//	MoveTo(path string) error         // called by File.MoveTo instead of copying
//
// [File.Object] gives handlers the Object itself, with whatever else it has.
type Object interface {
	// Write appends to the file. It must not keep p.
	io.Writer

	// Commit ends a file that is whole.
	Commit() error

	// Discard removes the file, committed or not.
	Discard() error
}

// The optional methods of an Object.
type (
	opener interface {
		Open() (io.ReadSeekCloser, error)
	}
	pather interface{ Path() string }
	keeper interface{ Keep() error }
	mover  interface{ MoveTo(path string) error }

	// modeMover is a mover that can do what Options.MoveMode says.
	modeMover interface {
		moveTo(path string, mode fs.FileMode) error
	}
)
