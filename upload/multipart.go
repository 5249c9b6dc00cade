package upload

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// These limit what is outside the parts.
const (
	maxDelimiterLine = 256      // a delimiter with its padding and line ends
	maxOutside       = 64 << 10 // before the first delimiter, and after the last
)

// window is the part of a stream that is in memory: buf[r:w].
//
// mime/multipart scans and copies through its own 4 KiB buffer, whatever the reader. Here content
// goes straight from the buffer into which the connection is read to the store.
type window struct {
	src     io.Reader
	buffers *buffers
	buf     []byte
	r, w    int
	eof     bool
	fast    bool // the last read filled the room it had
}

func newWindow(src io.Reader, b *buffers) *window {
	return &window{src: src, buffers: b, buf: b.getSmall()}
}

// release returns the buffer; nothing may be read afterwards.
func (b *window) release() {
	b.buffers.put(b.buf)
	b.buf = nil
}

// full reports that there is not enough room for a read.
func (b *window) full() bool { return b.w-b.r > len(b.buf)-minRead && !b.growing() }

// growing reports that the next fill changes to the large buffer.
func (b *window) growing() bool { return b.fast && len(b.buf) < largeBuffer }

// fill reads once. It returns io.EOF at the end.
func (b *window) fill() error {
	if b.eof {
		return io.EOF
	}
	switch {
	case b.growing() || b.w-b.r > len(b.buf)-minRead && len(b.buf) < largeBuffer:
		larger := b.buffers.getLarge()
		b.w = copy(larger, b.buf[b.r:b.w])
		b.r = 0
		b.release()
		b.buf = larger
	case b.w > len(b.buf)-minRead || b.r == b.w:
		b.w = copy(b.buf, b.buf[b.r:b.w])
		b.r = 0
	}
	room := b.buf[b.w:]
	n, err := b.src.Read(room)
	b.w += n
	b.fast = n == len(room)
	if err == io.EOF {
		b.eof = true
		if n > 0 {
			err = nil
		}
	}
	return err
}

// multipartReader splits a multipart body at its delimiters (RFC 2046, section 5.1.1). Lines end
// in CR LF; accepting a lone LF would change content.
type multipartReader struct {
	*window
	delimiter []byte // CR LF "--" boundary
	search    *searcher
	scanned   int  // in the window: no delimiter begins before it
	skip      int  // in the window: belongs to a possible delimiter, not to the content
	given     int  // bytes of content returned, modulo alignment
	last      bool // the closing delimiter has been read
	parts     int  // number of parts begun
	part      int  // the current part, counted from 1; 0 between parts
	maxHeader int
}

func newMultipartReader(src io.Reader, boundary string, maxHeader int, b *buffers) *multipartReader {
	delimiter := []byte("\r\n--" + boundary)
	m := &multipartReader{
		window:    newWindow(src, b),
		delimiter: delimiter,
		search:    newSearcher(delimiter),
		maxHeader: maxHeader,
	}
	// The first delimiter may be the first line.
	m.w = copy(m.buf, "\r\n")
	m.skip = 2
	return m
}

// next moves to the next part and returns its headers, lines ended by CR LF. After the last part
// it reads the body to its end and returns io.EOF. The content of the previous part must have
// been read to its end.
func (m *multipartReader) next(first bool) ([]byte, error) {
	if first {
		if err := m.preamble(); err != nil {
			return nil, err
		}
	}
	if m.part = 0; m.last {
		return nil, m.epilogue()
	}
	m.parts++
	m.part = m.parts
	return m.header()
}

// preamble skips what precedes the first delimiter.
func (m *multipartReader) preamble() error {
	var outside lost
	for {
		data, end, err := m.chunk()
		if err == nil {
			err = outside.add(data)
		}
		switch {
		case errors.Is(err, errTooLong):
			return malformed("there is no boundary in the first %d bytes", maxOutside)
		case err != nil:
			return err
		case !end:
		case outside.hasPart():
			return malformed("there is a part before the first boundary; lines end in CR LF, and all boundaries are the same")
		case m.last && outside.n > 0:
			return malformed("there is no part, but %d bytes before the last boundary", outside.n)
		default:
			return nil
		}
	}
}

