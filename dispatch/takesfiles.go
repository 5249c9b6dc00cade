package dispatch

import (
	"slices"

	"github.com/sidekick-http/sidekick/params"
)

// fileInputs returns the field names under which files are taken, and the input that takes a
// body which is a single file: the input named "file", or else the only one.
func fileInputs(shapes map[string]*params.Shape) (names []string, whole string) {
	var direct []string
	for name, s := range shapes {
		if s == nil || !holdsFile(s, nil) {
			continue
		}
		if below := fileNames(name, s, nil); len(below) > 0 {
			names = append(names, below...)
		} else {
			names = append(names, name)
		}
		if s.Kind == params.ShapeFile || s.Kind == params.ShapeList && s.Elem != nil && s.Elem.Kind == params.ShapeFile {
			direct = append(direct, name)
		}
	}
	slices.Sort(names)
	switch {
	case slices.Contains(direct, "file"):
		whole = "file"
	case len(direct) == 1:
		whole = direct[0]
	}
	return names, whole
}

// fileNames returns the field names under which files reach a shape or one below it. It goes a
// few levels deep, because types may contain each other.
func fileNames(name string, s *params.Shape, above []*params.Shape) (names []string) {
	const deepest = 6
	if s == nil || len(above) == deepest || slices.Contains(above, s) {
		return nil
	}
	above = append(above, s)
	switch s.Kind {
	case params.ShapeFile:
		names = append(names, name)
	case params.ShapeList:
		if s.Elem != nil && s.Elem.Kind == params.ShapeFile {
			return []string{name}
		}
		names = fileNames(name+"[]", s.Elem, above)
	case params.ShapeMap:
		names = fileNames(name+"[*]", s.Elem, above)
	case params.ShapeObject:
		for member, m := range s.Members {
			names = append(names, fileNames(name+"["+member+"]", m, above)...)
		}
	}
	return names
}

// holdsFile reports whether a shape, or one below it, takes a file.
func holdsFile(s *params.Shape, above []*params.Shape) bool {
	if s == nil || slices.Contains(above, s) {
		return false
	}
	above = append(above, s)
	if s.Kind == params.ShapeFile || holdsFile(s.Elem, above) {
		return true
	}
	for _, m := range s.Members {
		if holdsFile(m, above) {
			return true
		}
	}
	return false
}

// takesFile reports whether an input of one of the actions takes the file of a form field.
func (d *Dispatcher) takesFile(field string, actions []*compiledAction) bool {
	return slices.ContainsFunc(actions, func(a *compiledAction) bool {
		return d.opts.Params.TakesFile(a.shapes, field)
	})
}

// TakesFiles reports whether any action takes files, so that the server needs a place to store
// them.
func (d *Dispatcher) TakesFiles() bool {
	for _, a := range d.everyVersion {
		if len(a.takesFiles) > 0 || a.wholeBody != "" {
			return true
		}
	}
	return false
}
