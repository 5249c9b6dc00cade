package static

import (
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// Content is what [Handler.ServeContent] sends.
type Content struct {
	_ struct{}

	// Reader provides the content, from its start. If it is an [io.Seeker], ranges
	// are answered and Size is optional. The caller closes it. nil means no content.
	Reader io.Reader

	// Name is the file's name. If Type is "", its extension gives the type. A
	// download is saved under its last part.
	Name string

	// Type is the media type. "" means the type of Name's extension, without a
	// charset: unlike a file, content is not read to find it.
	Type string

	// Size is the number of bytes. 0 means unknown: the size is then found by
	// seeking, or the content is sent without a length until the reader ends. If the
	// reader has more, only Size bytes are sent; if it has less, the server closes
	// the connection.
	Size int64

	// ModTime is sent as Last-Modified and used for conditions. The zero time and the
	// Unix epoch leave it out; a time in the future is replaced by the current time.
	ModTime time.Time

	// ETag is an entity tag with its quotes (`"v1"`, `W/"v1"`). A malformed one is
	// left out.
	ETag string

	// CacheControl is sent as Cache-Control, unless the response has one already. ""
	// sends none, because content made for one client is not public.
	CacheControl string

	// Download makes browsers save the content instead of showing it.
	Download bool
}

// ServeContent sends content from anywhere, under the same rules as files:
// conditions and ranges for GET and HEAD, no sniffing, and with
// [Options.AttachActive] nothing active in this origin. For other methods it sends
// the whole content. If conditions decide the response, the reader is not touched.
//
// Header fields that the response has already are kept as by [Handler.ServeHTTP],
// except that a Content-Type and an ETag are replaced by those in c.
//
// Like ServeHTTP it panics with [http.ErrAbortHandler] if the reader fails after
// the response has begun.
func (h *Handler) ServeContent(w http.ResponseWriter, r *http.Request, c Content) {
	e := h.contentEntry(w, c)
	if h.settled(w, r, e) {
		return
	}
	src := content{reader: c.Reader}
	e.size = c.Size
	if c.Reader == nil {
		e.size = 0
	} else if src.seeker, _ = c.Reader.(io.Seeker); src.seeker != nil {
		size, err := measure(src.seeker, c.Size)
		if err != nil {
			h.logger.WarnContext(r.Context(), "static: content cannot be read", "error", err)
			h.text(w, r, http.StatusInternalServerError, "that content cannot be read")
			return
		}
		e.size = size
	} else if c.Size <= 0 {
		e.size = -1
	}
	if e.size >= 0 {
		e.length = strconv.FormatInt(e.size, 10)
	}
	h.send(w, r, e, src)
}

// contentEntry makes the entry for content, without its size.
func (h *Handler) contentEntry(w http.ResponseWriter, c Content) *entry {
	e := &entry{name: c.Name, contentType: c.Type, cacheControl: c.CacheControl}
	if c.Type != "" {
		delete(w.Header(), "Content-Type")
	} else {
		e.contentType = h.typeOf(c.Name)
	}
	if httpfield.IsTag(c.ETag) {
		e.etag = c.ETag
		delete(w.Header(), "Etag")
	}
	if !timeless(c.ModTime) {
		e.modified = c.ModTime
		if now := h.now(); e.modified.After(now) {
			e.modified = now
		}
		e.modified = e.modified.Truncate(time.Second)
		e.lastModified = e.modified.UTC().Format(http.TimeFormat)
	}
	if c.Download {
		e.download = Attachment(c.Name)
	}
	e.active = h.attach && !passive(e.contentType)
	return e
}

// measure returns the size of the content, limited to known if that is given, and
// seeks back to the start.
func measure(s io.Seeker, known int64) (int64, error) {
	size, err := s.Seek(0, io.SeekEnd)
	if err != nil {
		return 0, err
	}
	if known > 0 && known < size {
		size = known
	}
	_, err = s.Seek(0, io.SeekStart)
	return size, err
}
