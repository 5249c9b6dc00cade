package failure

import "net/http"

// Shown is what a client may read of an error.
type Shown struct {
	Maker error  // the error, among those that it wraps, that says so
	Value any    // to be sent instead of Text; nil for none
	Text  string // "" where there is only a value
}

type (
	valued interface {
		error
		ClientValue() any
	}
	worded interface {
		error
		ClientMessage() string
	}
)

// ShownOf returns what a client may read of err: what ClientValue() any or else
// ClientMessage() string gives. made is false for an error that was not made to
// be read by clients; neither is one whose text is empty.
func ShownOf(err error) (s Shown, made bool) {
	if object, ok := find[valued](err); ok {
		if s.Value = object.ClientValue(); s.Value != nil {
			if text, ok := object.(worded); ok {
				s.Text = text.ClientMessage()
			}
			s.Maker = object
			return s, true
		}
	}
	if text, ok := find[worded](err); ok {
		s.Maker, s.Text = text, text.ClientMessage()
	}
	return s, s.Text != ""
}

// StatusOf returns the status that an error chooses by StatusCode() int, 500 if it
// chooses none from 400 to 599.
func StatusOf(err error) int { return StatusOr(err, http.StatusInternalServerError) }

// StatusOr is StatusOf with another status for an error that chooses none.
func StatusOr(err error, other int) int {
	if coded, ok := find[interface{ StatusCode() int }](err); ok {
		if s := coded.StatusCode(); s >= 400 && s <= 599 {
			return s
		}
	}
	return other
}
