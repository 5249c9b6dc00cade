// Package urlpath splits request paths in the same way for every piece: at the
// slashes that were sent unescaped, with each part decoded once.
package urlpath

import (
	"net/http"
	"net/url"
	"strings"
)

// Of returns the path of a request, and whether it is decoded already. A path with
// escapes that matter, such as %2F, must be split before it is decoded.
func Of(r *http.Request) (path string, decoded bool) {
	if r.URL.RawPath == "" {
		return r.URL.Path, true
	}
	return r.URL.EscapedPath(), false
}

// CutPrefix removes a prefix of whole parts, such as "/api", from a path of [Of],
// however its parts are escaped there. "" is a prefix of every path.
func CutPrefix(path, prefix string, decoded bool) (rest string, ok bool) {
	if prefix == "" {
		return path, true
	}
	if rest, ok = strings.CutPrefix(path, prefix); ok {
		return rest, rest == "" || rest[0] == '/'
	}
	if decoded {
		return "", false
	}
	rest = path
	for part := range strings.SplitSeq(prefix[1:], "/") {
		if rest == "" || rest[0] != '/' {
			return "", false
		}
		raw, _, _ := strings.Cut(rest[1:], "/")
		if plain, err := url.PathUnescape(raw); err != nil || plain != part {
			return "", false
		}
		rest = rest[1+len(raw):]
	}
	return rest, true
}

// Single returns the one part that a path of [Of] consists of, decoded, with or
// without a slash before and after it. ok is false if it has none or several.
func Single(path string, decoded bool) (part string, ok bool) {
	part = strings.TrimSuffix(strings.TrimPrefix(path, "/"), "/")
	if part == "" || strings.Contains(part, "/") {
		return "", false
	}
	if decoded {
		return part, true
	}
	part, err := url.PathUnescape(part)
	return part, err == nil
}
