package params

import (
	"errors"
	"maps"

	"github.com/sidekick-http/sidekick/internal/qs"
	"github.com/sidekick-http/sidekick/upload"
)

// payload is the parameter that holds a JSON array.
const payload = "payload"

// mergeJSON adds a JSON body.
func (p *Parser) mergeJSON(s *Set, data []byte) error {
	v, err := parseJSON(data, &p.cfg.JSON, p.cfg.DangerouslyAllowNUL)
	switch {
	case errors.Is(err, errTooManyKeys):
		return &Error{Kind: ErrTooMany, From: "body", Limit: int64(p.cfg.JSON.MaxKeys), Cause: err}
	case errors.Is(err, errTooManyItems):
		return &Error{Kind: ErrTooMany, From: "body", Limit: int64(p.cfg.JSON.MaxItems), Cause: err}
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
	values, err := qs.Parse(text, p.cfg.form)
	if err != nil {
		return qsError(err, "body", p.cfg.MaxFields)
	}
	maps.Copy(s.Values, values)
	s.brought().form = text
	return nil
}

// mergeUpload adds the fields and files of an upload; the names of both nest. If a field and a
// file have the same name, the field wins. whole is the parameter for a body that is a single
// file.
func (p *Parser) mergeUpload(s *Set, form *upload.Form, whole string) error {
	fields := make(map[string]bool, len(form.Fields))
	typed := false
	for i := range form.Fields {
		fields[form.Fields[i].Name] = true
		typed = typed || isJSONType(form.Fields[i].Type)
	}
	brought := &body{upload: form, typed: typed, whole: whole}
	values, err := qs.Nest(func(yield func(string, any) bool) {
		for name, value := range uploadPairs(brought, false) {
			if _, file := value.(*upload.File); file && fields[name] {
				continue
			}
			if !yield(name, value) {
				return
			}
		}
	}, p.cfg.parts)
	if err != nil {
		return qsError(err, "body", 0)
	}
	for name, value := range values {
		if list, ok := value.([]any); ok && p.cfg.Multiples {
			value = fileList(list)
		}
		s.Values[name] = value
	}
	if s.body != nil {
		brought.raw = s.body.raw
	}
	s.body = brought
	return nil
}
