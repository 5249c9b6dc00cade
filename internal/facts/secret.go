package facts

import (
	"net/url"
	"strings"
)

// Filtered replaces a value that must not be shown, as in Actionhero.
const Filtered = "[FILTERED]"

// secret is what logs must not show of a request.
type secret struct {
	values []string // of variables of the path, decoded
	params []string // names
}

// HidePath notes the decoded value of a variable of the path that must not be shown.
func (f *Record) HidePath(value string) {
	f.hide(func(s *secret) { s.values = append(s.values, value) })
}

// HideParams notes names of parameters whose values must not be shown, for this request.
func (f *Record) HideParams(names []string) {
	f.hide(func(s *secret) { s.params = names })
}

// hide calls do with the request's secret, and makes it if necessary.
func (f *Record) hide(do func(*secret)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.secret == nil {
		f.secret = &secret{}
	}
	do(f.secret)
}

// HiddenParams returns what HideParams set.
func (f *Record) HiddenParams() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.secret == nil {
		return nil
	}
	return f.secret.params
}

// ShownPath returns an escaped path of the request as logs may show it: the segments that hold
// hidden values are masked. A value may extend over several segments. f may be nil.
func (f *Record) ShownPath(escaped string) string {
	if f == nil {
		return escaped
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.secret == nil || len(f.secret.values) == 0 {
		return escaped
	}
	hidden := map[string]bool{} // the segments of the values
	for _, value := range f.secret.values {
		for segment := range strings.SplitSeq(value, "/") {
			hidden[segment] = true
		}
	}
	segments := strings.Split(escaped, "/")
	for i, segment := range segments {
		text, err := url.PathUnescape(segment)
		if err != nil {
			text = segment
		}
		for part := range strings.SplitSeq(text, "/") { // of an escaped slash
			if part != "" && hidden[part] {
				segments[i] = Filtered
			}
		}
	}
	return strings.Join(segments, "/")
}
