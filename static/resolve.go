package static

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// File is what is known of a file without sending it.
type File struct {
	Name    string    // slash-separated, within its root; the index file's for a folder
	Root    int       // index in Options.Roots
	Size    int64     // in bytes
	ModTime time.Time // of the file; zero for files without one, such as embedded files
	Type    string    // as sent in Content-Type
	ETag    string    // as sent, with quotes; "" with Options.DisableETag
}

// Resolve tells which file [Handler.ServeName] would answer with. It fails with
// an error that matches [ErrNotFound] or [ErrUnavailable].
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

// lookUp is find for a name that no URL has been checked for.
func (h *Handler) lookUp(ctx context.Context, name string) (*entry, error) {
	clean, folder, ok := nameOf(name)
	if !ok || !h.servable(clean) {
		return nil, ErrNotFound
	}
	return h.find(ctx, clean, folder)
}

// find returns the entry for a servable name from the first root that has it.
// folder tells that only a folder's index will do.
func (h *Handler) find(ctx context.Context, name string, folder bool) (*entry, error) {
	for i := range h.roots {
		key := cacheKey{root: i, name: name, folder: folder}
		if e := h.cache.get(key); e != nil && h.valid(e) {
			return e, nil
		}
		e, err := h.search(ctx, key)
		if err == nil {
			return e, nil
		}
		if unavailable(err) || inMotion(err) {
			// The next root may have another file of that name: to answer with
			// that one would be wrong.
			return nil, err
		}
	}
	return nil, ErrNotFound
}

// search looks for a file in a root, under all the names that it may have
// there, and makes its entry.
func (h *Handler) search(ctx context.Context, key cacheKey) (*entry, error) {
	s := search{h: h, key: key}
	s.names = s.few[:0]
	folder := key.folder
	if !folder {
		f, err := s.look(key.name)
		if regular(f, err) {
			return s.take(ctx, key.name, f)
		}
		folder = err == nil && f.IsDir()
	}
	for i := 0; folder && i < len(h.index) && s.err == nil; i++ {
		name := path.Join(key.name, h.index[i])
		if f, err := s.look(name); regular(f, err) && h.servable(name) {
			s.index = !key.folder
			return s.take(ctx, name, f)
		}
	}
	if h.cleanURLs && !key.folder && key.name != "" && s.err == nil {
		name := key.name + ".html"
		if f, err := s.look(name); regular(f, err) && h.servable(name) {
			return s.take(ctx, name, f)
		}
	}
	if h.alone && s.err == nil {
		if e := s.encoded(); e != nil {
			return e, nil
		}
	}
	if s.err != nil {
		return nil, s.err
	}
	return nil, fs.ErrNotExist
}

// search is one search for one name.
type search struct {
	h     *Handler
	key   cacheKey
	names []string // looked at, in order; all but the last without success
	few   [4]string
	index bool  // a folder's index is looked for, whose name was given without a slash
	err   error // ends the search
}

// look finds out what a name stands for.
func (s *search) look(name string) (found, error) {
	s.names = append(s.names, name)
	f, err := s.h.roots[s.key.root].stat(name)
	if unavailable(err) || err == errMoved {
		s.err = err
	}
	return f, err
}

// take makes the entry of the file that was looked at last. If another file
// came first once it appears, the entry says so: a folder in its place would
// not have what was found.
func (s *search) take(ctx context.Context, name string, f found) (*entry, error) {
	e := &entry{key: s.key, root: s.key.root, name: name, index: s.index}
	s.missed(e, s.names[:len(s.names)-1])
	return s.h.remember(ctx, e, f)
}

// missed notes which names come before the one that an entry is for. The name
// of a folder is not one of them while a file below it is there.
func (s *search) missed(e *entry, names []string) {
	for _, name := range names {
		if !strings.HasPrefix(e.name, name+"/") && name != "" {
			e.missed = append(e.missed, s.h.roots[s.key.root].pathOf(name))
		}
	}
}

// encoded returns an entry for a file that is there in encoded form only.
func (s *search) encoded() *entry {
	tried := s.names
	for _, name := range tried {
		for _, coding := range s.h.codings {
			file := name + extensionOf[coding]
			if !s.h.servable(name) || !s.h.servable(file) {
				continue
			}
			f, err := s.look(file)
			if !regular(f, err) {
				continue
			}
			e := &entry{key: s.key, root: s.key.root, name: file, alone: name, index: s.index, contentType: s.h.typeOf(name)}
			s.missed(e, tried)
			s.h.describe(e, f)
			s.h.cache.put(e)
			return e
		}
	}
	return nil
}

// mostTries is how often a file that is being replaced or rewritten is looked
// at again, after pauses of 0, 1, 2, 4 and 8 milliseconds.
const mostTries = 5

// What a file or its folder went through while it was looked at.
var (
	errRestless = errors.New("the file keeps changing")
	errVanished = errors.New("the file has vanished")
	errMoved    = errors.New("the folder keeps being replaced")
)

// inMotion tells whether looking once more will help.
func inMotion(err error) bool {
	return errors.Is(err, errRestless) || errors.Is(err, errVanished) || errors.Is(err, errMoved)
}

// clientError turns what went wrong with a file into [ErrNotFound] or
// [ErrUnavailable].
func clientError(err error) error {
	switch {
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, errVanished):
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
