package dispatch

import (
	"context"

	"github.com/sidekick-http/sidekick/dispatch/internal/typed"
)

// ToString is a [Formatter] that converts a string, number or bool to a string.
func ToString(_ context.Context, value any) (any, error) {
	if s, ok := typed.Text(value); ok {
		return s, nil
	}
	return nil, wantKind("a string", value)
}

// ToInt is a [Formatter] that converts a whole number, or a string that contains one, to an
// int64. 5.0 and 1e3 are whole numbers. It refuses numbers that int64 cannot hold exactly.
func ToInt(_ context.Context, value any) (any, error) {
	if n, ok := typed.Int(value, 64); ok {
		return n, nil
	}
	return nil, wantKind("a whole number", value)
}

// ToFloat is a [Formatter] that converts a number, or a string with a decimal number, to a finite
// float64.
func ToFloat(_ context.Context, value any) (any, error) {
	if f, ok := typed.Float(value, 64); ok {
		return f, nil
	}
	return nil, wantKind("a number", value)
}

// ToBool is a [Formatter] that converts true and false, 1 and 0, on and off to a bool. It accepts
// JSON values, and strings in any case. Checkboxes send "on".
func ToBool(_ context.Context, value any) (any, error) {
	if b, ok := typed.Bool(value); ok {
		return b, nil
	}
	return nil, wantKind("true or false", value)
}

// wantKind is the error for a value of a kind that its input does not take.
func wantKind(want string, value any) error {
	return &kindError{code: typed.CodeType, want: want, got: typed.Describe(value)}
}

// wantObject is wantKind for an object. The value may be a string that looks like JSON.
func wantObject(value any) error {
	code, want := typed.WantObject(value)
	return &kindError{code: code, want: want, got: typed.Describe(value)}
}

// kindError is the error for a value of the wrong kind, or one that breaks a rule. Its message
// completes a sentence that begins with the input's name.
type kindError struct{ code, want, got, least, most string }

func (e *kindError) Error() string { return "must be " + e.want + ", got " + e.got }
