package facts

import "log/slog"

// AddLogAttrs adds attributes for the access log.
func (f *Record) AddLogAttrs(attrs ...slog.Attr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.logAttrs == nil {
		f.logAttrs = new([]slog.Attr)
	}
	*f.logAttrs = append(*f.logAttrs, attrs...)
}

// LogAttrs returns the attributes added by AddLogAttrs. The list must not be changed.
func (f *Record) LogAttrs() []slog.Attr {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.logAttrs == nil {
		return nil
	}
	return *f.logAttrs
}
