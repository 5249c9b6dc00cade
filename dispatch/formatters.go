package dispatch

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// ToString is a [Formatter] that makes a string of a string, number or bool.
func ToString(_ context.Context, value any) (any, error) {
	if s, ok := typed.Text(value); ok {
		return s, nil
	}
	return nil, wantKind("a string", value)
}

// ToInt is a [Formatter] that makes an int64 of a whole number or of a string
// that is one. 5.0 and 1e3 are whole numbers. Numbers are refused where int64
// cannot hold them exactly.
func ToInt(_ context.Context, value any) (any, error) {
	if n, ok := typed.Int(value, 64); ok {
		return n, nil
	}
	return nil, wantKind("a whole number", value)
}

// ToFloat is a [Formatter] that makes a finite float64 of a number or of a
// decimal string.
func ToFloat(_ context.Context, value any) (any, error) {
	if f, ok := typed.Float(value, 64); ok {
		return f, nil
	}
	return nil, wantKind("a number", value)
}

// ToBool is a [Formatter] that makes a bool of true and false, 1 and 0, on and
// off, as JSON or as strings of any case. "on" is what a checkbox sends.
func ToBool(_ context.Context, value any) (any, error) {
	if b, ok := typed.Bool(value); ok {
		return b, nil
	}
	return nil, wantKind("true or false", value)
}

// wantKind is the error for a value of another kind than its input takes.
func wantKind(want string, value any) error {
	return &kindError{code: typed.CodeType, want: want, got: typed.Describe(value)}
}

// kindError is a value of another kind than its input takes, or one that breaks
// a rule. It reads as the end of a sentence that begins with the input's name.
type kindError struct{ code, want, got, least, most string }

func (e *kindError) Error() string { return "must be " + e.want + ", got " + e.got }
