package dispatch

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
