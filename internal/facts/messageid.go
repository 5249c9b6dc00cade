package facts

// SetMessageID makes id, which must not be "", the id of this request.
func (f *Record) SetMessageID(id string) {
	f.mu.Lock()
	f.messageID = id
	f.mu.Unlock()
}
