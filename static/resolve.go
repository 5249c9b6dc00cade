package static

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"syscall"
	"time"
)

// File describes a file without sending it.
type File struct {
	Name    string    // slash-separated, within its root; for a folder that of its index file
	Root    int       // index in Options.Roots
	Size    int64     // in bytes
	ModTime time.Time // of the file; zero if it has none, as embedded files
	Type    string    // as sent in Content-Type
	ETag    string    // as sent, with quotes; "" with Options.DisableETag
}

// Resolve returns the file that [Handler.ServeName] would send. It fails
// with an error that matches [ErrNotFound] or [ErrUnavailable].
func (h *Handler) Resolve(name string) (File, error) {
	e, err := h.lookUp(context.Background(), name)
	for try := 0; inMotion(err) && try < mostTries; try++ {
		e, err = h.lookUp(context.Background(), name)
	}
	if err != nil {
		return File{}, clientError(err)
	}
	f := File{Name: e.name, Root: e.root, Size: e.size, Type: e.contentType, ETag: e.etag}
	if !timeless(e.modTime) {
		f.ModTime = e.modTime
	}
	return f, nil
}

// lookUp is find for a name that did not come from a checked URL.
func (h *Handler) lookUp(ctx context.Context, name string) (*entry, error) {
	clean, folder, ok := nameOf(name)
	if !ok || !h.servable(clean) {
		return nil, ErrNotFound
	}
	return h.find(ctx, clean, folder)
}

// find returns the entry for a servable name from the first root that has it. If
// folder is set, only the index of a folder will do.
func (h *Handler) find(ctx context.Context, name string, folder bool) (*entry, error) {
	for i := range h.roots {
		key := cacheKey{root: i, name: name, folder: folder}
		known, ok := h.known(key)
		if ok {
			return known, nil
		}
		e, err := h.search(ctx, key)
		if gone(err) && known != nil {
			// The file was there before and may be about to be replaced: while a link on
			// its path is being reset, it can lead nowhere for somebody who is just
			// following it.
			h.cache.drop(known)
			e, err = h.search(ctx, key)
		}
		if err == nil {
			return e, nil
		}
		if unavailable(err) || inMotion(err) {
			// The next root may have another file of that name, but that would be the
			// wrong one.
			return nil, err
		}
	}
	return nil, ErrNotFound
}

// mostTries is how often a file that is being replaced or rewritten is tried again,
// after pauses of 0, 1, 2, 4 and 8 milliseconds.
const mostTries = 5

// What can happen to a file or its folder during a look-up.
var (
	errRestless = errors.New("the file keeps changing")
	errVanished = errors.New("the file has vanished")
	errEndless  = errors.New("the file has content and no size")
	errMoved    = errors.New("the folder keeps being replaced")
)

// inMotion reports whether trying again will help.
func inMotion(err error) bool {
	return err == errRestless || err == errVanished || err == errEndless || err == errMoved ||
		errors.Is(err, syscall.ESTALE) // a file on NFS that was replaced
}

// clientError turns an error about a file into [ErrNotFound] or [ErrUnavailable].
func clientError(err error) error {
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrUnavailable):
		return err
	case err == errVanished, err == errEndless:
		return ErrNotFound
	case unavailable(err), inMotion(err):
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return fmt.Errorf("%w: %w", ErrNotFound, err)
}

// extension returns the extension of a name in lower case, with its dot.
func extension(name string) string {
	return strings.ToLower(path.Ext(name[strings.LastIndexByte(name, '/')+1:]))
}
