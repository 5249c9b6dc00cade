package upload

import (
	"context"
	"io"
	"net/http"
)

// receiveBytes is how much is read and handed on at once.
const receiveBytes = 64 << 10

// Receive copies the body of a request to a writer as it is, whatever its type,
// for protocols of their own: a part of a file, say. Clients that are too slow and
// bodies of more than [Options.MaxFileBytes] are refused as by [Parser.Parse],
// whose errors it returns; what has arrived before a failure is written. An error
// of the writer is returned as it is.
func (p *Parser) Receive(w http.ResponseWriter, r *http.Request, to io.Writer) (n int64, err error) {
	body := newBody(w, r, &p.cfg)
	body.left, body.limit = p.cfg.MaxFileBytes, p.cfg.MaxFileBytes
	err = errPanicked // unless the next call returns
	defer func() { body.finish(w, r, err) }()
	buffer := make([]byte, receiveBytes)
	for {
		read, readErr := body.Read(buffer)
		if read > 0 {
			written, writeErr := to.Write(buffer[:read])
			n += int64(written)
			if writeErr != nil {
				err = writeErr
				return n, err
			}
		}
		switch {
		case readErr == io.EOF:
			err = nil
			return n, nil
		case readErr != nil:
			err = readErr
			return n, err
		}
	}
}

// Adopt stores a file that did not come as the body of one request, as if it had:
// field, name and kind are the client's words for it, and are cleaned. The form
// must be closed; with an error, an [*Error], there is none and nothing stays. What
// goes wrong with content is [ErrStore].
func (p *Parser) Adopt(ctx context.Context, field, name, kind string, content io.Reader) (*Form, error) {
	c := &collector{p: p, ctx: context.WithoutCancel(ctx), form: &Form{whole: true}}
	complete := false
	defer func() {
		if !complete {
			_ = c.form.Close() // the error that is returned came before
		}
	}()
	s, err := c.create(&Part{Field: field, File: true, Name: cleanName(name), Type: cleanType(kind)})
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 4*receiveBytes)
	for {
		n, readErr := content.Read(buffer)
		if s.file.Size+int64(n) > p.cfg.MaxFileBytes {
			return nil, &Error{Kind: ErrFileTooLarge, Field: field, Limit: p.cfg.MaxFileBytes}
		}
		if err := s.write(buffer[:n]); err != nil {
			return nil, err
		}
		switch readErr {
		case nil:
		case io.EOF:
			if err := s.commit(); err != nil {
				return nil, err
			}
			complete = true
			return c.form, nil
		default:
			return nil, &Error{Kind: ErrStore, Field: field, Cause: readErr}
		}
	}
}
