package upload

import (
	"io"
	"net/http"
)

// readWhole reads a body that is one file.
func readWhole(body *body, r *http.Request, t *totals, sink func(*Part) error) error {
	switch {
	case r.ContentLength > t.MaxFileBytes:
		return &Error{Kind: ErrFileTooLarge, Field: t.WholeBodyField, Limit: t.MaxFileBytes}
	case r.ContentLength > t.MaxTotalFileBytes:
		return &Error{Kind: ErrFilesTooLarge, Field: t.WholeBodyField, Limit: t.MaxTotalFileBytes}
	}
	part := &Part{
		Field: t.WholeBodyField,
		File:  true,
		Name:  cleanName(t.WholeBodyName(r)),
		Type:  cleanType(r.Header.Get("Content-Type")),
	}
	if err := t.begin(part); err != nil {
		return err
	}
	whole := wholeReader{newWindow(body, t.buffers)}
	defer whole.release()
	part.content = whole
	return finishPart(part, sink)
}

// wholeReader gives a body as it is.
type wholeReader struct{ *window }

func (b wholeReader) chunk() (data []byte, end bool, err error) {
	b.r = b.w // what was given before
	for !b.full() && !end {
		err := b.fill()
		if err != nil && err != io.EOF {
			return nil, false, err
		}
		end = err == io.EOF
	}
	return b.buf[b.r:b.w], end, nil
}
