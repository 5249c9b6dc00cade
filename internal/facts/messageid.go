package facts

// SetMessageID sets the id of this request; it must not be "".
func (f *Record) SetMessageID(id string) {
	f.mu.Lock()
	f.messageID = id
	f.mu.Unlock()
}