// epilogue skips what follows the last delimiter.
func (m *multipartReader) epilogue() error {
	var outside lost
	for {
		err := outside.add(m.buf[m.r:m.w])
		m.r = m.w
		if err == nil {
			err = m.fill()
		}
		switch {
		case errors.Is(err, errTooLong):
			return malformed("there are more than %d bytes after the last boundary", maxOutside)
		case err == io.EOF && outside.hasPart():
			return malformed("there is a part after the last boundary")
		case err != nil:
			return err
		}
	}
}

// lost is what lies outside of all parts. It is ignored, as in RFC 2046, section 5.1.1, unless it
// contains a part: a part from a client that writes boundaries differently would silently be
// lost.
type lost struct {
	n    int
	text []byte
}

var errTooLong = errors.New("too long")

func (l *lost) add(data []byte) error {
	if l.n += len(data); l.n > maxOutside {
		return errTooLong
	}
	l.text = append(l.text, data...)
	return nil
}

// hasPart looks for the header field that every part has, at the beginning of a line, with any
// line ending.
func (l *lost) hasPart() bool {
	const name = "content-disposition:"
	for line := range bytes.FieldsFuncSeq(l.text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if len(line) >= len(name) && strings.EqualFold(string(line[:len(name)]), name) {
			return true
		}
	}
	return false
}

// header returns the headers of a part. The CR LF of the final empty line stays in the window: it
// may already belong to a delimiter.
func (m *multipartReader) header() ([]byte, error) {
	for from := 0; ; {
		block := m.buf[m.r:m.w]
		if bytes.HasPrefix(block, crlf) {
			m.scanned, m.skip = 0, 2
			return nil, nil
		}
		if i := bytes.Index(block[from:], crlfcrlf); i >= 0 {
			n := from + i + len(crlf)
			if n > m.maxHeader {
				return nil, &Error{Kind: ErrPartHeaderTooLarge, Limit: int64(m.maxHeader)}
			}
			m.r += n
			m.scanned, m.skip = 0, 2
			return block[:n], nil
		}
		if len(block) > m.maxHeader {
			return nil, &Error{Kind: ErrPartHeaderTooLarge, Limit: int64(m.maxHeader)}
		}
		from = max(0, len(block)-len(crlfcrlf)+1)
		if err := m.fill(); err != nil {
			return nil, unexpected(err)
		}
	}
}

var crlf, crlfcrlf = []byte("\r\n"), []byte("\r\n\r\n")

// chunk returns the next piece of content, valid until the next call. end reports that it is the
// last: then the delimiter has been read, too. Pieces are as large as the buffer allows.
func (m *multipartReader) chunk() (data []byte, end bool, err error) {
	for {
		win := m.buf[m.r:m.w]
		i := m.search.index(win[m.scanned:])
		if i < 0 {
			m.scanned = max(m.scanned, len(win)-len(m.delimiter)+1)
		} else {
			i += m.scanned
			switch n, kind := m.classify(win[i+len(m.delimiter):]); kind {
			case notDelimiter:
				m.scanned = i + len(m.delimiter)
				continue
			case delimiter, closeDelimiter:
				data = win[min(m.skip, i):i]
				m.r += i + len(m.delimiter) + n
				m.scanned, m.skip, m.given = 0, 0, 0
				m.last = kind == closeDelimiter
				return data, true, nil
			case badDelimiter:
				return nil, false, malformed("a boundary is followed by other characters in its line")
			}
			m.scanned = i // undecided
		}
		if m.full() && m.scanned > m.skip {
			return m.piece(win), false, nil
		}
		if m.eof {
			return nil, false, unexpected(io.EOF)
		}
		// The end of the body may decide what was undecided.
		if err := m.fill(); err != nil && err != io.EOF {
			return nil, false, err
		}
	}
}

// alignment is the multiple at which large pieces end in the stored file, because file systems
// handle whole pages faster.
const alignment = 64 << 10

