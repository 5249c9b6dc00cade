package shape

import "github.com/sidekick-http/sidekick/internal/qs"

// Kind says how the values that were sent under a name become one value.
type Kind uint8

const (
	// Any is whatever the names themselves say, as node's qs reads them.
	Any Kind = iota
	// Scalar is one string. Of several the last counts.
	Scalar
	// File is one uploaded file. Of several the last counts.
	File
	// List is every value that was sent, in order.
	List
	// Map is an object of which the names of the members are not known before.
	Map
	// Object is an object with declared members.
	Object
)

// JSONUse says what becomes of a string where JSON is expected.
type JSONUse uint8

const (
	// NoJSON leaves it the string that it is.
	NoJSON JSONUse = iota
	// MayBeJSON reads it as JSON if it is valid JSON.
	MayBeJSON
	// MustBeJSON refuses it if it is not.
	MustBeJSON
)

// Shape is how one parameter is declared. It is not changed once it is in use,
// and may contain itself.
type Shape struct {
	Kind Kind
	// Text tells of a Scalar that every string is a value of it, so that a
	// string which looks like JSON is not read as such.
	Text bool
	// JSON tells of Any that a string is JSON.
	JSON JSONUse
	// Elem is the shape of the elements of a List, and of the members of a Map.
	// nil is Any.
	Elem *Shape
	// Members are those of an Object; nil stands for Any. Others are dropped.
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

// TakesFile reports whether a file of that name would reach a File.
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

// below returns the shape of what a step leads to, nil where it leads nowhere.
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
	case Scalar, File:
		if isElement(step) {
			return s
		}
	}
	return nil
}

// isElement reports whether a step stands for an element of a list: [] or an
// index.
func isElement(step string) bool {
	_, ok := qs.Index(step)
	return ok || step == ""
}
