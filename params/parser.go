package params

import (
	"errors"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/qs"
)

// Parser reads parameters. It is immutable and safe for concurrent use.
type Parser struct{ cfg settings }

// New checks the options and returns a parser. The error joins a [*ConfigError] for every
// problem.
func New(o Options) (*Parser, error) {
	s, err := o.WithDefaults().compile()
	if err != nil {
		return nil, err
	}
	return &Parser{s}, nil
}

// Query reads the request's query and leaves its body alone. The error is an [*Error]; even then
// it returns a set, without values.
func (p *Parser) Query(r *http.Request) (*Set, error) {
	s := new(Set)
	return s, p.QueryInto(s, r)
}

// QueryInto is [Parser.Query] for callers that have already allocated a set. It overwrites s.
func (p *Parser) QueryInto(s *Set, r *http.Request) error {
	*s = Set{parser: p, rawQuery: r.URL.RawQuery}
	values, err := qs.Parse(s.rawQuery, p.cfg.query)
	if err != nil {
		s.Values = make(Values)
		return p.explainPairs(qsError(err, "query", p.cfg.query.ParameterLimit), s.rawQuery, p.cfg.Query.Delimiter)
	}
	s.Values = values
	return nil
}

// Files selects the files of a body to be stored. The zero value selects none.
type Files struct {
	_ struct{}

	// Keep reports whether to store the file of a form field. The field's name is as the client
	// spelled it: "docs", "docs[]", "user[avatar]". nil stores none.
	Keep func(field string) bool
	// WholeBody is the parameter for a body that is a single file, see
	// [upload.Options.WholeBodyTypes]; "" leaves such a body unread.
	WholeBody string
}

// AllFiles selects every file; a body that is a single file becomes the parameter "file".
func AllFiles() Files {
	return Files{Keep: func(string) bool { return true }, WholeBody: "file"}
}

// Body reads the request's body and adds its parameters to s, replacing those of the same name.
// It stores the selected files. It may be called once for each set.
//
// The error is an [*Error] or an [*upload.Error]; the values of s are then unchanged, and no
// stored file remains. Body writes nothing to w, but adds "Connection: close" if the body is too
// large or could not be read, and sets read deadlines for uploads. With Options.SaveRawBody it
// replaces r.Body; otherwise it reads r.Body to its end, unless the body is left to the handler.
func (p *Parser) Body(w http.ResponseWriter, r *http.Request, s *Set, files Files) error {
	_, err := p.addBody(w, r, s, files)
	return err
}

// addBody does what Body does. sent is a JSON or urlencoded body as it was sent.
func (p *Parser) addBody(w http.ResponseWriter, r *http.Request, s *Set, files Files) (sent []byte, err error) {
	if s.bodyRead {
		return nil, errBodyTwice
	}
	s.bodyRead = true
	if r.Method == http.MethodGet || r.Method == http.MethodHead ||
		r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil, nil
	}
	if p.cfg.SaveRawBody {
		rewind, err := p.saveRaw(w, r, s)
		if err != nil {
			return nil, err
		}
		defer rewind()
	}
	kind, err := p.bodyKind(r)
	if err != nil || kind == unparsed {
		s.bodyLeft = err == nil
		return nil, err
	}
	gzipped, err := p.isGzipped(w, r)
	if err != nil {
		return nil, err
	}
	if kind == uploaded {
		return nil, p.readUpload(w, r, s, files, gzipped)
	}
	data, sent, err := p.readBody(w, r, gzipped)
	if err != nil || len(data) == 0 {
		return sent, err
	}
	if kind == jsonText {
		return sent, p.explainJSON(p.mergeJSON(s, data), data)
	}
	text := string(data)
	return sent, p.explainPairs(p.mergeForm(s, text), text, "&")
}

// ReadJSON reads a JSON body without decoding it. ok is false, and nothing was read, for other
// types, for any content coding, with [Options.SaveRawBody], and if there is no body. The error
// is an [*Error]. Pass the data to [Parser.AddJSON].
func (p *Parser) ReadJSON(w http.ResponseWriter, r *http.Request) (data []byte, ok bool, err error) {
	if p.cfg.SaveRawBody || r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil, false, nil
	}
	if kind, err := p.bodyKind(r); err != nil || kind != jsonText || len(r.Header[contentEncoding]) > 0 {
		return nil, false, nil
	}
	data, err = readSent(w, r, p.cfg.MaxBodyBytes)
	return data, err == nil, err
}

// AddJSON adds data from ReadJSON to a set, as [Parser.Body] would.
func (p *Parser) AddJSON(s *Set, data []byte) error {
	if s.bodyRead {
		return errBodyTwice
	}
	s.bodyRead = true
	if len(data) == 0 {
		return nil
	}
	return p.mergeJSON(s, data)
}

// CheckText refuses strings that are not valid UTF-8 or contain a NUL that is not allowed.
func (p *Parser) CheckText(s string) error { return qs.Check(s, p.cfg.DangerouslyAllowNUL) }

// JSONLimits returns the limits of JSON bodies, with their defaults.
func (p *Parser) JSONLimits() (limits JSONOptions, allowNUL bool) {
	return p.cfg.JSON, p.cfg.DangerouslyAllowNUL
}

// EachQuery calls yield for each parameter of the query, decoded but not nested, until yield
// returns false. ok is false if [Parser.Query] would read the query differently, because commas
// or dots nest, or would refuse it.
func (p *Parser) EachQuery(r *http.Request, yield func(name, value string) bool) (ok bool) {
	if p.cfg.query.Comma || p.cfg.query.AllowDots {
		return false
	}
	return qs.EachFlat(r.URL.RawQuery, p.cfg.query, yield)
}

// Parse is [Parser.Query] and [Parser.Body] with every file. The caller must close the set; with
// an error there is none.
func (p *Parser) Parse(w http.ResponseWriter, r *http.Request) (*Set, error) {
	s, _, err := p.parse(w, r)
	return s, err
}

// parse does what Parse does. sent is as for addBody.
func (p *Parser) parse(w http.ResponseWriter, r *http.Request) (s *Set, sent []byte, err error) {
	if s, err = p.Query(r); err != nil {
		return nil, nil, err
	}
	if sent, err = p.addBody(w, r, s, AllFiles()); err != nil {
		return nil, nil, err
	}
	return s, sent, nil
}

// qsError converts an error of internal/qs.
func qsError(err error, from string, limit int) error {
	if errors.Is(err, qs.ErrTooMany) {
		return &Error{Kind: ErrTooMany, From: from, Limit: int64(limit)}
	}
	return &Error{Kind: ErrMalformed, From: from, Cause: err}
}

// ListLimit returns the maximum number of elements of a declared list in a query or a form: see
// [QueryOptions.ListLimit].
func (p *Parser) ListLimit() int { return p.cfg.Query.ListLimit }
