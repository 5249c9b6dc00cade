// Package cfgerr collects configuration problems, so that every constructor reports all of them
// at once and in the same form.
package cfgerr

import (
	"errors"
	"fmt"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// longestValue limits how much of a value an error shows.
const longestValue = 200

// Error is one configuration problem. The public packages export it as ConfigError; errors.As
// finds it in the error of a constructor.
type Error struct {
	Package string // the package whose options are wrong
	Field   string // path of the field, e.g. "Allowed[2]"; "" for an unknown variable
	Value   any    // the offending value; nil if there is none to show
	Reason  string // what is wrong and what is accepted

	Also  string // another name of the field, such as its environment variable
	Where string // where it was set, such as "file x.json:3:5"; "" if unknown
	Cause error  // what failed, if that is known; Reason includes it

	// Option is the path of the option whose value was not read, or of the one that a
	// misspelt name probably stands for; "" for other problems.
	Option string
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Error returns one line: where, package, field, offending value quoted, reason.
func (e *Error) Error() string {
	field := e.Package
	if e.Field != "" {
		field += ": " + e.Field
	}
	if e.Where != "" {
		field = e.Where + ": " + field
	}
	if e.Also != "" {
		field += " (" + e.Also + ")"
	}
	switch v := e.Value.(type) {
	case nil:
		return fmt.Sprintf("%s: %s", field, e.Reason)
	case string:
		return fmt.Sprintf("%s: invalid value %q: %s", field, clip.Text(v, longestValue), e.Reason)
	default:
		return fmt.Sprintf("%s: invalid value %v: %s", field, v, e.Reason)
	}
}

// Map returns err with the result of f in place of every Error that it joins.
func Map(err error, f func(Error) error) error {
	if joined := Joined(err); joined != nil {
		var all []error
		for _, e := range joined {
			all = append(all, Map(e, f))
		}
		return errors.Join(all...)
	}
	if e, ok := err.(*Error); ok {
		return f(*e)
	}
	return err
}

// Joined returns the errors that err joins, as errors.Join does: an error that wraps several but
// says more than they do is one error. nil means that it joins none.
func Joined(err error) []error {
	several, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	if joined := errors.Join(several.Unwrap()...); joined == nil || joined.Error() != err.Error() {
		return nil
	}
	return several.Unwrap()
}

// All returns the errors that err joins, and those that they join: a line each.
func All(err error) (all []error) {
	if err == nil {
		return nil
	}
	joined := Joined(err)
	if joined == nil {
		return []error{err}
	}
	for _, one := range joined {
		all = append(all, All(one)...)
	}
	return all
}

// List collects the problems of one constructor. The zero value is not usable; use [For].
type List struct {
	pkg  string
	errs []error
}

// For returns an empty list for the named package.
func For(pkg string) *List { return &List{pkg: pkg} }

// Add adds a problem. A nil value means that there is no value to show.
func (l *List) Add(field string, value any, format string, args ...any) {
	l.errs = append(l.errs, &Error{Package: l.pkg, Field: field, Value: value, Reason: fmt.Sprintf(format, args...)})
}

// Join adds the problems of a nested constructor unchanged.
func (l *List) Join(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// Err returns all problems joined, or nil if there are none.
func (l *List) Err() error { return errors.Join(l.errs...) }
