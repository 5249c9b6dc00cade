package static

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"strconv"
	"syscall"

	request "github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
)

// content is the source of a response's body: bytes in memory, or a reader. seeker
// is set if any part can be reached.
type content struct {
	body   []byte
	reader io.Reader
	seeker io.Seeker
}

// serve sends a file that was found. If it fails, nothing has been sent. In
// the last try, a file that keeps changing is sent as it was read.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request, e *entry, last bool) error {
	e, ok := h.negotiate(w, r, e)
	if !ok {
		h.text(w, r, http.StatusNotAcceptable, "that file has no encoding that the request accepts")
		return nil
	}
	if h.settled(w, r, e) {
		return nil
	}
	if e.body != nil {
		h.send(w, r, e, content{body: e.body})
		return nil
	}
	f, current, err := h.open(r, e)
	if err != nil {
		return err
	}
	defer f.Close()
	if current != e && h.settled(w, r, current) {
		return nil
	}
	return h.sendFile(w, r, current, f, last)
}

// settled answers a request whose conditions decide it without the content.
func (h *Handler) settled(w http.ResponseWriter, r *http.Request, e *entry) bool {
	if !reads(r) {
		return false
	}
	tag := tagFor(w, e)
	switch conditions(r, e, tag) {
	case http.StatusNotModified:
		f := fieldsOf(w, 2)
		f.withoutContent()
		h.setValidators(&f, r, e, tag)
		w.WriteHeader(http.StatusNotModified)
		return true
	case http.StatusPreconditionFailed:
		h.text(w, r, http.StatusPreconditionFailed, "precondition failed")
		return true
	}
	return false
}

// open opens the file of e and returns the entry for what was opened, which is
// another one if the file has changed since e was made. What is sent is read from,
// and described by, this one file descriptor.
func (h *Handler) open(r *http.Request, e *entry) (fs.File, *entry, error) {
	f, err := h.roots[e.root].open(e.name, e.gen)
	if err != nil {
		h.cache.drop(e)
		return nil, nil, err
	}
	info, err := stateOf(f)
	switch {
	case err != nil || e.describes(info):
	case e.key.coding != "":
		h.cache.drop(e)
		err = errRestless // it may no longer be the right file
	default:
		e, err = h.remember(r.Context(), e.same(), found{info, e.gen})
	}
	if err != nil {
		f.Close() // it was only read from
		return nil, nil, err
	}
	return f, e, nil
}

// same returns an entry for the same file in another state.
func (e *entry) same() *entry {
	return &entry{key: e.key, root: e.root, name: e.name, missed: e.missed, index: e.index}
}

// stateOf returns the state of an open file, which must be regular, and leaves it
// at its start. A file of size 0 that has content was just written to, or is one in
// /proc, where files have no known end.
func stateOf(f fs.File) (fs.FileInfo, error) {
	for range openings {
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() {
			return nil, errVanished
		}
		if info.Size() > 0 {
			return info, nil
		}
		var one [1]byte
		if n, _ := f.Read(one[:]); n == 0 {
			return info, nil
		}
		if again, err := f.Stat(); err == nil && stampOf(again) == stampOf(info) {
			return nil, errEndless
		}
		s, ok := f.(io.Seeker)
		if !ok {
			break
		}
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
	}
	return nil, errRestless
}

// sendFile sends an open file. A small one is read whole first, so that it goes out
// together with the header, in one write if both fit the server's buffer. If
// sendFile fails, nothing has been sent.
func (h *Handler) sendFile(w http.ResponseWriter, r *http.Request, e *entry, f fs.File, last bool) error {
	seeker, _ := f.(io.Seeker)
	keep := h.keeps(e)
	if !keep && e.size > wholeBytes && (seeker != nil || e.size > keepBytes) {
		h.send(w, r, e, content{reader: f, seeker: seeker})
		return nil
	}
	if r.Method == http.MethodHead {
		h.send(w, r, e, content{})
		return nil
	}
	var body []byte
	if keep || e.size > wholeBytes {
		body = make([]byte, e.size)
	} else {
		buf := wholeBuffers.Get().(*[wholeBytes]byte)
		defer wholeBuffers.Put(buf)
		body = buf[:e.size]
	}
	n, err := h.load(e, f, body)
	if err == errRestless && last {
		e, err = e.asRead(n), nil
	}
	if err != nil {
		return err
	}
	h.send(w, r, e, content{body: body[:n]})
	return nil
}

// asRead returns an entry for n bytes that were read from a file that keeps
// changing. It has no validators.
func (e *entry) asRead(n int) *entry {
	return &entry{
		key: e.key, root: e.root, name: e.name, size: int64(n), length: strconv.Itoa(n),
		contentType: e.contentType, cacheControl: e.cacheControl, encoding: e.encoding, active: e.active,
	}
}

// keeps reports whether the content of a file is kept in memory once read.
func (h *Handler) keeps(e *entry) bool { return !e.young && h.cache.keeps(e.size) }

