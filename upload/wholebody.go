package upload

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// bodyTypes are the media types whose whole body is a single file.
type bodyTypes struct {
	exact   map[string]bool
	groups  []string // such as "image/"
	untyped bool     // also bodies without a type
}

// wholeBodyTypes checks the options for bodies that are a single file, and returns their types.
func (o Options) wholeBodyTypes(problems *cfgerr.List) bodyTypes {
	if o.DisableWholeBody {
		if len(o.WholeBodyTypes) > 0 || o.WholeBodyUntyped {
			problems.Add("DisableWholeBody", true, "it cannot be combined with WholeBodyTypes or WholeBodyUntyped")
		}
		return bodyTypes{}
	}
	t := bodyTypes{exact: make(map[string]bool), untyped: o.WholeBodyUntyped}
	for i, entry := range o.WholeBodyTypes {
		field := "WholeBodyTypes[" + strconv.Itoa(i) + "]"
		kind := strings.ToLower(entry)
		group, name, ok := strings.Cut(kind, "/")
		switch {
		case !ok || !httpfield.IsToken(group) || !httpfield.IsToken(name) || strings.Contains(group, "*"):
			problems.Add(field, entry, `want a media type such as "image/png", or "image/*" for a whole group`)
		case isForm(kind):
			problems.Add(field, entry, "want a type other than forms and JSON, which are never a single file")
		case name == "*":
			t.groups = append(t.groups, group+"/")
		case strings.Contains(name, "*"):
			problems.Add(field, entry, `want a media type such as "image/png", or "image/*" for a whole group`)
		default:
			t.exact[kind] = true
		}
	}
	return t
}

// isForm reports whether a type is read as a form or as JSON.
func isForm(kind string) bool {
	return kind == typeMultipart || kind == "application/x-www-form-urlencoded" || mediatype.ReadsAsJSON(kind)
}

// has reports whether a body of that type, in lower case, is a single file.
func (t *bodyTypes) has(kind string) bool {
	if t.exact[kind] {
		return true
	}
	return slices.ContainsFunc(t.groups, func(group string) bool {
		return strings.HasPrefix(kind, group) && !isForm(kind)
	})
}

// readWhole reads a body that is a single file.
func readWhole(body *body, r *http.Request, part *Part, t *totals, sink func(*Part) error) error {
	switch {
	case r.ContentLength > t.MaxFileBytes:
		return &Error{Kind: ErrFileTooLarge, Field: t.WholeBodyField, Limit: t.MaxFileBytes}
	case r.ContentLength > t.MaxTotalFileBytes:
		return &Error{Kind: ErrFilesTooLarge, Field: t.WholeBodyField, Limit: t.MaxTotalFileBytes}
	}
	if err := t.begin(part); err != nil {
		return err
	}
	whole := wholeReader{newWindow(body, t.buffers)}
	defer whole.release()
	part.content = whole
	return finishPart(part, sink)
}

// wholePart describes a body that is a single file.
func (s *settings) wholePart(r *http.Request) *Part {
	return &Part{
		Field: s.WholeBodyField,
		File:  true,
		Name:  cleanName(s.WholeBodyName(r)),
		Type:  cleanType(r.Header.Get("Content-Type")),
	}
}

// wholeReader returns a body unchanged.
type wholeReader struct{ *window }

func (b wholeReader) chunk() (data []byte, end bool, err error) {
	b.r = b.w // frees the previous chunk
	for !b.full() && !end {
		err := b.fill()
		if err != nil && err != io.EOF {
			return nil, false, err
		}
		end = err == io.EOF
	}
	return b.buf[b.r:b.w], end, nil
}
