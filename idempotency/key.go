package idempotency

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/facts"
	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// scopeFunction precedes what [Options.Scope] returns, so that no client can pose
// as a client of another kind: see [facts.OwnerOf].
const scopeFunction = "fn:"

// keyOf returns the key of a request, or "", and the scope of its client.
func (p *Replayer) keyOf(r *http.Request) (key, scope string, refused *Error) {
	values := r.Header[p.opts.Field]
	if len(values) == 0 {
		if p.opts.Required && !repeatable(r.Method) {
			return "", "", p.refusal(ErrKeyMissing, "", nil)
		}
		return "", "", nil
	}
	key, problem := parseKey(values[0])
	switch {
	case len(values) > 1:
		problem = "it was sent more than once"
	case problem != "":
	case len(key) > p.opts.MaxKeyBytes:
		problem = fmt.Sprintf("it is longer than %d characters", p.opts.MaxKeyBytes)
	default:
		if scope = p.scopeOf(r); scope == "" && len(key) < p.opts.MinSharedKeyBytes {
			problem = fmt.Sprintf("the key of an unidentified client needs %d characters or more, such as a UUID", p.opts.MinSharedKeyBytes)
		}
	}
	if problem != "" {
		return "", "", p.refusal(ErrKeyInvalid, problem, nil)
	}
	return key, scope, nil
}

// repeatable reports whether requests with a method can be repeated without a key
// (RFC 9110, section 9.2.2).
func repeatable(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace, http.MethodPut, http.MethodDelete:
		return true
	}
	return false
}

// parseKey reads the value of the field: a string of RFC 9651, section 3.3.3, whose
// parameters have no meaning, or an unquoted string, which most clients send.
// problem is the end of a sentence, or "".
func parseKey(value string) (key, problem string) {
	value = strings.Trim(value, " \t")
	switch {
	case value == "":
		return "", "it is empty"
	case value[0] != '"':
		return parseBare(value)
	}
	key, rest, ok := cutString(value)
	switch {
	case !ok:
		return "", "the string in it does not end, or has characters that a string cannot have"
	case !areParameters(rest):
		return "", "something follows the string in it"
	case key == "":
		return "", "it is empty"
	}
	return key, ""
}

// parseBare reads an unquoted key. A comma would mean several keys.
func parseBare(value string) (key, problem string) {
	for i := range len(value) {
		switch c := value[i]; {
		case c == ',':
			return "", "it has a comma: put such a key in quotes"
		case c <= ' ' || c >= 0x7f || c == '"' || c == ';' || c == '\\':
			return "", "it has characters that are not allowed outside of quotes: " + strconv.QuoteToASCII(value[i:i+1])
		}
	}
	return value, ""
}

// cutString reads the quoted string at the start of s.
func cutString(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '"':
			return b.String(), s[i+1:], true
		case c == '\\':
			if i++; i == len(s) || s[i] != '"' && s[i] != '\\' {
				return "", "", false
			}
			c = s[i]
		case c < ' ' || c >= 0x7f:
			return "", "", false
		}
		b.WriteByte(c)
	}
	return "", "", false
}

// areParameters reports whether s consists only of the parameters of an item.
func areParameters(s string) bool {
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		if s[0] != ';' {
			return false
		}
		s = strings.TrimLeft(s[1:], " ")
		name := s[:len(s)-len(strings.TrimLeft(s, "abcdefghijklmnopqrstuvwxyz0123456789_-.*"))]
		if name == "" || name[0] != '*' && (name[0] < 'a' || name[0] > 'z') {
			return false
		}
		value, hasValue := strings.CutPrefix(s[len(name):], "=")
		if s = value; !hasValue {
			continue
		}
		rest, ok := cutParameter(value)
		if s = rest; !ok {
			return false
		}
	}
	return true
}

// cutParameter removes the value of a parameter from the start of s: a string, or a
// token, a number, a date, a boolean or bytes, which are not examined further.
func cutParameter(s string) (rest string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		_, rest, ok = cutString(s)
		return rest, ok
	}
	end := strings.IndexAny(s, "; ")
	if end < 0 {
		end = len(s)
	}
	bare := strings.NewReplacer(":", "", "/", "", "=", "", "@", "", "?", "").Replace(s[:end])
	return s[end:], end > 0 && (bare == "" || httpfield.IsToken(bare))
}

// scopeOf returns the scope of the client, or "" if it cannot be told apart from
// others.
func (p *Replayer) scopeOf(r *http.Request) string {
	if p.opts.Scope != nil {
		if scope := p.opts.Scope(r); scope != "" {
			return scopeFunction + scope
		}
		return ""
	}
	return facts.OwnerOf(r)
}

// newClaim makes the claim of a request. It gives the store only hashes, neither
// keys nor credentials.
func (p *Replayer) newClaim(r *http.Request, scope, key string, body *watched) Claim {
	head := hashOf("request", r.Method, target(r), body.mediaType)
	prefix, whole := body.prefix()
	return Claim{
		Key:     hashOf("key", scope, key),
		Owner:   random(),
		Request: hashOf(head, string(prefix[:]), fmt.Sprint(whole)),
		Lease:   p.opts.Lease,
		Keep:    p.opts.KeepFor,
	}
}

// target returns the path and query as the client sent them: an outer mux may have
// removed a prefix.
func target(r *http.Request) string {
	if sent, err := url.ParseRequestURI(r.RequestURI); err == nil {
		return sent.RequestURI()
	}
	return r.URL.RequestURI()
}

// hashOf returns a hash of parts, in 43 characters.
func hashOf(parts ...string) string {
	h := sha256.New()
	var length [8]byte
	for _, part := range parts {
		binary.BigEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return base64.RawURLEncoding.EncodeToString(h.Sum(nil))
}

// random returns 22 characters that nobody can guess.
func random() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}
