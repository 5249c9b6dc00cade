package dispatch

import (
	"io"
	"slices"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/linger"
	"github.com/sidekick-http/sidekick/params"
	"github.com/sidekick-http/sidekick/upload"
)

// fileInputs returns the field names under which files are taken, and the input that takes a
// body which is a single file: the input named "file", or else the only one.
func fileInputs(shapes map[string]*params.Shape) (names []string, whole string) {
	var direct []string
	for name, s := range shapes {
		if s == nil || !holdsFile(s, map[*params.Shape]bool{}) {
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

// holdsFile reports whether a shape, or one below it that was not seen before, takes a file.
func holdsFile(s *params.Shape, seen map[*params.Shape]bool) bool {
	if s == nil || seen[s] {
		return false
	}
	seen[s] = true
	if s.Kind == params.ShapeFile || holdsFile(s.Elem, seen) {
		return true
	}
	for _, m := range s.Members {
		if holdsFile(m, seen) {
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

// checkFiles refuses files that no input takes, or notes and logs them. A body that is a single file
// becomes the input that takes it, whoever has read it.
func (c *call) checkFiles() error {
	form, ok := c.set.Form()
	if !ok {
		return nil
	}
	whole := c.set.IsWholeBody() && c.action.wholeBody != ""
	if whole {
		c.set.RenameWholeBody(c.action.wholeBody)
	}
	var skipped []string
	for _, file := range form.Skipped {
		skipped = append(skipped, file.Field)
	}
	only := []*compiledAction{c.action}
	for _, file := range form.Files {
		// They were stored for another version, or by an earlier piece.
		if !whole && !c.d.takesFile(file.Field, only) {
			skipped = append(skipped, file.Field)
		}
	}
	if len(skipped) == 0 {
		return nil
	}
	slices.Sort(skipped)
	skipped = slices.Compact(skipped)
	c.ensureRare().skipped = skipped
	if !c.d.opts.IgnoreUndeclaredFiles {
		return &fileNotTaken{fields: skipped, taken: c.action.takesFiles}
	}
	c.d.opts.Logger.DebugContext(c.ctx, "dispatch: files that no input takes were not stored", "action", c.action.Name, "fields", skipped)
	return nil
}

// checkLeft refuses a body that was left unread, if the action takes files: the client has sent its
// file in a way that leads to no input. Other actions may read such a body themselves.
func (c *call) checkLeft() error {
	if !c.set.BodyLeft() || len(c.action.takesFiles) == 0 || c.d.opts.IgnoreUndeclaredFiles || !c.hasContent() {
		return nil
	}
	linger.Refuse(c.conn.w, c.r)
	if b := (linger.Bounds{Time: linger.DefaultTime, Patience: linger.DefaultPatience}); !linger.Later(c.ctx, b) {
		linger.Before(c.conn.w, c.r, b, c.r.ContentLength < 0)
	}
	return &fileNotTaken{kind: clip.Text(c.r.Header.Get("Content-Type"), longestType), taken: c.action.takesFiles}
}

// hasContent reports whether a body that was left is not empty.
func (c *call) hasContent() bool {
	if _, stored := upload.FromContext(c.ctx); stored || c.r.ContentLength > 0 {
		return true
	}
	var first [1]byte
	_, err := io.ReadFull(c.r.Body, first[:]) // whatever comes is refused
	return err != io.EOF
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
