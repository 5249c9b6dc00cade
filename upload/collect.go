package upload

import (
	"context"
	"encoding/hex"
	"hash"
	"io"
	"net/http"
	"strings"
	"time"
)

// parse reads a form. What was stored is removed unless all of it arrives.
func (p *Parser) parse(w http.ResponseWriter, r *http.Request, keep func(string) bool) (*Form, error) {
	c := &collector{p: p, ctx: r.Context(), keep: keep, form: &Form{}}
	whole := false
	defer func() {
		p.inFlight.bytes.Add(-c.fieldBytes)
		if !whole {
			p.close(r.Context(), c.form)
		}
	}()
	if err := p.read(w, r, keep, c.collect); err != nil {
		return nil, err
	}
	whole = true
	return c.form, nil
}

// collector makes a form of parts.
type collector struct {
	p          *Parser
	ctx        context.Context
	keep       func(field string) bool
	form       *Form
	fieldBytes int64 // taken of the allowance in flight
}

func (c *collector) collect(part *Part) error {
	switch {
	case !part.File:
		return c.field(part)
	case c.keep(part.Field):
		return c.file(part)
	}
	return nil // read past
}

func (c *collector) field(part *Part) error {
	var value strings.Builder
	for {
		data, err := part.next()
		if err == io.EOF {
			c.form.Fields = append(c.form.Fields, Field{Name: part.Field, Value: value.String(), Type: part.Type})
			return nil
		}
		if err != nil {
			return err
		}
		if err := c.p.takeBytes(part.Field, len(data)); err != nil {
			return err
		}
		c.fieldBytes += int64(len(data))
		value.Write(data)
	}
}

func (c *collector) file(part *Part) error {
	data, err := part.next()
	if part.unnamed && part.end && len(data) == 0 {
		return nil // a file input that was left empty
	}
	if err != nil {
		return err
	}
	s, err := c.create(part)
	if err != nil {
		return err
	}
	for err == nil {
		if err = s.write(data); err != nil {
			return err
		}
		data, err = part.next()
	}
	if err != io.EOF {
		return err
	}
	return s.commit()
}

// storing is a file on its way into the store.
type storing struct {
	p     *Parser
	file  *File
	sum   hash.Hash
	sniff []byte
}

// create begins a file. From here on it is in the form, which removes it if
// the request comes to nothing.
func (c *collector) create(part *Part) (*storing, error) {
	p := c.p
	if err := p.takeFile(part.Field); err != nil {
		return nil, err
	}
	f := &File{Field: part.Field, Name: part.Name, Type: part.Type}
	f.release = func() {
		p.inFlight.files.Add(-1)
		p.inFlight.bytes.Add(-f.Size)
	}
	object, err := p.Store.Create(c.ctx, f)
	if err != nil {
		f.release()
		return nil, storeError(f.Field, err)
	}
	f.object = object
	c.form.Files = append(c.form.Files, f)
	s := &storing{p: p, file: f}
	if p.newHash != nil {
		s.sum = p.newHash()
	}
	return s, nil
}

// sniffBytes is how much http.DetectContentType looks at.
const sniffBytes = 512

func (s *storing) write(data []byte) error {
	if len(data) == 0 {
		return nil
	}
	f := s.file
	if err := s.p.takeBytes(f.Field, len(data)); err != nil {
		return err
	}
	f.Size += int64(len(data))
	switch {
	case f.DetectedType != "":
	case len(s.sniff) == 0 && len(data) >= sniffBytes:
		f.DetectedType = http.DetectContentType(data)
	default:
		s.sniff = append(s.sniff, data[:min(len(data), sniffBytes-len(s.sniff))]...)
		if len(s.sniff) == sniffBytes {
			f.DetectedType = http.DetectContentType(s.sniff)
		}
	}
	if s.sum != nil {
		s.sum.Write(data)
	}
	n, err := f.object.Write(data)
	if err == nil && n < len(data) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return storeError(f.Field, err)
	}
	return nil
}

func (s *storing) commit() error {
	f := s.file
	if err := f.object.Commit(); err != nil {
		return storeError(f.Field, err)
	}
	if f.DetectedType == "" {
		f.DetectedType = http.DetectContentType(s.sniff)
	}
	if s.sum != nil {
		f.Hash = hex.EncodeToString(s.sum.Sum(nil))
	}
	f.ModTime = time.Now()
	f.setPath()
	return nil
}
