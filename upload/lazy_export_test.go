package upload

// WithProc returns options that look for processes in dir.
func (o DirStoreOptions) WithProc(dir string) DirStoreOptions {
	o.proc = dir
	return o
}
