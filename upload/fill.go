package upload

import (
	"bytes"
	"cmp"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
)

// fileMemory is how much of a request's files net/http holds in memory, like
// http.Request.FormFile.
const fileMemory = 32 << 20

// FillForm sets r.Form, r.PostForm and r.MultipartForm from a form, as [Parser.Handler] does, for
// code that parses requests itself and then calls handlers of net/http. r must be a copy of the
// incoming request. With [Options.CopyForFormFile] it also copies the files; call free when r is
// done with, to remove the copies. free is never nil. The error is an [*Error] of the store. A
// request that already has a MultipartForm, and a body that is a single file, change nothing.
func (p *Parser) FillForm(r *http.Request, form *Form) (free func() error, err error) {
	return form.fill(r, p.cfg.CopyForFormFile)
}

// fill sets r's Form, PostForm and MultipartForm from the form's fields, and, if files is set,
// copies the files to MultipartForm. free removes the copies. r must be a copy of the incoming
// request. A body that is a single file is not a form for net/http.
func (f *Form) fill(r *http.Request, files bool) (free func() error, err error) {
	free = func() error { return nil }
	if f.whole || r.MultipartForm != nil {
		return free, nil
	}
	form := &multipart.Form{Value: make(map[string][]string), File: make(map[string][]*multipart.FileHeader)}
	if files && len(f.Files) > 0 {
		copied, err := f.copyFiles()
		if err != nil {
			return free, err
		}
		form.File, free = copied.File, copied.RemoveAll
	}
	if r.Form == nil {
		_ = r.ParseForm() // an invalid query counts as empty, as for r.FormValue
	} else { // the form is shared with other requests
		r.Form, r.PostForm = clone(r.Form), clone(r.PostForm)
	}
	for _, field := range f.Fields {
		form.Value[field.Name] = append(form.Value[field.Name], field.Value)
		r.Form.Add(field.Name, field.Value)
		r.PostForm.Add(field.Name, field.Value)
	}
	r.MultipartForm = form
	return free, nil
}

func clone(values url.Values) url.Values {
	c := make(url.Values, len(values))
	for name, list := range values {
		c[name] = slices.Clone(list)
	}
	return c
}

// copyFiles makes files of net/http's type. Only its own multipart reader can do that, so the
// files are sent through it.
func (f *Form) copyFiles() (*multipart.Form, error) {
	var head bytes.Buffer
	w := multipart.NewWriter(&head)
	var body []io.Reader
	var opened []*onDemand
	add := func() {
		body = append(body, bytes.NewReader(bytes.Clone(head.Bytes())))
		head.Reset()
	}
	for _, file := range f.Files {
		header := make(textproto.MIMEHeader)
		// Without a file name it would be a field.
		header.Set("Content-Disposition", multipart.FileContentDisposition(file.Field, cmp.Or(file.Name, "file")))
		if file.Type != "" {
			header.Set("Content-Type", file.Type)
		}
		_, _ = w.CreatePart(header) // writing to memory
		add()
		content := &onDemand{file: file}
		body, opened = append(body, content), append(opened, content)
	}
	_ = w.Close() // writing to memory
	add()
	form, err := multipart.NewReader(io.MultiReader(body...), w.Boundary()).ReadForm(fileMemory)
	for _, content := range opened {
		if closeErr := content.Close(); err == nil && closeErr != nil {
			err = errors.Join(closeErr, form.RemoveAll())
		}
	}
	if err != nil {
		return nil, storeError("", err)
	}
	return form, nil
}

// onDemand opens a file when it is first read, and closes it at its end.
type onDemand struct {
	file *File
	open io.ReadCloser // nil while it is closed
}

func (o *onDemand) Read(p []byte) (int, error) {
	if o.open == nil {
		opened, err := o.file.Open()
		if err != nil {
			return 0, err
		}
		o.open = opened
	}
	n, err := o.open.Read(p)
	if err == io.EOF {
		err = cmp.Or(o.Close(), err)
	}
	return n, err
}

func (o *onDemand) Close() error {
	if o.open == nil {
		return nil
	}
	err := o.open.Close()
	o.open = nil
	return err
}
