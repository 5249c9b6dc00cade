package upload

import (
	"errors"
	"iter"
	"slices"
	"sync"
)

// Form holds what one request sent. It is not safe for concurrent use, except for Close.
type Form struct {
	// Fields and Files are each in the order in which they arrived. [Form.All] has their common
	// order.
	Fields []Field
	Files  []*File

	// Skipped are the files that keep rejected: see [Parser.ParseOnly]. They are not stored.
	Skipped []Skipped

	order   []bool // for each field and file in order of arrival: whether it was a file
	whole   bool   // the body was a single file
	shared  bool   // the files belong to another form
	closing sync.Once
	err     error
}

// Field is a form field that is not a file. Name is never empty and is valid UTF-8; Value is as
// it was sent. Type is the Content-Type that the client declared for the part, such as
// "application/json"; "" if it declared none, as browsers do.
type Field struct {
	Name, Value, Type string
}

// Skipped is a file that was sent but not stored. The fields are as in [File].
type Skipped struct {
	Field, Name, Type string
}

// Value returns the last field with that name.
func (f *Form) Value(name string) (string, bool) {
	for i := len(f.Fields) - 1; i >= 0; i-- {
		if f.Fields[i].Name == name {
			return f.Fields[i].Value, true
		}
	}
	return "", false
}

// File returns the last file of that form field.
func (f *Form) File(field string) (*File, bool) {
	for i := len(f.Files) - 1; i >= 0; i-- {
		if f.Files[i].Field == field {
			return f.Files[i], true
		}
	}
	return nil, false
}

// All returns the fields and files in the order in which they arrived. In each pair one of the
// two is nil. In a form that was changed afterwards, or not made by a parser, the fields come
// first.
func (f *Form) All() iter.Seq2[*Field, *File] {
	order := f.order
	if len(order) != len(f.Fields)+len(f.Files) {
		order = slices.Concat(make([]bool, len(f.Fields)), slices.Repeat([]bool{true}, len(f.Files)))
	}
	return func(yield func(*Field, *File) bool) {
		fields, files := 0, 0
		for _, isFile := range order {
			var more bool
			if isFile {
				more = yield(nil, f.Files[files])
				files++
			} else {
				more = yield(&f.Fields[fields], nil)
				fields++
			}
			if !more {
				return
			}
		}
	}
}

// Only returns a form with the same fields and only those files for which keep returns true; the
// others are in its Skipped. The files still belong to f: closing the new form does nothing. A
// nil keep keeps none. It is for code that finds a form with [FromContext] instead of calling
// [Parser.ParseOnly].
func (f *Form) Only(keep func(field string) bool) *Form {
	some := &Form{Fields: f.Fields, Skipped: f.Skipped[:len(f.Skipped):len(f.Skipped)], whole: f.whole, shared: true}
	for field, file := range f.All() {
		switch {
		case field != nil:
			some.order = append(some.order, false)
		case keep != nil && keep(file.Field):
			some.order = append(some.order, true)
			some.Files = append(some.Files, file)
		default:
			some.Skipped = append(some.Skipped, Skipped{file.Field, file.Name, file.Type})
		}
	}
	return some
}

func (f *Form) addField(field Field) {
	f.Fields = append(f.Fields, field)
	f.order = append(f.order, false)
}

func (f *Form) addFile(file *File) {
	f.Files = append(f.Files, file)
	f.order = append(f.order, true)
}

// Close removes every file that was neither kept nor moved. Further calls do nothing and return
// the same error.
func (f *Form) Close() error {
	f.closing.Do(func() {
		if f.shared {
			return
		}
		var errs []error
		for _, file := range f.Files {
			errs = append(errs, file.discard())
		}
		f.err = errors.Join(errs...)
	})
	return f.err
}
