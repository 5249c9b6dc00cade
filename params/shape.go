package params

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/errcode"
	"github.com/sidekick-http/sidekick/internal/failure"
	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/internal/shape"
	"github.com/sidekick-http/sidekick/upload"
)

// Shape declares the form of a parameter. Its value then has that form, however its names were
// written: see [Set.Shape]. A shape must not be changed once it is in use. It may contain itself.
type Shape = shape.Shape

// These are the kinds of shapes.
const (
	// ShapeAny is for undeclared values: they have the form that node's qs gives them.
	ShapeAny = shape.Any
	// ShapeScalar is one string; if several were sent, the last.
	ShapeScalar = shape.Scalar
	// ShapeFile is one uploaded file; if several were sent, the last.
	ShapeFile = shape.File
	// ShapeList is a list of all values that were sent: []any in [Set.Values], or []*upload.File
	// for files.
	ShapeList = shape.List
	// ShapeMap is an object whose members may have any name.
	ShapeMap = shape.Map
	// ShapeObject is an object with declared members; others are dropped, unless it has an Elem.
	ShapeObject = shape.Object
)

// These values say what happens to a string sent for a [Shape] of the kind ShapeAny.
const (
	// NoJSON keeps it as a string.
	NoJSON = shape.NoJSON
	// MayBeJSON decodes it if it is valid JSON, and otherwise keeps it.
	MayBeJSON = shape.MayBeJSON
	// MustBeJSON decodes it, and refuses invalid JSON.
	MustBeJSON = shape.MustBeJSON
)

// Shape builds the declared parameters again from the query or the form, in their declared
// shapes. The same rules hold for strings and files, in queries, urlencoded and multipart bodies:
//
//   - name, name[] and name[0] all reach the parameter "name". If a list is
//     declared they are its elements; otherwise the last one is the value.
//     name[member] reaches the member of an object or map, at any depth.
//   - A list takes every value sent under its name, in order; values with an
//     index are ordered by it. It has at most [QueryOptions.ListLimit] elements,
//     in whatever notation.
//   - A map has a member for every name, even for names that look like
//     indexes: qty[7]=1.
//   - An object, a map, or a list of them may be sent as a JSON string:
//     user={"name":"x"}. Names that lead into it, such as user[avatar], add to it.
//     A multipart part of type application/json may be sent for any parameter.
//
// A parameter that the body has is built from the body alone, regardless of the query. Values
// from a JSON body, and parameters that are not in shapes, stay as they are. A value that does
// not fit its declared shape keeps the shape in which it was sent, even if one that fits was sent
// as well. The error joins a [*ShapeError] for each parameter that could not be built and so was
// left as it was.
func (s *Set) Shape(shapes map[string]*Shape) error {
	var failed []error
	fromJSON := s.fromJSON()
	var fromForm map[string]bool
	if pairs := s.formPairs(); pairs != nil {
		fromForm = rootsOf(pairs, s.parser.cfg.query.AllowDots)
		if s.needsShaping(shapes, fromForm, true) {
			skip := func(name string) bool { return !fromForm[name] }
			failed = s.assemble(pairs, shapes, skip, "body")
		}
	}
	fromBody := func(name string) bool {
		_, json := fromJSON[name]
		return json || fromForm[name]
	}
	if s.rawQuery == "" || !s.needsShaping(shapes, nil, false) {
		return errors.Join(failed...)
	}
	return errors.Join(append(failed, s.assemble(s.queryPairs(), shapes, fromBody, "query")...)...)
}

// TakesFile reports whether one of the shapes takes the file of a form field with that name.
func (p *Parser) TakesFile(shapes map[string]*Shape, field string) bool {
	return shape.TakesFile(shapes, field, p.cfg.query.AllowDots)
}

// fromJSON returns the members of a JSON body.
func (s *Set) fromJSON() map[string]any {
	if s.body == nil {
		return nil
	}
	switch v := s.body.json.(type) {
	case map[string]any:
		return v
	case []any:
		return map[string]any{payload: v}
	}
	return nil
}

// IsJSON reports whether a parameter came in a JSON body and so has its JSON type; all others
// were sent as strings.
func (s *Set) IsJSON(name string) bool {
	_, ok := s.fromJSON()[name]
	return ok
}

// needsShaping reports whether some value may differ from its declared shape; most requests have
// only plain strings. For a form, among holds its names, and only they are considered.
func (s *Set) needsShaping(shapes map[string]*Shape, among map[string]bool, form bool) bool {
	for name, declared := range shapes {
		if declared == nil || among != nil && !among[name] {
			continue
		}
		if value, sent := s.Values[name]; sent && !s.inShape(name, value, declared, form) {
			return true
		}
	}
	return false
}

// inShape reports whether a value is known to have its declared shape. It converts a single
// string of a query to a list if a list is declared.
func (s *Set) inShape(name string, value any, declared *Shape, form bool) bool {
	switch declared.Kind {
	case shape.Scalar:
		_, plain := value.(string)
		return plain && !s.hasTypedParts()
	case shape.List:
		// Queries keep all values of a name, forms only the last.
		if form || declared.Elem == nil || declared.Elem.Kind != shape.Scalar || !declared.Elem.Text {
			return false
		}
		if text, one := value.(string); one {
			s.Values[name] = []any{text}
			return true
		}
		return s.isStrings(value)
	case shape.File:
		_, list := value.([]*upload.File)
		return list && s.parser.cfg.Multiples
	case shape.Any:
		return declared.JSON == shape.NoJSON && !s.hasTypedParts()
	}
	return false
}

