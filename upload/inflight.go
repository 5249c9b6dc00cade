package upload

import "sync/atomic"

// inFlight counts what all requests of a parser have stored.
type inFlight struct {
	bytes, files atomic.Int64
}

// take adds n to a count unless it would exceed the limit.
func take(count *atomic.Int64, n, limit int64) bool {
	if count.Add(n) > limit {
		count.Add(-n)
		return false
	}
	return true
}

// takeFile counts one more file in flight.
func (p *Parser) takeFile(field string) error {
	if !take(&p.inFlight.files, 1, p.cfg.maxFilesInFlight) {
		return &Error{Kind: ErrBusy, Field: field, Limit: p.cfg.maxFilesInFlight}
	}
	return nil
}

// takeBytes counts n more bytes in flight.
func (p *Parser) takeBytes(field string, n int) error {
	if !take(&p.inFlight.bytes, int64(n), p.cfg.MaxBytesInFlight) {
		return &Error{Kind: ErrBusy, Field: field, Limit: p.cfg.MaxBytesInFlight}
	}
	return nil
}
