package params

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// Set holds what one request sent. It belongs to that request. Several goroutines may read it at
// once; only one may change Values.
type Set struct {
	// Values are the parameters; the body's replace the query's. The map is never nil.
	Values Values

	parser   *Parser
	rawQuery string
	bodyRead bool
	bodyLeft bool
	body     *body // nil without a parsed body, as for most requests
}

// body is what the body of a request contained.
type body struct {
	json   any    // decoded
	form   string // urlencoded
	upload *upload.Form
	typed  bool   // a part of the upload declares itself as JSON
	whole  string // the parameter for a body that is a single file
	raw    []byte
}

// brought returns the body's part of the set, and makes it if necessary.
func (s *Set) brought() *body {
	if s.body == nil {
		s.body = &body{}
	}
	return s.body
}

// SetPath makes a variable of the path a parameter, which replaces a parameter of the query or
// body with the same name. value must be decoded. The error is an [*Error] if value is not valid
// UTF-8 or contains a NUL that is not allowed.
func (s *Set) SetPath(name, value string) error {
	if err := qs.Check(value, s.parser.cfg.DangerouslyAllowNUL); err != nil {
		what := "is not UTF-8"
		if errors.Is(err, qs.ErrNUL) {
			what = "has a NUL"
		}
		return &Error{Kind: ErrMalformed, From: "path", Reason: fmt.Sprintf("its variable %s %s", name, what), Cause: err}
	}
	s.Values[name] = value
	return nil
}

// RawQuery returns the parameters of the query under their original names, decoded but not
// nested. Every call makes a new map. Parameters that cannot be decoded are left out;
// [Parser.Query] has refused them.
func (s *Set) RawQuery() url.Values {
	return qs.Flat(s.rawQuery, s.parser.cfg.query)
}

// Body returns the content of the body alone: for JSON the decoded value (shared with Values, so
// do not change it), for a form [url.Values] with the original names, made anew by every call,
// and nil if there was no body or it was not parsed.
func (s *Set) Body() any {
	switch b := s.body; {
	case b == nil:
	case b.json != nil:
		return b.json
	case b.form != "":
		return url.Values(qs.Flat(b.form, s.parser.cfg.form))
	case b.upload != nil:
		fields := make(url.Values, len(b.upload.Fields))
		for _, f := range b.upload.Fields {
			fields.Add(f.Name, f.Value)
		}
		return fields
	}
	return nil
}

// HasBody reports whether the body was read, and so has parameters or saved bytes.
func (s *Set) HasBody() bool { return s.body != nil }

// BodyLeft reports whether the body was left to the handler: its type gives no parameters, or it is
// a single file and [Files.WholeBody] is "". A body of unknown length may be empty.
func (s *Set) BodyLeft() bool { return s.bodyLeft }

// RawBody returns the bytes of the body as they were sent, or nil without [Options.SaveRawBody].
// They must not be changed.
func (s *Set) RawBody() []byte {
	if s.body == nil {
		return nil
	}
	return s.body.raw
}

// Files returns the files of the body, by the name of their form field, in the order in which
// they arrived. Every call makes a new map.
func (s *Set) Files() map[string][]*upload.File {
	files := make(map[string][]*upload.File)
	if s.body != nil && s.body.upload != nil {
		for _, f := range s.body.upload.Files {
			files[f.Field] = append(files[f.Field], f)
		}
	}
	return files
}

// Form returns the form of an upload. It belongs to the set, or to the handler that parsed it
// before.
func (s *Set) Form() (*upload.Form, bool) {
	if s.body == nil || s.body.upload == nil {
		return nil, false
	}
	return s.body.upload, true
}

// IsWholeBody reports whether the body was a single file.
func (s *Set) IsWholeBody() bool { return s.body != nil && s.body.whole != "" }

// RenameWholeBody makes the file that is the whole body the parameter name, instead of the one that
// [Files.WholeBody] named. It does nothing if the body was not a single file.
func (s *Set) RenameWholeBody(name string) {
	if !s.IsWholeBody() || s.body.whole == name {
		return
	}
	own := *s.body // another set may share it
	file := s.Values[own.whole]
	delete(s.Values, own.whole)
	s.Values[name] = file
	own.whole = name
	s.body = &own
}

// Close removes the files that were neither kept nor moved. Further calls do nothing and return
// the same error.
func (s *Set) Close() error {
	if s.body == nil || s.body.upload == nil {
		return nil
	}
	return s.body.upload.Close()
}
