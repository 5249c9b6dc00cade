// Package cfgerr gathers configuration problems, so that every constructor
// reports all of them at once and in one form.
package cfgerr

import (
	"errors"
	"fmt"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// longestValue keeps an error line readable when the offending value is huge.
const longestValue = 200

// Error is one configuration problem. The public packages export it as their
// ConfigError; errors.As finds it in what a constructor returns.
type Error struct {
	Package string // the package whose options are wrong
	Field   string // path of the field, e.g. "Allowed[2]"
	Value   any    // the offending value; nil when there is none to show
	Reason  string // what is wrong and what is accepted
}

// Error returns one line: package, field, offending value quoted, reason.
func (e *Error) Error() string {
	switch v := e.Value.(type) {
	case nil:
		return fmt.Sprintf("%s: %s: %s", e.Package, e.Field, e.Reason)
	case string:
		return fmt.Sprintf("%s: %s: invalid value %q: %s", e.Package, e.Field, clip.Text(v, longestValue), e.Reason)
	default:
		return fmt.Sprintf("%s: %s: invalid value %v: %s", e.Package, e.Field, v, e.Reason)
	}
}

// List gathers the problems of one constructor. The zero value is not usable;
// use [For].
type List struct {
	pkg  string
	errs []error
}

// For returns an empty list for the named package.
func For(pkg string) *List { return &List{pkg: pkg} }

// Add notes a problem. A nil value means that there is no value to show.
func (l *List) Add(field string, value any, format string, args ...any) {
	l.errs = append(l.errs, &Error{Package: l.pkg, Field: field, Value: value, Reason: fmt.Sprintf(format, args...)})
}

// Join notes the problems of a nested constructor as they are.
func (l *List) Join(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// Err returns every problem joined, or nil when there was none.
func (l *List) Err() error { return errors.Join(l.errs...) }
