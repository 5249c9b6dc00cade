package shape

import "github.com/sidekick-http/sidekick/internal/qs"

// Kind decides how the values sent under a name become one value.
type Kind uint8

const (
	// Any is what node's qs makes of the names.
	Any Kind = iota
	// Scalar is one string; if several were sent, the last.
	Scalar
	// File is one uploaded file; if several were sent, the last.
	File
	// List is a list of all values, in order.
	List
	// Map is an object whose members may have any name.
	Map
	// Object is an object with declared members.
	Object
)

// JSONUse decides what happens to a string where JSON may be expected.
type JSONUse uint8

const (
	// NoJSON keeps it as a string.
	NoJSON JSONUse = iota
	// MayBeJSON decodes it if it is valid JSON, and otherwise keeps it.
	MayBeJSON
	// MustBeJSON decodes it, and refuses invalid JSON.
	MustBeJSON
)

// Shape declares one parameter. It must not be changed once it is in use, and may contain itself.
type Shape struct {
	Kind Kind
	// Text says that a Scalar accepts every string, so that one which looks like JSON is not
	// decoded.
	Text bool
	// JSON says whether an Any may be sent as JSON.
	JSON JSONUse
	// Elem is the shape of the elements of a List, or of the members of a Map. nil means Any. For
	// an Object it is the shape of undeclared members.
	Elem *Shape
	// Members are the members of an Object; nil means Any. Others are dropped, unless there is an
	// Elem.
	Members map[string]*Shape
}

var anything = &Shape{}

// elem returns the shape of the elements.
func (s *Shape) elem() *Shape { return orAny(s.Elem) }

func orAny(s *Shape) *Shape {
	if s == nil {
		return anything
	}
	return s
}

// TakesFile reports whether a file with that name would reach a File.
func TakesFile(shapes map[string]*Shape, name string, dots bool) bool {
	var room [8]string
	steps := qs.Steps(room[:0], name, dots)
	if len(steps) == 0 {
		return false
	}
	s, ok := shapes[steps[0]]
	if !ok || s == nil {
		return false
	}
	for _, step := range steps[1:] {
		if s = s.below(step); s == nil {
			return false
		}
	}
	return s.Kind == File || s.Kind == List && s.elem().Kind == File
}

// below returns the shape to which a step leads, or nil.
func (s *Shape) below(step string) *Shape {
	switch s.Kind {
	case List:
		if isElement(step) {
			return s.elem()
		}
	case Map:
		if step != "" {
			return s.elem()
		}
	case Object:
		if m, ok := s.Members[step]; ok {
			return orAny(m)
		}
		if step != "" {
			return s.Elem
		}
	case Scalar, File:
		if isElement(step) {
			return s
		}
	}
	return nil
}

// isElement reports whether a step is an element of a list: [] or an index.
func isElement(step string) bool {
	_, ok := qs.Index(step)
	return ok || step == ""
}
