package facts

import "errors"

// trouble is what is known of a request that went wrong, or whose client did
// not wait. It keeps pieces that meet the same error from logging it twice.
type trouble struct {
	gone      bool
	answering error // see BeginAnswer
	logged    error // the last one
	logs      int
	reports   int
}

// troubled has do called with the request's trouble, which it makes if there is
// none.
func (f *Record) troubled(do func(*trouble)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil {
		f.trouble = &trouble{}
	}
	do(f.trouble)
}

// troubles returns a copy of the request's trouble.
func (f *Record) troubles() trouble {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil {
		return trouble{}
	}
	return *f.trouble
}

// SetClientGone notes that the client left before it was answered.
func (f *Record) SetClientGone() { f.troubled(func(t *trouble) { t.gone = true }) }

// ClientGone reports whether SetClientGone was called.
func (f *Record) ClientGone() bool { return f.troubles().gone }

// SetLogged notes that err was logged: whoever answers it logs it, and whoever
// meets it afterwards does not.
func (f *Record) SetLogged(err error) {
	f.troubled(func(t *trouble) { t.logged, t.logs = err, t.logs+1 })
}

// IsLogged reports whether the error that was logged last is err or lies in it.
func (f *Record) IsLogged(err error) bool {
	logged := f.troubles().logged
	return logged != nil && errors.Is(err, logged)
}

// Logs returns how often SetLogged was called.
func (f *Record) Logs() int { return f.troubles().logs }

// AddReport counts that the request's failure was handed to reporters, Reports
// tells how often.
func (f *Record) AddReport() { f.troubled(func(t *trouble) { t.reports++ }) }

// Reports: see AddReport.
func (f *Record) Reports() int { return f.troubles().reports }

// BeginAnswer notes that the caller has err answered by a function of somebody
// else's, which may well answer with another error: a piece that logs that one
// logs err with it. It returns what Logs returns now, and what is for
// [Record.EndAnswer].
func (f *Record) BeginAnswer(err error) (logs int, outer error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil {
		f.trouble = &trouble{}
	}
	outer, f.trouble.answering = f.trouble.answering, err
	return f.trouble.logs, outer
}

// EndAnswer ends what BeginAnswer began.
func (f *Record) EndAnswer(outer error) {
	f.troubled(func(t *trouble) { t.answering = outer })
}

// Answering returns the error of BeginAnswer, or nil.
func (f *Record) Answering() error { return f.troubles().answering }
