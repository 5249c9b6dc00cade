package params

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/upload"
)

// firstRead is how much is first allocated for a body, whatever its Content-Length.
const firstRead = 64 << 10

// readBody reads a body into memory. sent are its bytes before they were decoded.
func (p *Parser) readBody(w http.ResponseWriter, r *http.Request, gzipped bool) (data, sent []byte, err error) {
	sent, err = readSent(w, r, p.cfg.MaxBodyBytes)
	if err != nil || !gzipped || len(sent) == 0 {
		return sent, sent, err
	}
	z, err := gzip.NewReader(bytes.NewReader(sent))
	if err != nil {
		return nil, nil, because("not valid gzip", err)
	}
	data, err = readUpTo(z, p.cfg.MaxBodyBytes, int64(len(sent)))
	if err == errOverLimit {
		return nil, nil, overLimit(err, p.cfg.MaxBodyBytes)
	} else if err != nil {
		return nil, nil, because("not valid gzip", err)
	}
	return data, sent, nil
}

// readSent reads the body as it was sent. Beyond the limit it closes the connection, since the
// next request would start after the unread rest.
func readSent(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	data, err := []byte(nil), errOverLimit
	if r.ContentLength <= limit { // otherwise nothing is read and no 100 Continue sent
		data, err = readUpTo(r.Body, limit, r.ContentLength)
	}
	if err != nil {
		linger.Refuse(w, r)
		return nil, overLimit(err, limit)
	}
	return data, nil
}

// readUpload passes the request to the upload parser, unless a handler of package upload has
// already parsed it.
func (p *Parser) readUpload(w http.ResponseWriter, r *http.Request, s *Set, files Files, gzipped bool) error {
	if gzipped {
		z := &lazyGzip{body: r.Body}
		decoded := *r // the caller's request keeps the original body
		decoded.Body, decoded.ContentLength = z, -1
		decoded.Header = r.Header.Clone()
		decoded.Header.Del(contentEncoding)
		r = &decoded
	}
	keep, whole := files.Keep, ""
	if !isMultipart(r) {
		if whole = files.WholeBody; whole == "" {
			s.bodyLeft = true
			return nil
		}
		keep = func(string) bool { return true }
	}
	if form, parsed := upload.FromContext(r.Context()); parsed {
		return p.explainFields(p.mergeUpload(s, form.Only(keep), whole), form.Fields)
	}
	form, err := p.cfg.Upload.ParseOnly(w, r, keep)
	if err != nil {
		return err
	}
	if err := p.explainFields(p.mergeUpload(s, form, whole), form.Fields); err != nil {
		if unclosed := form.Close(); unclosed != nil {
			return errors.Join(err, unclosed)
		}
		return err
	}
	return nil
}

// lazyGzip decodes a body. It reads nothing until it is read itself, because the first read sends
// "100 Continue".
type lazyGzip struct {
	body io.ReadCloser
	z    *gzip.Reader
}

func (l *lazyGzip) Read(b []byte) (int, error) {
	if l.z == nil {
		z, err := gzip.NewReader(l.body)
		if err != nil {
			if err == io.EOF {
				err = io.ErrUnexpectedEOF // an empty body is not gzip
			}
			return 0, err
		}
		l.z = z
	}
	return l.z.Read(b)
}

func (l *lazyGzip) Close() error { return l.body.Close() }

// saveRaw reads the whole body into the set. It makes the body readable again, now and whenever
// rewind is called.
func (p *Parser) saveRaw(w http.ResponseWriter, r *http.Request, s *Set) (rewind func(), err error) {
	raw, err := readSent(w, r, p.cfg.MaxRawBodyBytes)
	if err != nil {
		return nil, err
	}
	s.brought().raw = raw
	rewind = func() { r.Body = bodyOf(raw) }
	rewind()
	return rewind, nil
}

// bodyOf returns a body that can be read.
func bodyOf(content []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(content)) }

var errOverLimit = errors.New("over the limit")

// overLimit converts an error of readUpTo to an [*Error].
func overLimit(err error, limit int64) error {
	if err == errOverLimit {
		return &Error{Kind: ErrTooLarge, From: "body", Limit: limit}
	}
	return readError(err)
}

// readUpTo reads to the end. Its memory grows with the bytes received, not with the claimed
// length, which is negative if unknown.
func readUpTo(r io.Reader, limit, claimed int64) ([]byte, error) {
	size := int64(512)
	if claimed >= 0 {
		size = min(claimed, firstRead) + 1 // one more, to see the end without growing
	}
	data := make([]byte, 0, size)
	for {
		n, err := r.Read(data[len(data):cap(data)])
		data = data[:len(data)+n]
		switch {
		case int64(len(data)) > limit:
			return nil, errOverLimit
		case err == io.EOF:
			return data, nil
		case err != nil:
			return nil, err
		case len(data) == cap(data):
			data = append(data, 0)[:len(data)]
		}
	}
}
