package params

import (
	"fmt"
	"net/url"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// Set is what one request brought. It belongs to its request; all of it may be
// read by several goroutines at once, and Values may be changed by one.
type Set struct {
	// Values are the params, later sources over earlier ones. The map is
	// never nil.
	Values Values

	parser   *Parser
	rawQuery string
	bodyRead bool
	body     *body // nil where it has brought nothing; most requests have none
}

// body is what the body of a request brought.
type body struct {
	json   any    // decoded
	form   string // urlencoded
	upload *upload.Form
	typed  bool   // a part of the upload says that it is JSON
	whole  string // the parameter that a whole body is the file of
	raw    []byte
}

// brought returns room for what the body brings.
func (s *Set) brought() *body {
	if s.body == nil {
		s.body = &body{}
	}
	return s.body
}

// SetPath makes a variable of the path a parameter, which wins over what query
// and body bring under its name. value is decoded already. The error is an
// [*Error] where it is not valid UTF-8, or has a NUL that is not allowed.
func (s *Set) SetPath(name, value string) error {
	if err := qs.Check(value, s.parser.cfg.DangerouslyAllowNUL); err != nil {
		return &Error{Kind: ErrMalformed, From: "path", Cause: fmt.Errorf("variable %s: %w", name, err)}
	}
	s.Values[name] = value
	return nil
}

// RawQuery returns the parameters of the query under their names as they were
// sent, decoded but not nested. It is made anew at every call. Parameters that
// cannot be decoded are left out; [Parser.Query] has refused them.
func (s *Set) RawQuery() url.Values {
	return qs.Flat(s.rawQuery, s.parser.cfg.query)
}

// Body returns what the body alone brought: the decoded value of a JSON body
// (shared with Values, so it is not to be changed), [url.Values] with the names
// as they were sent of a form, made anew at every call, and nil if there was no
// body or one that is not parsed.
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

// RawBody returns the bytes of the body as they were sent, nil without
// [Options.SaveRawBody]. They are not to be changed.
func (s *Set) RawBody() []byte {
	if s.body == nil {
		return nil
	}
	return s.body.raw
}

// Files returns the files that the body brought, by the name of their form
// field, in the order in which they came. The map is made anew at every call.
func (s *Set) Files() map[string][]*upload.File {
	files := make(map[string][]*upload.File)
	if s.body != nil && s.body.upload != nil {
		for _, f := range s.body.upload.Files {
			files[f.Field] = append(files[f.Field], f)
		}
	}
	return files
}

// Form returns the form that an upload brought. It belongs to the set, or to
// whoever has parsed it before.
func (s *Set) Form() (*upload.Form, bool) {
	if s.body == nil || s.body.upload == nil {
		return nil, false
	}
	return s.body.upload, true
}

// IsWholeBody reports whether the body was one file.
func (s *Set) IsWholeBody() bool { return s.body != nil && s.body.whole != "" }

// Close removes the files that were neither kept nor moved. Calling it again
// does nothing and returns the same error.
func (s *Set) Close() error {
	if s.body == nil || s.body.upload == nil {
		return nil
	}
	return s.body.upload.Close()
}
