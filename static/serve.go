package static

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"sync"
)

// content is what an answer's body is taken from: bytes in memory, or a
// reader, with seeker where any part of it can be reached.
type content struct {
	body   []byte
	reader io.Reader
	seeker io.Seeker
}

// serve answers with a file that was found.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, e *entry) {
	e = h.negotiate(r, e)
	if h.settled(w, r, e) {
		return
	}
	if e.body != nil {
		h.send(w, r, e, content{body: e.body})
		return
	}
	f, current, err := h.open(e)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	defer f.Close()
	if current != e && h.settled(w, r, current) {
		return
	}
	h.sendFile(w, r, current, f)
}

// settled answers a request whose conditions decide it without the content.
func (h *Handler) settled(w http.ResponseWriter, r *http.Request, e *entry) bool {
	if !reads(r) {
		return false
	}
	switch conditions(r, e) {
	case http.StatusNotModified:
		f := fieldsOf(w, 2)
		h.setValidators(&f, r, e)
		w.WriteHeader(http.StatusNotModified)
		return true
	case http.StatusPreconditionFailed:
		h.text(w, r, http.StatusPreconditionFailed, "precondition failed")
		return true
	}
	return false
}

// open opens the file of e and returns the entry that is right for what was
// opened: another one if the file has changed since e was made. What is sent
// is described by, and read from, this one descriptor.
func (h *Handler) open(e *entry) (fs.File, *entry, error) {
	f, err := h.roots[e.root].open(e.name)
	if err != nil {
		return nil, nil, openError(err)
	}
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() == 0 && !empty(f)) {
		err = fs.ErrNotExist
	}
	if err == nil && stampOf(info) != e.stamp {
		if e, err = h.remember(e.key, e.name, info); err == nil && e.stamp != stampOf(info) {
			err = errRestless
		}
	}
	if err != nil {
		f.Close() // it was only read from
		return nil, nil, openError(err)
	}
	return f, e, nil
}

// empty tells whether a file of no size has no content either. The files of
// /proc do not: they are no files, and have no end that could be sent.
func empty(f io.Reader) bool {
	var one [1]byte
	n, _ := f.Read(one[:])
	return n == 0
}

// errRestless is a file that changed again while it was looked at.
var errRestless = errors.New("the file keeps changing")

func openError(err error) error {
	switch {
	case unavailable(err), err == errRestless:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return ErrNotFound
}

// buffers holds space for the content of small files.
var buffers = sync.Pool{New: func() any { return new([keepBytes]byte) }}

// sendFile sends an open file. A small one is read whole first: it goes out
// together with the header then, in one write if both fit the server's buffer,
// and one that has become shorter meanwhile can still be answered with 503.
func (h *Handler) sendFile(w http.ResponseWriter, r *http.Request, e *entry, f fs.File) {
	if e.size > keepBytes {
		seeker, _ := f.(io.Seeker)
		h.send(w, r, e, content{reader: f, seeker: seeker})
		return
	}
	if r.Method == http.MethodHead {
		h.send(w, r, e, content{})
		return
	}
	buf := buffers.Get().(*[keepBytes]byte)
	defer buffers.Put(buf)
	body, err := h.load(e, f, buf[:])
	if err != nil {
		h.fail(w, r, err)
		return
	}
	h.send(w, r, e, content{body: body})
}

// load reads a file whole, into scratch where that is large enough. If the file
// rests and is small, it is read into memory of its own and kept.
func (h *Handler) load(e *entry, f fs.File, scratch []byte) ([]byte, error) {
	keep := h.cache.keeps(e.size) && h.now().Sub(e.stamp.changed()) >= rest
	var body []byte
	if keep || int64(len(scratch)) < e.size {
		body = make([]byte, e.size)
	} else {
		body = scratch[:e.size]
	}
	if _, err := io.ReadFull(f, body); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if keep {
		if info, err := f.Stat(); err == nil && stampOf(info) == e.stamp {
			kept := *e
			kept.body = body
			h.cache.put(&kept)
		}
	}
	return body, nil
}

// send answers with content that e describes, or with the ranges of it that
// the request asks for.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, e *entry, c content) {
	spans, apply := h.spans(r, e, c)
	if apply && len(spans) == 0 {
		w.Header()["Content-Range"] = []string{"bytes */" + e.length}
		h.text(w, r, http.StatusRequestedRangeNotSatisfiable, "that range is not within the file")
		return
	}
	f := fieldsOf(w, 8) // a plain file has 7; more get room of their own
	h.setValidators(&f, r, e)
	if e.etag != "" && e.lastModified != "" {
		f.set("Last-Modified", e.lastModified)
	}
	h.setProtection(&f, e)
	if e.encoding != "" {
		f.set("Content-Encoding", e.encoding)
	} else if c.seekable() && h.maxRanges > 0 {
		f.set("Accept-Ranges", "bytes")
	}
	switch len(spans) {
	case 0:
		f.set("Content-Type", e.contentType)
		if e.length != "" {
			f.set("Content-Length", e.length)
		}
		if r.Method != http.MethodHead {
			h.copy(w, r, c, e.size)
		} else {
			w.WriteHeader(http.StatusOK)
		}
	case 1:
		f.set("Content-Type", e.contentType)
		f.set("Content-Length", strconv.FormatInt(spans[0].length, 10))
		f.set("Content-Range", spans[0].contentRange(e.size))
		w.WriteHeader(http.StatusPartialContent)
		h.copySpan(w, r, c, spans[0])
	default:
		h.sendParts(w, r, e, c, spans, &f)
	}
}

