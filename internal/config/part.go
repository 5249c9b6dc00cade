package config

import (
	"math"
	"reflect"
	"strings"
)

// Check checks the options of a part that is off, which are otherwise not checked. options points
// to their struct.
type Check func(path string, options any) error

// switchOn gives a part a struct of its own, whether it is on or not, so that its options can be
// read. It reports whether the part is on: as its switch says, or because one of its options is
// set, or else as before.
func (l *layer) switchOn(o Option, v reflect.Value, origins Origins) (on bool) {
	on = !v.IsNil()
	fresh := reflect.New(o.Type.Elem())
	if on {
		fresh.Elem().Set(v.Elem())
	}
	v.Set(fresh)
	if s, given := l.given[o.Path]; given {
		return l.isOn(s)
	}
	for _, below := range l.options {
		if s, given := l.given[below.Path]; given && !on && strings.HasPrefix(below.Path, o.Path+".") {
			on, origins[o.Path] = true, l.origin(s)
		}
	}
	return on
}

// isOn returns what the switch of a part says.
func (l *layer) isOn(s setting) bool {
	on, isBool := s.value.Scalar.(bool)
	if isBool || s.value.IsNull() {
		return on
	}
	reason := "want true, false or an object of its options"
	if s.variable != "" {
		reason = "want true or false; each of its options has a variable of its own"
	}
	l.refuse(s.name, s.value, reason)
	return false
}

// switchOff removes a part, after checking its options.
func (l *layer) switchOff(o Option, v reflect.Value, origins Origins, check Check) {
	if check != nil && !v.Elem().IsZero() {
		if err := check(o.Path, v.Interface()); err != nil {
			l.bad = append(l.bad, problem{math.MaxInt, "", l.Locate(err, origins)})
		}
	}
	v.SetZero()
}