// isStrings reports whether a value is a list of strings within the limit.
func (s *Set) isStrings(value any) bool {
	list, ok := value.([]any)
	if !ok || len(list) > s.parser.cfg.Query.ListLimit {
		return false
	}
	for _, v := range list {
		if _, ok := v.(string); !ok {
			return false
		}
	}
	return true
}

// hasTypedParts reports whether a part of a form declares itself as JSON.
func (s *Set) hasTypedParts() bool {
	return s.body != nil && s.body.upload != nil && s.body.typed
}

func (s *Set) assemble(pairs iter.Seq2[string, any], shapes map[string]*Shape, skip func(string) bool, from string) (failed []error) {
	p := s.parser
	names := p.cfg.form
	names.ParameterLimit = 0 // they were counted before
	if from == "query" {
		names = p.cfg.query
		names.ParameterLimit = 0
	}
	if p.cfg.Multiples {
		shapes = withLists(shapes)
	}
	for _, e := range shape.Assemble(pairs, shapes, s.Values, skip, &shape.Options{
		Dots:     p.cfg.query.AllowDots,
		MaxDepth: p.cfg.JSON.MaxDepth,
		MaxItems: p.cfg.Query.ListLimit,
		ParseJSON: func(text string) (any, error) {
			return parseJSONValue(text, &p.cfg.JSON, p.cfg.DangerouslyAllowNUL)
		},
		Files: fileList,
		Names: names,
	}) {
		failed = append(failed, &ShapeError{Param: e.Param, Limit: e.Limit, Cause: e.Err})
	}
	return failed
}

// withLists turns shapes of single files into lists of files, for [Options.Multiples].
func withLists(shapes map[string]*Shape) map[string]*Shape {
	out := maps.Clone(shapes)
	for name, declared := range out {
		if declared != nil && declared.Kind == shape.File {
			out[name] = &Shape{Kind: shape.List, Elem: declared}
		}
	}
	return out
}

// fileList converts a list of files to its type in [Values].
func fileList(list []any) any {
	files := make([]*upload.File, len(list))
	for i, v := range list {
		f, ok := v.(*upload.File)
		if !ok {
			return list
		}
		files[i] = f
	}
	return files
}

// queryPairs yields the pairs of the query, in order.
func (s *Set) queryPairs() iter.Seq2[string, any] { return qs.Pairs(s.rawQuery, s.parser.cfg.query) }

// formPairs yields the fields and files of a form. It is nil if the body is not a form.
func (s *Set) formPairs() iter.Seq2[string, any] {
	switch b := s.body; {
	case b == nil:
	case b.form != "":
		return qs.Pairs(b.form, s.parser.cfg.form)
	case b.upload != nil:
		return uploadPairs(b, true)
	}
	return nil
}

// uploadPairs yields the fields, then the files, of a multipart form. If typed, it yields fields
// that declare themselves as JSON as such.
func uploadPairs(b *body, typed bool) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		for i := range b.upload.Fields {
			f := &b.upload.Fields[i]
			var value any = f.Value
			if typed && isJSONType(f.Type) {
				value = shape.JSON(f.Value)
			}
			if !yield(f.Name, value) {
				return
			}
		}
		for _, f := range b.upload.Files {
			if !yield(cmp.Or(b.whole, f.Field), f) {
				return
			}
		}
	}
}

func rootsOf(pairs iter.Seq2[string, any], dots bool) map[string]bool {
	roots := map[string]bool{}
	var room [16]string
	for name := range pairs {
		if steps := qs.Steps(room[:0], name, dots); len(steps) > 0 {
			roots[steps[0]] = true
		}
	}
	return roots
}

// ShapeError says why a declared parameter could not be built from what was sent. Its status is 422.
type ShapeError struct {
	Param string // with the enclosing members: "user.tags"
	Limit int    // the limit that was exceeded; 0 if none was
	Cause error
}

// Error returns the full message, for logs.
func (e *ShapeError) Error() string { return "params: " + e.ClientMessage() }

// Unwrap returns the cause.
func (e *ShapeError) Unwrap() error { return e.Cause }

// StatusCode returns 422.
func (e *ShapeError) StatusCode() int { return http.StatusUnprocessableEntity }

// ErrorCode returns params_invalid.
func (e *ShapeError) ErrorCode() string { return errcode.ParamsInvalid }

// ParamErrors lists the parameter, with the code too_many_items, nested_too_deeply or
// invalid_json. The type is envelope.ParamError.
func (e *ShapeError) ParamErrors() []failure.Param {
	p := failure.Param{Param: e.Param, Code: errcode.ParamJSON, Message: e.ClientMessage(), Expected: e.Expected()}
	switch {
	case errors.Is(e.Cause, shape.ErrItems):
		p.Code = errcode.ParamTooMany
	case errors.Is(e.Cause, shape.ErrDepth):
		p.Code = errcode.ParamTooDeep
	}
	if e.Limit > 0 {
		p.Max = strconv.Itoa(e.Limit)
	}
	return []failure.Param{p}
}

// Expected describes what would have been accepted, to follow "must be".
func (e *ShapeError) Expected() string {
	switch {
	case errors.Is(e.Cause, shape.ErrItems):
		return fmt.Sprintf("a list of at most %d elements", e.Limit)
	case errors.Is(e.Cause, shape.ErrDepth):
		return fmt.Sprintf("nested at most %d levels deep", e.Limit)
	}
	return "valid JSON"
}

// ClientMessage returns the message for the client.
func (e *ShapeError) ClientMessage() string {
	text := e.Param + " must be " + e.Expected()
	if e.Limit == 0 && e.Cause != nil {
		reason := strings.TrimPrefix(e.Cause.Error(), "not valid JSON: ")
		text += ": " + strings.TrimPrefix(reason, "not accepted: ")
	}
	return text
}
