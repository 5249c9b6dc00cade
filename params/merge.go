package params

import (
	"errors"
	"iter"
	"maps"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// payload is the param that a JSON array becomes.
const payload = "payload"

// mergeJSON adds a JSON body.
func (p *Parser) mergeJSON(s *Set, data []byte) error {
	v, err := parseJSON(data, &p.JSON, p.DangerouslyAllowNUL)
	switch {
	case errors.Is(err, errTooManyKeys):
		return &Error{Kind: ErrTooMany, From: "body", Limit: int64(p.JSON.MaxKeys), Cause: err}
	case errors.Is(err, errTooManyItems):
		return &Error{Kind: ErrTooMany, From: "body", Limit: int64(p.JSON.MaxItems), Cause: err}
	case err != nil:
		return malformed(err)
	}
	switch v := v.(type) {
	case map[string]any:
		maps.Copy(s.Values, v)
	case []any:
		s.Values[payload] = v
	}
	s.brought().json = v
	return nil
}

// mergeForm adds an urlencoded body.
func (p *Parser) mergeForm(s *Set, text string) error {
	values, err := qs.Parse(text, p.form)
	if err != nil {
		return qsError(err, "body", p.MaxFields)
	}
	maps.Copy(s.Values, values)
	s.brought().form = text
	return nil
}

// mergeUpload adds the fields and files of an upload.
func (p *Parser) mergeUpload(s *Set, form *upload.Form) error {
	fields, err := qs.Nest(pairs(form.Fields), p.parts)
	if err != nil {
		return qsError(err, "body", 0)
	}
	maps.Copy(s.Values, fields)
	lists := make(map[string][]*upload.File)
	for _, f := range form.Files {
		name := f.Field
		if _, taken := fields[name]; taken {
			continue // a field wins
		}
		if p.Multiples {
			lists[name] = append(lists[name], f)
			s.Values[name] = lists[name]
		} else {
			s.Values[name] = f
		}
	}
	s.brought().upload = form
	return nil
}

func pairs(fields []upload.Field) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for _, f := range fields {
			if !yield(f.Name, f.Value) {
				return
			}
		}
	}
}