// load reads a whole file into body and returns the number of bytes read. If the
// content is kept, body belongs to the cache from then on.
func (h *Handler) load(e *entry, f fs.File, body []byte) (int, error) {
	n, err := io.ReadFull(f, body)
	keep := h.keeps(e)
	if err != nil || keep || e.young {
		ended := err == nil || err == io.EOF || err == io.ErrUnexpectedEOF
		if info, failed := f.Stat(); failed == nil && !e.describes(info) {
			h.cache.drop(e)
			if ended {
				return n, errRestless
			}
		} else if err == nil {
			err = failed
		}
	}
	if err != nil {
		return n, fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if keep {
		kept := *e
		kept.body = body
		h.cache.put(&kept)
	}
	return n, nil
}

// send sends the content that e describes, or the ranges of it that the
// request asks for.
func (h *Handler) send(w http.ResponseWriter, r *http.Request, e *entry, c content) {
	tag, recoded := tagFor(w, e), mayRecode(w, e)
	var spans []span
	var apply bool
	if !recoded {
		spans, apply = h.spans(r, e, tag, c)
	}
	if apply && len(spans) == 0 {
		refusal{
			status: http.StatusRequestedRangeNotSatisfiable, contentRange: "bytes */" + e.length,
			contentType: plainText, body: []byte("that range is not within the file"),
		}.send(w, r)
		return
	}
	f := fieldsOf(w, 8) // a plain file has 7; more allocate
	h.setValidators(&f, r, e, tag)
	if tag != "" && e.lastModified != "" {
		f.set("Last-Modified", e.lastModified)
	}
	h.setProtection(&f, e)
	if e.encoding != "" {
		f.set("Content-Encoding", e.encoding)
	} else if c.seekable() && h.maxRanges > 0 && !recoded {
		f.set("Accept-Ranges", "bytes")
	}
	if len(spans) > 1 {
		h.sendParts(w, r, e, c, spans, &f)
		return
	}
	f.setType(e)
	if len(spans) == 1 {
		f.set("Content-Length", strconv.FormatInt(spans[0].length, 10))
		f.set("Content-Range", spans[0].contentRange(e.size))
		w.WriteHeader(http.StatusPartialContent)
		h.copySpan(w, r, c, spans[0])
		return
	}
	if e.length != "" && !recoded {
		f.set("Content-Length", e.length)
	}
	if r.Method == http.MethodHead {
		w.WriteHeader(http.StatusOK)
		return
	}
	h.copy(w, r, c, e.size)
}

// sendParts sends several ranges as multipart/byteranges (RFC 9110, section
// 14.6), with their exact length.
func (h *Handler) sendParts(w http.ResponseWriter, r *http.Request, e *entry, c content, spans []span, f *fields) {
	boundary := rand.Text()
	contentType := e.contentType
	if own, set := f.own("Content-Type"); set {
		contentType = own
	}
	if contentType != "" {
		contentType = "Content-Type: " + contentType + "\r\n"
	}
	heads := make([]string, len(spans))
	end := "\r\n--" + boundary + "--\r\n"
	length := int64(len(end))
	for i, s := range spans {
		heads[i] = "\r\n--" + boundary + "\r\n" + contentType + "Content-Range: " + s.contentRange(e.size) + "\r\n\r\n"
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
	_, _ = io.WriteString(w, end) // likewise
}

// spans evaluates the Range header of a request.
func (h *Handler) spans(r *http.Request, e *entry, tag string, c content) ([]span, bool) {
	field := r.Header["Range"]
	if len(field) != 1 || r.Method != http.MethodGet || h.maxRanges < 0 || e.encoding != "" || !c.seekable() {
		return nil, false
	}
	if !ifRange(r, e, tag, h.now()) {
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
		h.abort(r, err, true)
	}
	h.copy(w, r, c, s.length)
}

// copy writes n bytes, or everything if n < 0.
func (h *Handler) copy(w http.ResponseWriter, r *http.Request, c content, n int64) {
	if c.reader == nil {
		_, _ = w.Write(c.body) // an error means that the client has gone
		return
	}
	src := &source{Reader: c.reader}
	var from io.Reader = src
	if _, file := c.reader.(interface {
		fs.File
		syscall.Conn
	}); file {
		from = c.reader // the system sends it, if nothing is around it
	}
	if n >= 0 {
		from = io.LimitReader(from, n)
	}
	sent, err := copyTo(w, from)
	broken := src.err != nil || isOfFile(err)
	if err == nil && sent < n {
		err, broken = fmt.Errorf("static: the content has ended after %d of %d bytes: %w", sent, n, io.ErrUnexpectedEOF), true
	}
	if err != nil {
		h.abort(r, err, broken)
	}
}

// source remembers why it could not be read, which tells a source that failed from
// a client that has gone.
type source struct {
	io.Reader
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// isOfFile reports whether an error of copying a file to a connection is the file's.
// If the system does the copying, only the kind of the error tells that.
func isOfFile(err error) bool {
	var file *fs.PathError
	return errors.As(err, &file) || errors.Is(err, syscall.EIO) || errors.Is(err, syscall.ESTALE)
}

// abort ends a response that cannot be completed, because its source is broken or
// because the client has gone.
func (h *Handler) abort(r *http.Request, err error, broken bool) {
	r, rec := request.Ensure(r)
	level, message := slog.LevelError, failure.FailedLate
	if !broken || failure.IsClientGone(r, rec, err) {
		level, message = slog.LevelDebug, failure.Gone
	}
	failure.Log(r.Context(), failure.Of(r, rec, nil, err, 0), h.logger, level, message)
	panic(http.ErrAbortHandler)
}
