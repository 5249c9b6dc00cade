// Package accept reads the Accept-Encoding header (RFC 9110, section 12.5.3) and
// chooses a content coding by it.
package accept

import (
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// MaxBytes and MaxElements limit what is read of one request. A browser sends about
// 30 bytes and 4 codings; a longer header means identity.
const (
	MaxBytes    = 1024
	MaxElements = 32
)

// maxOffers is how many offers are considered; it keeps the weights on the stack.
const maxOffers = 8

// unset is the weight of a coding that the header does not name.
const unset = -1

// Encoding returns the best of the offers, content codings such as "gzip" in the
// server's order of preference, for a request with the Accept-Encoding fields
// header (r.Header["Accept-Encoding"]). It returns "" for identity, which means no
// coding.
//
// The greatest weight wins, and the earlier offer among equals. Names are compared
// without regard to case, x-gzip is gzip, "*" stands for every coding that is not
// named, and a weight of 0 refuses. Identity wins over an offer only if the header
// gives it a greater weight; if the header has neither identity nor "*", any offer
// that the client accepts is better.
//
// The result is also identity if the header is missing, empty, malformed, larger
// than [MaxBytes] or [MaxElements], or refuses everything: a plain response serves
// a client better than a 406. Only the first eight offers are considered. Encoding
// does not allocate.
func Encoding(header []string, offers ...string) string {
	if len(header) == 0 {
		return ""
	}
	w := wishes{offers: offers[:min(len(offers), maxOffers)], identity: unset, star: unset}
	for i := range w.offers {
		w.weights[i] = unset
	}
	if !w.read(header) {
		return ""
	}
	return w.best()
}

// wishes are the weights that a header gives to each offer.
type wishes struct {
	offers         []string
	weights        [maxOffers]int
	identity, star int
}

// read reads a header. ok is false if it is malformed or too large.
func (w *wishes) read(header []string) (ok bool) {
	size, elements := 0, 0
	for _, line := range header {
		if size += len(line); size > MaxBytes {
			return false
		}
		for rest, more := line, true; more; {
			var element string
			element, rest, more = strings.Cut(rest, ",")
			element = trim(element)
			if element == "" {
				continue // a recipient must accept empty list elements
			}
			elements++
			coding, q, ok := parse(element)
			if !ok || elements > MaxElements {
				return false
			}
			w.note(coding, q)
		}
	}
	return true
}

// note records the weight of a coding.
func (w *wishes) note(coding string, q int) {
	switch {
	case coding == "*":
		w.star = q
	case strings.EqualFold(coding, "identity"):
		w.identity = q
	default:
		for i, offer := range w.offers {
			if same(coding, offer) {
				w.weights[i] = q
			}
		}
	}
}

// best returns the offer with the greatest weight, "" for identity.
func (w *wishes) best() string {
	best, chosen := 0, ""
	for i, offer := range w.offers {
		q := w.weights[i]
		if q == unset {
			q = w.star
		}
		if q > best {
			best, chosen = q, offer
		}
	}
	if w.identity == unset {
		w.identity = w.star
	}
	if w.identity > best {
		return ""
	}
	return chosen
}

// same reports whether the client's name for a coding means the offer.
func same(coding, offer string) bool {
	return strings.EqualFold(coding, offer) || strings.EqualFold(coding, "x-gzip") && offer == "gzip"
}

// parse reads one list element, `codings [ weight ]`; q is in thousandths.
func parse(element string) (coding string, q int, ok bool) {
	coding, weight, weighted := strings.Cut(element, ";")
	coding = trim(coding)
	if !httpfield.IsToken(coding) {
		return "", 0, false
	}
	if !weighted {
		return coding, 1000, true
	}
	weight = trim(weight)
	if len(weight) < 3 || weight[0]|0x20 != 'q' || weight[1] != '=' {
		return "", 0, false
	}
	q, ok = qvalue(weight[2:])
	return coding, q, ok
}

// qvalue reads `"0" [ "." 0*3DIGIT ] / "1" [ "." 0*3("0") ]` in thousandths.
func qvalue(s string) (q int, ok bool) {
	if len(s) > 5 || s[0] != '0' && s[0] != '1' || len(s) > 1 && s[1] != '.' {
		return 0, false
	}
	q = int(s[0]-'0') * 1000
	unit := 100
	for i := 2; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		q += int(s[i]-'0') * unit
		unit /= 10
	}
	return q, q <= 1000
}

// trim removes optional whitespace: spaces and tabs, nothing else.
func trim(s string) string {
	for s != "" && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	for s != "" && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t') {
		s = s[:len(s)-1]
	}
	return s
}
