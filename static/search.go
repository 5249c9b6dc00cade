package static

import (
	"context"
	"io/fs"
	"path"
	"strings"

	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

// search looks for a file in a root, under all the names that it may have there,
// and makes its entry.
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
	names []string // tried, in order; all but the last in vain
	few   [4]string
	index bool  // it looks for the index of a folder whose name was given without a slash
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

// take makes the entry of the file that look found last. The entry notes which
// files would take precedence if they appeared.
func (s *search) take(ctx context.Context, name string, f found) (*entry, error) {
	e := &entry{key: s.key, root: s.key.root, name: name, index: s.index}
	s.missed(e, s.names[:len(s.names)-1])
	return s.h.remember(ctx, e, f)
}

// missed notes the names that take precedence over the name of an entry. If one of
// them is a folder that contains the entry's file, it is left out: it cannot become
// a file while that exists.
func (s *search) missed(e *entry, names []string) {
	for _, name := range names {
		if !strings.HasPrefix(e.name, name+"/") && name != "" {
			e.missed = append(e.missed, s.h.roots[s.key.root].pathOf(name))
		}
	}
}

// encoded returns an entry for a file that exists only in encoded form.
func (s *search) encoded() *entry {
	tried := s.names
	for _, name := range tried {
		for _, coding := range s.h.codings {
			file := name + extensionOf[coding]
			if !s.h.servable(name) || !s.h.servable(file) || mimetypes.Coding(extension(name)) != "" {
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
