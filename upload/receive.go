package upload

import (
	"context"
	"io"
	"net/http"
)

// receiveBytes is how much is read and passed on at once.
const receiveBytes = 64 << 10

// Receive copies the body of a request to a writer unchanged, whatever its type. It is for other
// protocols, such as those that send a file in pieces. It refuses clients that are too slow and
// bodies larger than [Options.MaxFileBytes] with the same errors as [Parser.Parse]; what arrived
// before a failure has been written. An error of the writer is returned unchanged.
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

// MaxAdoptBytes returns the size of the largest file that [Parser.Adopt] stores: the lowest of
// MaxFileBytes, MaxTotalFileBytes and MaxBytesInFlight of the [Options], or [math.MaxInt64] if none
// of them limits it.
func (p *Parser) MaxAdoptBytes() int64 {
	return min(p.cfg.MaxFileBytes, p.cfg.MaxTotalFileBytes, p.cfg.MaxBytesInFlight)
}

// Adopt stores a file that did not arrive as the body of one request, as if it had. field, name
// and kind come from the client and are cleaned. MaxFileBytes, MaxTotalFileBytes and
// RefuseEmptyFiles of the [Options] apply. The caller must close the form. With an error,
// an [*Error], there is no form and no file remains. Errors of content match [ErrStore].
func (p *Parser) Adopt(ctx context.Context, field, name, kind string, content io.Reader) (*Form, error) {
	c := &collector{p: p, ctx: context.WithoutCancel(ctx), form: &Form{whole: true}}
	complete := false
	defer func() {
		if !complete {
			_ = c.form.Close() // the returned error came first
		}
	}()
	s, err := c.create(&Part{Field: field, File: true, Name: cleanName(name), Type: cleanType(kind)})
	if err != nil {
		return nil, err
	}
	buffer := make([]byte, 4*receiveBytes)
	for {
		n, readErr := content.Read(buffer)
		switch size := s.file.Size + int64(n); {
		case size > p.cfg.MaxFileBytes:
			return nil, &Error{Kind: ErrFileTooLarge, Field: field, Limit: p.cfg.MaxFileBytes}
		case size > p.cfg.MaxTotalFileBytes:
			return nil, &Error{Kind: ErrFilesTooLarge, Field: field, Limit: p.cfg.MaxTotalFileBytes}
		case size == 0 && readErr == io.EOF && p.cfg.RefuseEmptyFiles:
			return nil, &Error{Kind: ErrEmptyFile, Field: field}
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