// piece takes content from the full window.
func (m *multipartReader) piece(win []byte) []byte {
	data := win[m.skip:m.scanned]
	if over := (m.given + len(data)) % alignment; over < len(data) {
		data = data[:len(data)-over]
	}
	m.given = (m.given + len(data)) % alignment
	m.r += m.skip + len(data)
	m.scanned -= m.skip + len(data)
	m.skip = 0
	return data
}

// delimiterKind is what a delimiter is, depending on the bytes after it.
type delimiterKind int

const (
	undecided      delimiterKind = iota // more must be read
	notDelimiter                        // content that begins like a delimiter
	delimiter                           // a part follows
	closeDelimiter                      // no part follows
	badDelimiter                        // neither content nor a valid delimiter
)

// classify returns the kind of a delimiter that is followed by rest, and the length of the
// delimiter's own part of rest.
func (m *multipartReader) classify(rest []byte) (n int, kind delimiterKind) {
	if len(rest) == 0 {
		return 0, undecided
	}
	kind = delimiter
	switch rest[0] {
	case '-':
		if len(rest) == 1 {
			return 0, m.unless(notDelimiter)
		}
		if rest[1] != '-' {
			return 0, notDelimiter
		}
		n, kind = 2, closeDelimiter
	case ' ', '\t', '\r':
	default:
		return 0, notDelimiter
	}
	for n < len(rest) && (rest[n] == ' ' || rest[n] == '\t') {
		n++
	}
	if n > maxDelimiterLine-len(m.delimiter)-len(crlf) {
		return 0, badDelimiter
	}
	switch rest = rest[n:]; {
	case bytes.HasPrefix(rest, crlf):
		return n + len(crlf), kind
	case kind == closeDelimiter && len(rest) > 0 && rest[0] == '\n': // a lone LF is unambiguous here
		return n + 1, kind
	case len(rest) == 0 && m.eof && kind == closeDelimiter:
		return n, kind
	case len(rest) == 0, len(rest) == 1 && rest[0] == '\r':
		return 0, m.unless(badDelimiter)
	}
	return 0, badDelimiter
}

// unless returns kind at the end of the body, where nothing can follow, and undecided before.
func (m *multipartReader) unless(kind delimiterKind) delimiterKind {
	if m.eof {
		return kind
	}
	return undecided
}

// unexpected converts io.EOF to an error for a body that ends too early.
func unexpected(err error) error {
	if err == io.EOF {
		return because("not complete: it ends before its last boundary", io.ErrUnexpectedEOF)
	}
	return err
}

// readMultipart reads a multipart body.
func readMultipart(body *body, r *http.Request, boundary string, t *totals, sink func(*Part) error) error {
	if err := checkBoundary(boundary); err != nil {
		return err
	}
	if r.ContentLength > t.maxBody {
		return &Error{Kind: ErrBodyTooLarge, Limit: t.maxBody}
	}
	m := newMultipartReader(body, boundary, t.MaxPartHeaderBytes, t.buffers)
	defer m.release()
	for first := true; ; first = false {
		err := readPart(m, first, t, sink)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			if e, own := err.(*Error); own {
				e.Part = m.part
			}
			return err
		}
	}
}

// readPart reads the next part. It returns io.EOF when there is none.
func readPart(m *multipartReader, first bool, t *totals, sink func(*Part) error) error {
	block, err := m.next(first)
	if err != nil {
		return err
	}
	if err := t.addHeader(len(block)); err != nil {
		return err
	}
	part, err := newPart(block, m)
	if err != nil {
		return err
	}
	if err := t.begin(part); err != nil {
		return err
	}
	return finishPart(part, sink)
}

func newPart(block []byte, m *multipartReader) (*Part, error) {
	h, err := parsePartHeader(block)
	if err != nil {
		return nil, err
	}
	return &Part{
		Field:   h.name,
		File:    h.hasFilename,
		Name:    cleanName(h.filename),
		Type:    h.contentType,
		unnamed: h.unnamed,
		content: m,
	}, nil
}

// finishPart passes a part to sink and skips what sink does not read.
func finishPart(part *Part, sink func(*Part) error) error {
	if err := sink(part); err != nil {
		return err
	}
	for {
		if _, err := part.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}
