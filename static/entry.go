package static

import (
	"context"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/mediatype"
	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

// entry is one file in one state, with every header value that its responses need.
// It does not change once it is made: a file that has changed gets another entry.
type entry struct {
	key    cacheKey
	root   int
	name   string
	path   string      // of the file, from root.pathOf
	missed []string    // paths of files that would take precedence
	gen    *generation // the one in which the file was found
	stamp  stamp
	info   fs.FileInfo // nil if the stamp identifies the file on disk
	seen   time.Time   // when this process first saw the stamp

	young   bool      // the content may change again without changing the stamp
	settles time.Time // when to make new validators; zero if never
	facts   *facts    // nil if none were needed
	note    bool      // it only keeps facts and cannot answer requests

	size    int64
	modTime time.Time

	modified time.Time // compared with dates, in whole seconds; zero if unknown
	exact    bool      // only exactly the same date means unchanged

	contentType  string
	length       string // Content-Length of the whole content
	cacheControl string // "" leaves it out
	etag         string // "" if there is none
	lastModified string // "" if there is none
	encoding     string // Content-Encoding; "" if there is none
	download     string // Content-Disposition of a download; "" leaves it out
	active       bool   // must not run in this origin: see Options.AttachActive

	index   bool   // the response for a folder whose name was given without a slash
	alone   string // the name of a file that exists only in encoded form
	refused bool   // some clients cannot decode it

	body []byte // the content of a small file at rest; otherwise nil
}

// remember makes the entry for a file that was found, and keeps it.
func (h *Handler) remember(ctx context.Context, e *entry, f found) (*entry, error) {
	h.describe(e, f)
	now := h.now()
	e.seen = now
	if old := h.cache.get(e.key); old != nil && old.sameAs(e) {
		e.seen = old.seen
	}
	need := h.needs(e)
	if need != (needs{}) {
		var err error
		e.facts, err = h.factsOf(ctx, e, need)
		if err != errRestless && (inMotion(err) || unavailable(err)) {
			return nil, err
		}
		// A file that keeps changing is sent without facts. Any other error will occur
		// again, and be logged, when the file is opened to be sent.
	}
	if e.facts != nil && e.facts.utf8 {
		e.contentType += "; charset=utf-8"
	}
	h.validators(e, now)
	if need == (needs{}) || e.facts != nil {
		h.cache.put(e)
	}
	return e, nil
}

// describe fills in what the state of a file determines. A precompressed neighbour
// has the type of its original.
func (h *Handler) describe(e *entry, f found) {
	plain := strings.TrimSuffix(e.name, extensionOf[e.key.coding])
	e.key.name = strings.Clone(e.key.name) // a key from a URL would keep the whole URL in memory
	e.name = strings.Clone(e.name)
	e.path = h.roots[e.root].pathOf(e.name)
	e.gen = f.gen
	e.stamp = stampOf(f.FileInfo)
	if e.stamp.ino == 0 && e.gen != nil {
		e.info = f.FileInfo
	}
	e.size = f.Size()
	e.modTime = f.ModTime()
	e.length = strconv.FormatInt(e.size, 10)
	e.cacheControl = h.cacheControlOf(plain)
	if e.contentType == "" {
		e.contentType = h.typeOf(plain)
	}
	e.encoding = e.key.coding
	if e.encoding == "" {
		e.encoding = mimetypes.Coding(extension(plain))
	}
	e.active = h.attach && !passive(e.contentType)
}

func (c *config) typeOf(name string) string {
	ext := extension(name)
	if t := c.types[ext]; t != "" {
		return t
	}
	if t := mimetypes.ByExtension(ext); t != "" {
		return t
	}
	return c.defaultType
}

func (c *config) cacheControlOf(name string) string {
	for _, rule := range c.rules {
		if rule.pattern.match(name) {
			return rule.value
		}
	}
	return c.cacheControl
}

// passive reports whether browsers only show or play content of a type. It lists
// harmless types, since the list of harmful ones keeps growing.
func passive(contentType string) bool {
	t, _, err := mediatype.Parse(contentType)
	if err != nil {
		return false
	}
	switch t {
	case "text/plain", "text/csv", "application/json":
		return true
	}
	switch top, sub, _ := strings.Cut(t, "/"); top {
	case "audio", "video", "font":
		return true
	case "image":
		return !strings.HasSuffix(sub, "+xml")
	}
	return false
}

// known returns the cached entry for a key, or nil, and whether it is still valid.
func (h *Handler) known(key cacheKey) (e *entry, ok bool) {
	found := h.cache.find(key)
	if found == nil {
		return nil, false
	}
	e = found.entry
	if e.note || !e.settles.IsZero() && !h.now().Before(e.settles) {
		return e, false
	}
	if h.checkInterval == 0 {
		return e, h.valid(e)
	}
	now := h.now().UnixNano()
	if age := now - found.checked.Load(); age >= 0 && age < int64(h.checkInterval) {
		return e, true
	}
	ok = h.valid(e)
	if ok {
		found.checked.Store(now)
	}
	return e, ok
}

// valid asks the disk whether an entry is still valid.
func (h *Handler) valid(e *entry) bool {
	r := h.roots[e.root]
	for _, path := range e.missed {
		if !r.absent(path) {
			return false
		}
	}
	return r.unchanged(e)
}

// describes reports whether an entry describes the file in that state.
func (e *entry) describes(info fs.FileInfo) bool {
	return stampOf(info) == e.stamp && (e.info == nil || os.SameFile(info, e.info))
}

// sameAs reports whether two entries for one name describe the same file in the
// same state.
func (e *entry) sameAs(other *entry) bool {
	return e.stamp == other.stamp && (e.info == nil && other.info == nil || e.info != nil && other.info != nil && os.SameFile(e.info, other.info))
}

// regular reports whether something was found that can be sent.
func regular(f found, err error) bool { return err == nil && f.Mode().IsRegular() }
