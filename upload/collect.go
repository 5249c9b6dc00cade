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

// parse reads a form. Stored files are removed unless the whole form arrives.
func (p *Parser) parse(w http.ResponseWriter, r *http.Request, keep func(string) bool) (*Form, error) {
	c := &collector{
		p: p,
		// If the client leaves, the store must still be able to remove what it has stored.
		ctx:  context.WithoutCancel(r.Context()),
		keep: keep,
		form: &Form{},
	}
	complete := false
	defer func() {
		p.inFlight.bytes.Add(-c.fieldBytes)
		if !complete {
			p.close(r, c.form)
		}
	}()
	if err := p.read(w, r, c.wantWhole, c.collect); err != nil {
		return nil, err
	}
	complete = true
	return c.form, nil
}

// collector makes a form from parts.
type collector struct {
	p          *Parser
	ctx        context.Context
	keep       func(field string) bool
	form       *Form
	fieldBytes int64 // counted towards the limit in flight
}

// wantWhole reports whether a body that is a single file is wanted.
func (c *collector) wantWhole(part *Part) bool {
	c.form.whole = true
	if c.keep(part.Field) {
		return true
	}
	c.skip(part)
	return false
}

func (c *collector) collect(part *Part) error {
	switch {
	case !part.File:
		return c.field(part)
	case c.form.whole || c.keep(part.Field):
		return c.file(part)
	case part.isValue():
		if err := part.countAsField(); err != nil {
			return err
		}
		return c.field(part)
	}
	return c.past(part)
}

// past skips a file that is not wanted.
func (c *collector) past(part *Part) error {
	data, err := part.next()
	if err == nil && !(part.unnamed && part.end && len(data) == 0) {
		c.skip(part)
	}
	return err // the caller skips the rest
}

func (c *collector) skip(part *Part) {
	c.form.Skipped = append(c.form.Skipped, Skipped{part.Field, part.Name, part.Type})
}

func (c *collector) field(part *Part) error {
	var value strings.Builder
	for {
		data, err := part.next()
		if err == io.EOF {
			c.form.addField(Field{Name: part.Field, Value: value.String(), Type: part.Type})
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
		return nil // an empty file input
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

// storing is a file that is being stored.
type storing struct {
	p     *Parser
	file  *File
	sum   hash.Hash
	sniff []byte
}

// create begins a file and adds it to the form, which removes it if the request fails.
func (c *collector) create(part *Part) (*storing, error) {
	p := c.p
	if err := p.takeFile(part.Field); err != nil {
		return nil, err
	}
	f := &File{Field: part.Field, Name: part.Name, Type: part.Type, mode: p.cfg.MoveMode}
	f.release = func() {
		p.inFlight.files.Add(-1)
		p.inFlight.bytes.Add(-f.Size)
	}
	object, err := p.cfg.Store.Create(c.ctx, f)
	if err != nil {
		f.release()
		return nil, storeError(f.Field, err)
	}
	f.object = object
	c.form.addFile(f)
	s := &storing{p: p, file: f}
	if p.cfg.newHash != nil {
		s.sum = p.cfg.newHash()
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
