package upload

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Parser reads uploads. It is immutable and safe for concurrent use.
type Parser struct {
	cfg      settings
	inFlight inFlight
}

// New checks the options and returns a parser. The error joins a [*ConfigError] for every
// problem.
func New(o Options) (*Parser, error) {
	s, err := o.WithDefaults().compile()
	if err != nil {
		return nil, err
	}
	return &Parser{cfg: s}, nil
}

// Accepts reports whether the request's Content-Type is one that is parsed: multipart/form-data,
// or one of Options.WholeBodyTypes (by default application/octet-stream). With
// Options.WholeBodyUntyped a request with a body and no Content-Type is accepted, too.
func (p *Parser) Accepts(r *http.Request) bool {
	kind := bareType(r)
	if kind == "" {
		return p.cfg.bodyTypes.untyped && r.ContentLength != 0 && r.Body != nil && r.Body != http.NoBody
	}
	return kind == typeMultipart || p.cfg.bodyTypes.has(kind)
}

// Parse reads the body and stores every file. The caller must close the form. With an error there
// is no form, and no stored file remains.
//
// The error is an [*Error]; nothing is logged. If it matches [ErrNotUpload] or [ErrEncoded], the
// body is unread. After any other error that leaves some of the body unread, Parse has read and
// discarded more for a while, so that the client can receive the response (see
// [Options.LingerTime]), and has set "Connection: close" on HTTP/1 responses. Parse replaces the
// request's read and write deadlines: see [Options.ReadTimeout].
func (p *Parser) Parse(w http.ResponseWriter, r *http.Request) (*Form, error) {
	return p.parse(w, r, everyField)
}

func everyField(string) bool { return true }

// ParseOnly is Parse for the files of some form fields: those for which keep returns true. The
// others are skipped within the same limits, without being stored, and are listed in
// [Form.Skipped]. A nil keep keeps none; then the store is never called. If the whole body is a
// file that keep rejects, it is left unread.
//
// A part of a JSON type with the file name "blob" becomes a field if keep rejects it: a browser's
// FormData can only declare the type of a value by sending it as a Blob.
func (p *Parser) ParseOnly(w http.ResponseWriter, r *http.Request, keep func(field string) bool) (*Form, error) {
	if keep == nil {
		keep = func(string) bool { return false }
	}
	form, err := p.parse(w, r, keep)
	if err == nil {
		p.logSkipped(r, form)
	}
	return form, err
}

// Each reads the body and calls each with every part as it arrives, fields and files alike,
// without storing anything. All limits apply while a part is read, except those in flight. What
// each does not read of a part is skipped. The part is invalid after each has returned. An error
// from each ends the reading and is returned unchanged.
func (p *Parser) Each(w http.ResponseWriter, r *http.Request, each func(ctx context.Context, part *Part) error) error {
	ctx := r.Context()
	return p.read(w, r, func(*Part) bool { return true }, func(part *Part) error { return each(ctx, part) })
}

// read reads the request's body and calls sink with each part. If the whole body is a file that
// is not wanted, it is left unread.
func (p *Parser) read(w http.ResponseWriter, r *http.Request, wantWhole func(*Part) bool, sink func(*Part) error) (err error) {
	if !p.Accepts(r) {
		return &Error{Kind: ErrNotUpload}
	}
	if coding := contentCoding(r); coding != "" {
		if w != nil {
			w.Header().Set("Accept-Encoding", "identity") // RFC 9110, section 15.5.16
		}
		return &Error{Kind: ErrEncoded, coding: coding}
	}
	body := newBody(w, r, &p.cfg)
	err = errPanicked // unless the next call returns
	defer func() { body.finish(w, r, err) }()
	err = p.readBody(body, r, wantWhole, sink)
	return err
}

// errPanicked represents a panic that passes through a parse.
var errPanicked = errors.New("upload: panicked")

func (p *Parser) readBody(body *body, r *http.Request, wantWhole func(*Part) bool, sink func(*Part) error) error {
	kind, params, err := mediaType(r)
	if err != nil {
		return err
	}
	totals := &totals{settings: &p.cfg}
	if kind == typeMultipart {
		return readMultipart(body, r, params["boundary"], totals, sink)
	}
	part := p.cfg.wholePart(r)
	if !wantWhole(part) {
		return nil
	}
	return readWhole(body, r, part, totals, sink)
}

// contentCoding returns the codings to decode before the body has its Content-Type; "" for none.
func contentCoding(r *http.Request) string {
	coding := strings.Join(r.Header.Values("Content-Encoding"), ", ")
	if strings.EqualFold(coding, "identity") {
		return ""
	}
	return coding
}
