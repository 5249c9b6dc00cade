package upload

import (
	"io"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// Part is one part of an upload while it is being read: see [Parser.Each].
type Part struct {
	Field string // the form field; never empty
	File  bool   // whether it is a file: it has a file name, or is the whole body
	Name  string // the client's name of the file, cleaned; may be ""
	Type  string // the type that the client declared; "" if it declared none

	unnamed bool // the client sent an empty file name
	content chunker
	totals  *totals
	size    int64
	rest    []byte // read, but not yet returned by Read
	end     bool
	err     error
}

// chunker returns the content of a part piece by piece. A piece is valid until the next call; end
// reports that it is the last.
type chunker interface {
	chunk() (data []byte, end bool, err error)
}

// totals are the totals over the parts of one request, with the limits.
type totals struct {
	*settings
	files, fields                                 int64
	fileBytes, fieldBytes, nameBytes, headerBytes int64
}

// addHeader counts the headers of a part.
func (t *totals) addHeader(n int) error {
	if t.headerBytes += int64(n); t.headerBytes > t.maxHeadersBytes {
		return &Error{Kind: ErrPartHeaderTooLarge, Limit: t.maxHeadersBytes}
	}
	return nil
}

// begin counts a part.
func (t *totals) begin(p *Part) error {
	p.totals = t
	if t.nameBytes += int64(len(p.Field)); t.nameBytes > t.maxNamesBytes {
		return &Error{Kind: ErrFieldsTooLarge, Limit: t.maxNamesBytes}
	}
	if p.File {
		if t.files++; t.files > t.maxFiles {
			return &Error{Kind: ErrTooManyFiles, Field: p.Field, Limit: t.maxFiles}
		}
		return nil
	}
	if t.fields++; t.fields > t.maxFields {
		return &Error{Kind: ErrTooManyFields, Field: p.Field, Limit: t.maxFields}
	}
	return nil
}

// isValue reports whether a part with a file name is really a value: a Blob of JSON in a
// FormData, which is how browsers and generated clients send a value with a type. FormData names
// it "blob" and cannot omit the name (XMLHttpRequest standard, "create an entry").
func (p *Part) isValue() bool {
	if p.Name != "blob" {
		return false
	}
	return mediatype.ReadsAsJSON(mediatype.Essence(p.Type))
}

// countAsField turns a file into a field before any of it is read.
func (p *Part) countAsField() error {
	t := p.totals
	p.File = false
	t.files--
	if t.fields++; t.fields > t.maxFields {
		return &Error{Kind: ErrTooManyFields, Field: p.Field, Limit: t.maxFields}
	}
	return nil
}

// add counts n bytes of a part.
func (t *totals) add(p *Part, n int) error {
	p.size += int64(n)
	if !p.File {
		if t.fieldBytes += int64(n); t.fieldBytes > t.MaxFieldsBytes {
			return &Error{Kind: ErrFieldsTooLarge, Field: p.Field, Limit: t.MaxFieldsBytes}
		}
		return nil
	}
	if p.size > t.MaxFileBytes {
		return &Error{Kind: ErrFileTooLarge, Field: p.Field, Limit: t.MaxFileBytes}
	}
	if t.fileBytes += int64(n); t.fileBytes > t.MaxTotalFileBytes {
		return &Error{Kind: ErrFilesTooLarge, Field: p.Field, Limit: t.MaxTotalFileBytes}
	}
	return nil
}

// next returns the next piece of the content, valid until the next call, and io.EOF after the
// last.
func (p *Part) next() ([]byte, error) {
	if p.err != nil {
		return nil, p.err
	}
	if p.end {
		p.err = io.EOF
		return nil, p.err
	}
	data, end, err := p.content.chunk()
	if err == nil {
		p.end = end
		err = p.totals.add(p, len(data))
	}
	if err != nil {
		p.err = err
		return nil, err
	}
	if p.end && p.File && p.size == 0 && p.totals.RefuseEmptyFiles && !p.unnamed {
		p.err = &Error{Kind: ErrEmptyFile, Field: p.Field}
		return nil, p.err
	}
	return data, nil
}

// Read reads the content of the part as it was sent, without decoding. At its end the error is
// io.EOF, otherwise an [*Error].
func (p *Part) Read(b []byte) (int, error) {
	for len(p.rest) == 0 {
		data, err := p.next()
		if err != nil {
			return 0, err
		}
		p.rest = data
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// WriteTo writes the rest of the content to w in pieces of up to 256 KiB, without copying it.
// io.Copy uses it.
func (p *Part) WriteTo(w io.Writer) (int64, error) {
	var total int64
	for {
		n, err := w.Write(p.rest)
		total += int64(n)
		p.rest = p.rest[n:]
		if err != nil {
			return total, err
		}
		if p.rest, err = p.next(); err != nil {
			if err == io.EOF {
				err = nil
			}
			return total, err
		}
	}
}
