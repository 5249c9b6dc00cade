package static

import (
	"context"
	"crypto/sha256"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// facts is what can be learned only from the content of a file.
type facts struct {
	needs
	sum  [sha256.Size]byte // of the content, if hashed
	utf8 bool              // the content is valid UTF-8, if checked
}

// needs says which facts of a file are needed.
type needs struct{ hashed, checked bool }

const (
	// mostText is the largest file that is checked for UTF-8. The whole file has to
	// be read, since any byte may be invalid.
	mostText = 8 << 20

	// patience is how long a request waits for a large file to be read. After that it
	// is answered without the facts.
	patience = time.Second

	// readers is how many large files are read at the same time.
	readers = 4
)

// needs returns which facts are needed for an entry.
func (h *Handler) needs(e *entry) needs {
	return needs{
		hashed:  h.etags && (h.contentETags || !e.stamp.identifies()),
		checked: !h.omitCharset && e.encoding == "" && e.size <= mostText && textual(e.contentType),
	}
}

// textual reports whether a type is text without a charset. XML is excluded,
// because it declares its encoding itself.
func textual(contentType string) bool {
	t, params, _ := strings.Cut(strings.ToLower(contentType), ";")
	t = httpfield.TrimSpace(t)
	return strings.HasPrefix(t, "text/") && !strings.HasSuffix(t, "xml") && !strings.Contains(params, "charset")
}

// factsOf returns the facts of a file, or nil if they are not known in time. One
// goroutine reads a large file for all requests; each request waits no longer than
// patience or its client.
func (h *Handler) factsOf(ctx context.Context, e *entry, need needs) (*facts, error) {
	own := cacheKey{root: e.root, name: e.name}
	if known := h.cache.get(own); known != nil && known.sameAs(e) && !known.young && known.facts != nil {
		if f := known.facts; f.needs == need {
			return f, nil
		}
	}
	if e.size <= keepBytes {
		return h.read(ctx, e, need)
	}
	return h.inspections.wait(ctx, inspection{e.root, e.name, e.gen, e.stamp, need}, func(ctx context.Context) (*facts, error) {
		young := unrest(e.stamp.changed(), e.seen, h.now()) > 0
		f, err := h.read(ctx, e, need)
		if err == nil {
			// For later requests, by this name or another.
			h.cache.put(&entry{key: own, stamp: e.stamp, info: e.info, seen: e.seen, young: young, facts: f, note: true})
		}
		return f, err
	})
}

// read reads a file whole.
func (h *Handler) read(ctx context.Context, e *entry, need needs) (*facts, error) {
	file, err := h.roots[e.root].open(e.name, e.gen)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if err := e.stillIs(file); err != nil {
		return nil, err
	}
	sum, text := sha256.New(), &textCheck{}
	var to []io.Writer
	if need.hashed {
		to = append(to, sum)
	}
	if need.checked {
		to = append(to, text)
	}
	buf := copyBuffers.Get().(*[copyBytes]byte)
	defer copyBuffers.Put(buf)
	n, err := io.CopyBuffer(io.MultiWriter(to...), io.LimitReader(untilDone{ctx, file}, e.size), buf[:])
	if err != nil {
		return nil, err
	}
	if n < e.size {
		return nil, errRestless
	}
	if err := e.stillIs(file); err != nil {
		return nil, err
	}
	f := &facts{needs: need, utf8: need.checked && text.ok()}
	sum.Sum(f.sum[:0])
	return f, nil
}

// stillIs fails if an open file is not the one that e describes.
func (e *entry) stillIs(file fs.File) error {
	info, err := file.Stat()
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errVanished
	case !e.describes(info):
		return errRestless
	}
	return nil
}

// untilDone reads until its context ends.
type untilDone struct {
	ctx context.Context
	io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.Reader.Read(p)
}
