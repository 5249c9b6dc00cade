package upload

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
)

// The limits of what is no part's content.
const (
	maxDelimiterLine = 256      // a delimiter with its padding and line ends
	maxOutside       = 64 << 10 // before the first delimiter, and after the last
)

// window is the part of a stream that is in memory: buf[r:w].
//
// mime/multipart scans and copies through a buffer of 4 KiB of its own,
// whatever reader it is given; here content goes from the buffer that the
// connection is read into straight to where it is stored.
type window struct {
	src     io.Reader
	buffers *buffers
	buf     []byte
	r, w    int
	eof     bool
	fast    bool // the last read filled what it was offered
}

func newWindow(src io.Reader, b *buffers) *window {
	return &window{src: src, buffers: b, buf: b.getSmall()}
}

// release gives the buffer back; nothing may be read any more.
func (b *window) release() {
	b.buffers.put(b.buf)
	b.buf = nil
}

// full tells that there is no room worth a read.
func (b *window) full() bool { return b.w-b.r > len(b.buf)-minRead && !b.growing() }

// growing tells that the next fill changes to the large buffer.
func (b *window) growing() bool { return b.fast && len(b.buf) < largeBuffer }

// fill reads once. It returns io.EOF when nothing more comes.
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

// multipartReader takes a multipart body apart: what stands between delimiters
// (RFC 2046, section 5.1.1). Lines end in CR LF; only that keeps content as it
// was sent.
type multipartReader struct {
	*window
	delimiter []byte // CR LF "--" boundary
	search    *searcher
	scanned   int  // of the window: no delimiter begins before
	skip      int  // of the window: belongs to a delimiter that may follow, not to the content
	given     int  // bytes of the content, modulo alignment
	last      bool // the closing delimiter was read
	parts     int  // that have begun
	part      int  // the one that is read, counted from 1; 0 outside of all
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

// next moves to the next part and returns its headers, lines ended by CR LF.
// It returns io.EOF after the last part, when the body is read to its end. The
// content of the part before must have been read to its end.
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

// preamble reads past what stands before the first delimiter.
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

// epilogue reads past what stands behind the last delimiter.
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
			return malformed("there are more than %d bytes behind the last boundary", maxOutside)
		case err == io.EOF && outside.hasPart():
			return malformed("there is a part behind the last boundary")
		case err != nil:
			return err
		}
	}
}

// lost is what stands outside of all parts. It is ignored, as RFC 2046, section
// 5.1.1 has it, unless a part is in it: one that was sent by a client that
// writes its boundaries otherwise would be lost without a word.
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

// hasPart looks for the one header that every part has, at the begin of a line
// of whatever kind.
func (l *lost) hasPart() bool {
	const name = "content-disposition:"
	for line := range bytes.FieldsFuncSeq(l.text, func(r rune) bool { return r == '\r' || r == '\n' }) {
		if len(line) >= len(name) && strings.EqualFold(string(line[:len(name)]), name) {
			return true
		}
	}
	return false
}

// header returns the headers of a part. The CR LF of the empty line that ends
// them stays in the window: it may already be that of a delimiter.
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

// chunk returns the next piece of content, valid until the next call, and
// whether it is the last: then the delimiter was read too. Pieces are as large
// as the buffer allows.
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
				return nil, false, malformed("a boundary has something behind it in its line")
			}
			m.scanned = i // undecided
		}
		if m.full() && m.scanned > m.skip {
			return m.piece(win), false, nil
		}
		if m.eof {
			return nil, false, unexpected(io.EOF)
		}
		// The end of the body may decide what is undecided.
		if err := m.fill(); err != nil && err != io.EOF {
			return nil, false, err
		}
	}
}

// alignment is where pieces end in the file that they will be in, if they are
// large enough: file systems take whole and many pages with less effort.
const alignment = 64 << 10

// piece takes content off the window, which is full.
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

// What stands behind the bytes of a delimiter.
type delimiterKind int

const (
	undecided      delimiterKind = iota // more is to be read
	notDelimiter                        // content that begins alike
	delimiter                           // a part follows
	closeDelimiter                      // none follows
	badDelimiter                        // neither the one nor the other
)

// classify says what rest, which follows the bytes of a delimiter, makes of
// it, and how long the rest of the delimiter is.
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
	case kind == closeDelimiter && len(rest) > 0 && rest[0] == '\n': // nothing is behind it that could be mistaken
		return n + 1, kind
	case len(rest) == 0 && m.eof && kind == closeDelimiter:
		return n, kind
	case len(rest) == 0, len(rest) == 1 && rest[0] == '\r':
		return 0, m.unless(badDelimiter)
	}
	return 0, badDelimiter
}

// unless returns kind at the end of the body, where nothing can follow.
func (m *multipartReader) unless(kind delimiterKind) delimiterKind {
	if m.eof {
		return kind
	}
	return undecided
}

// unexpected turns the end of the body into an error.
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

// finishPart hands a part to sink and reads past what is left of it.
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
