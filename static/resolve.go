package static

import (
	"fmt"
	"io/fs"
	"path"
	"strings"
	"time"
)

// File is what is known of a file without reading it.
type File struct {
	Name    string    // slash-separated, within its root; the index file's for a folder
	Root    int       // index in Options.Roots
	Size    int64     // in bytes
	ModTime time.Time // zero for files without one, such as embedded files
	Type    string    // as sent in Content-Type
	ETag    string    // as sent, with quotes; "" with Options.DisableETag
}

// Resolve tells which file [Handler.ServeName] would answer with. It fails with
// an error that matches [ErrNotFound] or [ErrUnavailable].
func (h *Handler) Resolve(name string) (File, error) {
	e, err := h.lookUp(name)
	if err != nil {
		return File{}, err
	}
	f := File{Name: e.name, Root: e.root, Size: e.size, Type: e.contentType, ETag: e.etag}
	if !timeless(e.modTime) {
		f.ModTime = e.modTime
	}
	return f, nil
}

// lookUp is find for a name that no URL has been checked for.
func (h *Handler) lookUp(name string) (*entry, error) {
	clean, folder, ok := nameOf(name)
	if !ok || !h.servable(clean) {
		return nil, ErrNotFound
	}
	return h.find(clean, folder)
}

// find returns the entry for a servable name from the first root that has it.
// folder tells that only a folder's index will do.
func (h *Handler) find(name string, folder bool) (*entry, error) {
	for i := range h.roots {
		e, err := h.findIn(i, name, folder)
		if err == nil {
			return e, nil
		}
		if unavailable(err) {
			// The next root may have another file of that name: to answer with
			// that one would be wrong.
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
	}
	return nil, ErrNotFound
}

func (h *Handler) findIn(i int, name string, folder bool) (*entry, error) {
	r := h.roots[i]
	key := cacheKey{root: i, name: name, folder: folder}
	if e := h.cache.get(key); e != nil && r.unchanged(e) {
		return e, nil
	}
	if folder {
		if h.index == "" {
			return nil, fs.ErrNotExist
		}
		name = path.Join(name, h.index)
	}
	info, err := r.stat(name)
	if err == nil && info.IsDir() && !folder && h.index != "" {
		name = path.Join(name, h.index)
		info, err = r.stat(name)
	}
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	return h.remember(key, name, info)
}

// remember makes the entry for a file and keeps it under key.
func (h *Handler) remember(key cacheKey, name string, info fs.FileInfo) (*entry, error) {
	if !timeless(info.ModTime()) || !h.etags {
		e := h.newEntry(key, name, info)
		h.cache.put(e)
		return e, nil
	}
	h.hashing.Lock()
	defer h.hashing.Unlock()
	if e := h.cache.get(key); e != nil && e.name == name && e.stamp == stampOf(info) {
		return e, nil // another request has just done it
	}
	e, err := h.hashed(key, name)
	if err == nil {
		h.cache.put(e)
	}
	return e, err
}

// extension returns the extension of a name in lower case, with its dot.
func extension(name string) string {
	return strings.ToLower(path.Ext(name[strings.LastIndexByte(name, '/')+1:]))
}
