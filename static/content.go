package static

import (
	"io"
	"net/http"
	"strconv"
	"time"
)

// Content is what [Handler.ServeContent] sends.
type Content struct {
	_ struct{}

	// Reader has the content. If it is an [io.Seeker], ranges are answered and
	// the size need not be given; it is read from its start. It is the caller's
	// to close. nil is no content.
	Reader io.Reader

	// Name is the file's name. Its extension gives the type where Type is "";
	// a download is saved under its last part.
	Name string

	// Type is the media type. "" means the type of Name's extension.
	Type string

	// Size is the number of bytes. 0 means that it is not known: it is then
	// found by seeking, or the content is sent until the reader ends, without
	// a length. A reader that has more is cut at Size; one that has less makes
	// the server close the connection.
	Size int64

	// ModTime is sent as Last-Modified, and conditions are decided by it. The
	// zero time and the epoch leave it out; for a time in the future, the
	// current one is taken.
	ModTime time.Time

	// ETag is an entity tag with its quotes (`"v1"`, `W/"v1"`). One without a
	// right form is left out.
	ETag string

	// CacheControl is sent as Cache-Control, unless the response has one. ""
	// sends none: content made for one client is not public.
	CacheControl string

	// Download makes browsers save the content rather than show it.
	Download bool
}

// ServeContent answers with content from anywhere, under the rules for files:
// conditions and ranges for GET and HEAD, no sniffing, and with
// [Options.AttachActive] nothing active in this origin. To another method it
// sends the whole. Conditions that decide the answer do so before the reader is
// touched.
//
// What the response has already is kept as by [Handler.ServeHTTP], except a
// Content-Type and an ETag where c has its own.
//
// Like ServeHTTP it panics with [http.ErrAbortHandler] if the reader fails once
// the answer has begun.
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

// contentEntry makes the entry for content, all but its size.
func (h *Handler) contentEntry(w http.ResponseWriter, c Content) *entry {
	e := &entry{name: c.Name, contentType: c.Type, cacheControl: c.CacheControl}
	if c.Type != "" {
		delete(w.Header(), "Content-Type")
	} else {
		e.contentType = h.typeOf(c.Name)
	}
	if validTag(c.ETag) {
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

// measure returns the size of what can be sought through, at most known where
// that is given, and goes back to the start.
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
