package upload

import (
	"errors"
	"sync"
)

// Form is what one request brought. It belongs to the goroutine that asked for
// it; only Close may be called from any.
type Form struct {
	// Fields and Files are in the order in which they came.
	Fields []Field
	Files  []*File

	closing sync.Once
	err     error
}

// Field is one form field that is no file. Name is never empty and is valid
// UTF-8; Value is as it was sent; Type is the Content-Type that its part
// declared, "" when it declared none.
type Field struct {
	Name, Value, Type string
}

// Value returns the last field of that name.
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

// Close removes every file that was neither kept nor moved. Calling it again
// does nothing and returns the same error.
func (f *Form) Close() error {
	f.closing.Do(func() {
		var errs []error
		for _, file := range f.Files {
			errs = append(errs, file.discard())
		}
		f.err = errors.Join(errs...)
	})
	return f.err
}
