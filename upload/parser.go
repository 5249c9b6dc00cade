package upload

import (
	"context"
	"errors"
	"net/http"
	"strings"
)

// Parser reads uploads. It is immutable and safe for concurrent use.
type Parser struct {
	settings
	inFlight inFlight
}

// New checks the options and returns a parser. The error lists every problem;
// each is a [*ConfigError].
func New(o Options) (*Parser, error) {
	s, err := o.settings()
	if err != nil {
		return nil, err
	}
	return &Parser{settings: s}, nil
}

// Accepts tells by the Content-Type alone whether the request is one that is
// parsed: multipart/form-data, or application/octet-stream unless that is
// switched off.
func (p *Parser) Accepts(r *http.Request) bool {
	kind, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";")
	return p.accepts(strings.ToLower(strings.TrimSpace(kind)))
}

func (p *Parser) accepts(kind string) bool {
	return kind == typeMultipart || kind == typeWholeBody && !p.DisableWholeBody
}

// Parse reads the body and stores every file. The form must be closed; with an
// error there is no form, and nothing that was stored stays.
//
// The error is an [*Error]. One that matches [ErrNotUpload] leaves the body
// unread. After any other that leaves a part of it unread, Parse has read on
// for a short while, so that the client can get the answer, and has set
// "Connection: close" on responses of HTTP/1.
func (p *Parser) Parse(w http.ResponseWriter, r *http.Request) (*Form, error) {
	return p.parse(w, r, func(string) bool { return true })
}

// ParseOnly is Parse for the files of some form fields: those for which keep
// returns true. The others are read past within the same limits, without being
// stored. A nil keep keeps none; then the store is never called. The body of a
// whole-body upload that is not to be kept is left unread.
func (p *Parser) ParseOnly(w http.ResponseWriter, r *http.Request, keep func(field string) bool) (*Form, error) {
	if keep == nil {
		keep = func(string) bool { return false }
	}
	return p.parse(w, r, keep)
}

// Each reads the body and calls each with every part as it comes, fields and
// files alike, without storing anything. All limits hold while a part is read,
// except those in flight. What each leaves of a part is read past. The part is
// of no use after each has returned; an error from each ends the reading and
// is returned as it is.
func (p *Parser) Each(w http.ResponseWriter, r *http.Request, each func(ctx context.Context, part *Part) error) error {
	ctx := r.Context()
	return p.read(w, r, nil, func(part *Part) error { return each(ctx, part) })
}

// read reads the request's body and calls sink with each part. keep, if not
// nil, tells which files are wanted.
func (p *Parser) read(w http.ResponseWriter, r *http.Request, keep func(string) bool, sink func(*Part) error) (err error) {
	if !p.Accepts(r) {
		return &Error{Kind: ErrNotUpload}
	}
	body := newBody(w, r, &p.settings)
	err = errPanicked // unless the next call returns
	defer func() { body.finish(w, r, err) }()
	err = p.readBody(body, r, keep, sink)
	return err
}

// errPanicked stands for a panic on its way through a parse.
var errPanicked = errors.New("upload: panicked")

func (p *Parser) readBody(body *body, r *http.Request, keep func(string) bool, sink func(*Part) error) error {
	kind, params, err := mediaType(r)
	if err != nil {
		return err
	}
	totals := &totals{settings: &p.settings}
	if kind == typeMultipart {
		return readMultipart(body, r, params["boundary"], totals, sink)
	}
	if keep != nil && !keep(p.WholeBodyField) {
		return nil
	}
	return readWhole(body, r, totals, sink)
}
