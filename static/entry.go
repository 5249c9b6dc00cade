package static

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/mimetypes"
)

// entry is one file in one state, with every header value that its answers
// need. It does not change once it is made: a file that has changed gets
// another entry.
type entry struct {
	key   cacheKey
	root  int
	name  string
	path  string
	stamp stamp

	size    int64
	modTime time.Time

	contentType  string
	length       string // Content-Length of the whole
	cacheControl string // "" leaves it out
	etag         string // "" where there is none
	lastModified string // "" where there is none
	encoding     string // Content-Encoding; "" for the plain file
	disposition  string // Content-Disposition; "" leaves it out
	sandbox      bool

	body []byte // the content, for small files that rest; nil otherwise
}

// newEntry makes the entry for a file, with the tag that its modification time
// gives. A precompressed neighbour has the type of its original.
func (h *Handler) newEntry(key cacheKey, name string, info fs.FileInfo) *entry {
	plain := strings.TrimSuffix(name, extensionOf[key.coding])
	e := &entry{
		key:          key,
		root:         key.root,
		name:         strings.Clone(name),
		stamp:        stampOf(info),
		size:         info.Size(),
		modTime:      info.ModTime(),
		length:       strconv.FormatInt(info.Size(), 10),
		cacheControl: h.cacheControlOf(plain),
		contentType:  h.typeOf(plain),
		encoding:     key.coding,
	}
	e.key.name = strings.Clone(key.name) // a key from a URL would hold on to the whole of it
	e.path = h.roots[e.root].pathOf(e.name)
	if !timeless(e.modTime) {
		e.lastModified = e.modTime.UTC().Format(http.TimeFormat)
	}
	if h.etags && e.lastModified != "" {
		e.etag = weakTag(e.size, e.modTime, key.coding)
	}
	h.protect(e, plain)
	return e
}

// hashed makes the entry for a file without a modification time: only its
// content can tell one state from the next. It is read whole, once.
func (h *Handler) hashed(key cacheKey, name string) (*entry, error) {
	f, err := h.roots[key.root].open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fs.ErrNotExist
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	e := h.newEntry(key, name, info)
	// Half of the digest is as unlikely to meet another one's as anything is.
	e.etag = `"` + hex.EncodeToString(sum.Sum(nil)[:16]) + suffix(key.coding) + `"`
	return e, nil
}

// weakTag is made as Actionhero makes it, of size and time; it is weak, since
// two states may have both in common.
func weakTag(size int64, modTime time.Time, coding string) string {
	b := make([]byte, 0, 40)
	b = append(b, `W/"`...)
	b = strconv.AppendInt(b, size, 16)
	b = append(b, '-')
	b = strconv.AppendUint(b, uint64(modTime.UnixNano()), 16)
	b = append(b, suffix(coding)...)
	return string(append(b, '"'))
}

// suffix tells the tags of a file's encodings apart.
func suffix(coding string) string {
	if coding == "" {
		return ""
	}
	return "-" + coding
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

// protect adds what keeps active content from running in this origin.
func (c *config) protect(e *entry, name string) {
	if c.attach && !passive(e.contentType) {
		e.sandbox = true
		if e.disposition == "" {
			e.disposition = attachment(name)
		}
	}
}

// passive tells whether browsers only show or play content of a type. The list
// names what is harmless, for what is not keeps growing.
func passive(contentType string) bool {
	t, _, err := mime.ParseMediaType(contentType)
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
