package httpfield

import (
	"net/http"
	"strings"
)

// WeakPrefix makes an entity tag a weak one (RFC 9110 section 8.8.3).
const WeakPrefix = "W/"

// StrongTag returns the header's entity tag if it is a strong one.
func StrongTag(h http.Header) (tag string, ok bool) {
	v := h["Etag"]
	if len(v) == 0 || len(v[0]) < 2 || v[0][0] != '"' || v[0][len(v[0])-1] != '"' {
		return "", false
	}
	return v[0], true
}

// ListsWeakly reports whether a field such as If-None-Match lists the weak form of
// a strong tag. A tag has no quote inside, so that in a list W/"x" can only be
// the tag itself.
func ListsWeakly(values []string, strong string) bool {
	for _, list := range values {
		for {
			i := strings.Index(list, strong)
			if i < 0 {
				break
			}
			if strings.HasSuffix(list[:i], WeakPrefix) {
				return true
			}
			list = list[i+len(strong):]
		}
	}
	return false
}

// HasWeakTag reports whether a field such as If-Match lists a weak tag.
func HasWeakTag(values []string) bool {
	for _, list := range values {
		if strings.Contains(list, WeakPrefix) && Strengthen(list) != list {
			return true
		}
	}
	return false
}

// Strengthen returns a list of entity tags with the weak ones made strong.
func Strengthen(list string) string {
	var b strings.Builder
	quoted := false
	for list != "" {
		switch {
		case !quoted && strings.HasPrefix(list, WeakPrefix+`"`):
			list = list[len(WeakPrefix):]
			continue
		case list[0] == '"':
			quoted = !quoted // a tag has no quote inside
		}
		b.WriteByte(list[0])
		list = list[1:]
	}
	return b.String()
}
