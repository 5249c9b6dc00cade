package params

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// Parser reads params. It is immutable and safe for concurrent use.
type Parser struct{ cfg settings }

// New checks the options and returns a parser. The error lists every problem;
// each is a [*ConfigError].
func New(o Options) (*Parser, error) {
	s, err := o.settings()
	if err != nil {
		return nil, err
	}
	return &Parser{s}, nil
}

// Query reads the request's query, and nothing of its body. The error is an
// [*Error]; with one the set is there all the same, without values.
func (p *Parser) Query(r *http.Request) (*Set, error) {
	s := new(Set)
	return s, p.QueryInto(s, r)
}

// QueryInto is [Parser.Query] with room for the set from the caller, for one
// that allocates for each request anyway. What s was before is lost.
func (p *Parser) QueryInto(s *Set, r *http.Request) error {
	*s = Set{parser: p, rawQuery: r.URL.RawQuery}
	values, err := qs.Parse(s.rawQuery, p.cfg.query)
	if err != nil {
		s.Values = make(Values)
		return p.explainPairs(qsError(err, "query", p.cfg.query.ParameterLimit), s.rawQuery, cmp.Or(p.cfg.query.Delimiter, "&"))
	}
	s.Values = values
	return nil
}

// Files says which of the files that a body brings are wanted. The zero value
// wants none.
type Files struct {
	_ struct{}

	// Keep reports whether the file of a form field is stored. The field is named
	// as the client spells it: "docs", "docs[]", "user[avatar]". nil keeps none.
	Keep func(field string) bool
	// WholeBody is the parameter of which a body that is one file is the value,
	// see [upload.Options.WholeBodyTypes]; "" leaves such a body unread.
	WholeBody string
}

// AllFiles wants every file; a whole body is the parameter "file".
func AllFiles() Files {
	return Files{Keep: func(string) bool { return true }, WholeBody: "file"}
}

// Body reads the request's body and adds to s what it brings, over what is
// there already. It may be called once for a set. Of files it stores those that
// are wanted.
//
// The error is an [*Error] or an [*upload.Error]; with one the values of s are
// as they were, and nothing that was stored stays. Nothing is written to w; it
// gets "Connection: close" when the body is too large or could not be read, and
// takes the read deadlines of uploads. With Options.SaveRawBody r.Body is
// replaced; otherwise it is read to its end, unless it is not parsed.
func (p *Parser) Body(w http.ResponseWriter, r *http.Request, s *Set, files Files) error {
	if s.bodyRead {
		return errBodyTwice
	}
	s.bodyRead = true
	if r.Method == http.MethodGet || r.Method == http.MethodHead ||
		r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 {
		return nil
	}
	if p.cfg.SaveRawBody {
		rewind, err := p.saveRaw(w, r, s)
		if err != nil {
			return err
		}
		defer rewind()
	}
	kind, err := p.bodyKind(r)
	if err != nil || kind == unparsed {
		return err
	}
	gzipped, err := p.isGzipped(w, r)
	if err != nil {
		return err
	}
	if kind == uploaded {
		return p.readUpload(w, r, s, files, gzipped)
	}
	data, err := p.readBody(w, r, gzipped)
	if err != nil || len(data) == 0 {
		return err
	}
	if kind == jsonText {
		return p.explainJSON(p.mergeJSON(s, data), data)
	}
	text := string(data)
	return p.explainPairs(p.mergeForm(s, text), text, "&")
}

// ReadJSON reads the body of a request whose body is JSON and nothing else is to
// be known of it: ok is false, and nothing was read, for other types, other
// content codings than none, with [Options.SaveRawBody], and where there is no
// body. The error is an [*Error]. What is read belongs to [Parser.AddJSON].
func (p *Parser) ReadJSON(w http.ResponseWriter, r *http.Request) (data []byte, ok bool, err error) {
	if p.cfg.SaveRawBody || r.Body == nil || r.Body == http.NoBody || r.ContentLength == 0 || r.Method == http.MethodGet || r.Method == http.MethodHead {
		return nil, false, nil
	}
	if kind, err := p.bodyKind(r); err != nil || kind != jsonText || len(r.Header[contentEncoding]) > 0 {
		return nil, false, nil
	}
	data, err = p.readBody(w, r, false)
	return data, err == nil, err
}

// AddJSON adds what ReadJSON has read to a set, as [Parser.Body] would.
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

// CheckText refuses text that is not valid UTF-8, or has a NUL that is not allowed.
func (p *Parser) CheckText(s string) error { return qs.Check(s, p.cfg.DangerouslyAllowNUL) }

// JSONLimits returns the limits of JSON bodies, with their defaults.
func (p *Parser) JSONLimits() (limits JSONOptions, allowNUL bool) {
	return p.cfg.JSON, p.cfg.DangerouslyAllowNUL
}

// EachQuery gives the parameters of a request's query as they were sent, decoded
// but not nested. It stops where yield returns false; ok is false where the query
// is one that [Parser.Query] reads in another way: with commas or dots that nest,
// or one that it refuses.
func (p *Parser) EachQuery(r *http.Request, yield func(name, value string) bool) (ok bool) {
	if p.cfg.query.Comma || p.cfg.query.AllowDots {
		return false
	}
	return qs.EachFlat(r.URL.RawQuery, p.cfg.query, yield)
}

// Parse is [Parser.Query] and [Parser.Body] with every file. The set must be
// closed; with an error there is none.
func (p *Parser) Parse(w http.ResponseWriter, r *http.Request) (*Set, error) {
	s, err := p.Query(r)
	if err != nil {
		return nil, err
	}
	if err := p.Body(w, r, s, AllFiles()); err != nil {
		return nil, err
	}
	return s, nil
}

// Handler returns a handler that parses params before it calls next, which
// finds them by [FromContext], and closes them when next returns or panics. A
// request that is refused does not reach next. One that has params already goes
// to next as it is.
func (p *Parser) Handler(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, parsed := FromContext(r.Context()); parsed {
			next.ServeHTTP(w, r)
			return
		}
		asked, here := linger.Begin(r)
		s, err := p.Parse(w, asked)
		if err != nil {
			here.Answer(w, asked, func(w http.ResponseWriter) { failure.Refuse(w, r, err, p.cfg.ErrorHandler, p.cfg.Logger) })
			return
		}
		defer func() {
			if err := s.Close(); err != nil {
				r, rec := facts.Ensure(r)
				rec.SetLogged(err)
				failure.Log(r.Context(), failure.Of(r, rec, nil, err, 0), p.cfg.Logger, slog.LevelError, "params: files not removed")
			}
		}()
		ctx := NewContext(r.Context(), s)
		if form, ok := s.Form(); ok {
			ctx = upload.NewContext(ctx, form)
		}
		next.ServeHTTP(w, r.WithContext(ctx))
	})
}

// qsError says what an error of internal/qs means.
func qsError(err error, from string, limit int) error {
	if errors.Is(err, qs.ErrTooMany) {
		return &Error{Kind: ErrTooMany, From: from, Limit: int64(limit)}
	}
	return &Error{Kind: ErrMalformed, From: from, Cause: err}
}

// ListLimit returns the most elements that a declared list may have in a query or
// a form: see [QueryOptions.ListLimit].
func (p *Parser) ListLimit() int { return p.cfg.Query.ListLimit }
