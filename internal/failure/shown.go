package failure

import "net/http"

// Shown is what a client may see of an error.
type Shown struct {
	Maker error  // the error in the chain that has the method
	Value any    // to be sent instead of Text; nil for none
	Text  string // "" if there is only a value
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

// ShownOf returns what a client may see of err: the result of ClientValue() any or else of
// ClientMessage() string. made is false if err is not meant for clients, or if its text is empty.
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

// StatusOf returns the status from an error's StatusCode() int, or 500 if that is not from 400 to
// 599.
func StatusOf(err error) int { return StatusOr(err, http.StatusInternalServerError) }

// StatusOr is StatusOf with another default.
func StatusOr(err error, other int) int {
	if coded, ok := find[interface{ StatusCode() int }](err); ok {
		if s := coded.StatusCode(); s >= 400 && s <= 599 {
			return s
		}
	}
	return other
}
