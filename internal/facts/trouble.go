package facts

import "errors"

// trouble records what went wrong with a request, or that its client left. It keeps pieces that
// meet the same error from logging it twice.
type trouble struct {
	gone      bool
	answering error // see BeginAnswer
	logged    error // the last one
	logs      int
	reports   int
}

// troubled calls do with the request's trouble, and makes it if necessary.
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

// SetClientGone notes that the client left before it got a response.
func (f *Record) SetClientGone() { f.troubled(func(t *trouble) { t.gone = true }) }

// ClientGone reports whether SetClientGone was called.
func (f *Record) ClientGone() bool { return f.troubles().gone }

// SetLogged notes that err was logged. The piece that answers an error logs it; outer pieces then
// do not.
func (f *Record) SetLogged(err error) {
	f.troubled(func(t *trouble) { t.logged, t.logs = err, t.logs+1 })
}

// IsLogged reports whether the last logged error is err or is wrapped by it.
func (f *Record) IsLogged(err error) bool {
	logged := f.troubles().logged
	return logged != nil && errors.Is(err, logged)
}

// Logs returns how often SetLogged was called.
func (f *Record) Logs() int { return f.troubles().logs }

// AddReport counts that the request's failure was passed to reporters.
func (f *Record) AddReport() { f.troubled(func(t *trouble) { t.reports++ }) }

// Reports returns how often AddReport was called.
func (f *Record) Reports() int { return f.troubles().reports }

// BeginAnswer notes that the caller lets a function from outside answer err. That function may
// answer with another error: a piece that logs that one logs err with it. BeginAnswer returns the
// current Logs, and the argument for [Record.EndAnswer].
func (f *Record) BeginAnswer(err error) (logs int, outer error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.trouble == nil {
		f.trouble = &trouble{}
	}
	outer, f.trouble.answering = f.trouble.answering, err
	return f.trouble.logs, outer
}

// EndAnswer undoes BeginAnswer.
func (f *Record) EndAnswer(outer error) {
	f.troubled(func(t *trouble) { t.answering = outer })
}

// Answering returns the error given to BeginAnswer, or nil.
func (f *Record) Answering() error { return f.troubles().answering }