// sendParts sends several ranges as multipart/byteranges (RFC 9110, section
// 14.6), with their exact length.
func (h *Handler) sendParts(w http.ResponseWriter, r *http.Request, e *entry, c content, spans []span, f *fields) {
	boundary := rand.Text()
	heads := make([]string, len(spans))
	end := "\r\n--" + boundary + "--\r\n"
	length := int64(len(end))
	for i, s := range spans {
		heads[i] = "\r\n--" + boundary + "\r\nContent-Type: " + e.contentType + "\r\nContent-Range: " + s.contentRange(e.size) + "\r\n\r\n"
		if i == 0 {
			heads[i] = heads[i][2:]
		}
		length += int64(len(heads[i])) + s.length
	}
	f.set("Content-Type", "multipart/byteranges; boundary="+boundary)
	f.set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(http.StatusPartialContent)
	for i, s := range spans {
		if _, err := io.WriteString(w, heads[i]); err != nil {
			return // the client has gone
		}
		h.copySpan(w, r, c, s)
	}
	_, _ = io.WriteString(w, end) // as above
}

// spans decides the Range header of a request.
func (h *Handler) spans(r *http.Request, e *entry, c content) ([]span, bool) {
	field := r.Header["Range"]
	if len(field) != 1 || r.Method != http.MethodGet || h.maxRanges < 0 || e.encoding != "" || !c.seekable() {
		return nil, false
	}
	if !ifRange(r, e, h.now()) {
		return nil, false
	}
	return parseRange(field[0], e.size, h.maxRanges)
}

func (c content) seekable() bool { return c.reader == nil || c.seeker != nil }

// copySpan writes one range.
func (h *Handler) copySpan(w http.ResponseWriter, r *http.Request, c content, s span) {
	if c.reader == nil {
		c.body = c.body[s.start : s.start+s.length]
	} else if _, err := c.seeker.Seek(s.start, io.SeekStart); err != nil {
		h.abort(r, err)
	}
	h.copy(w, r, c, s.length)
}

// copy writes n bytes, or with n < 0 all there are. It writes through
// io.ReaderFrom where w has it, which is how a file reaches the network without
// passing through this process.
func (h *Handler) copy(w http.ResponseWriter, r *http.Request, c content, n int64) {
	if c.reader == nil {
		_, _ = w.Write(c.body) // an error says that the client has gone
		return
	}
	src := c.reader
	if n >= 0 {
		src = io.LimitReader(src, n)
	}
	buf := buffers.Get().(*[keepBytes]byte)
	defer buffers.Put(buf)
	sent, err := io.CopyBuffer(w, src, buf[:])
	if err == nil && sent < n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		h.abort(r, err)
	}
}

// abort ends an answer that cannot be completed.
func (h *Handler) abort(r *http.Request, err error) {
	if r.Context().Err() == nil {
		h.logger.DebugContext(r.Context(), "static: answer cut short", "error", err)
	}
	panic(http.ErrAbortHandler)
}
