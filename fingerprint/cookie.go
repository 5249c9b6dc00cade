package fingerprint

import (
	"net/http"
	"strings"
)

const (
	setCookie    = "Set-Cookie"
	cacheControl = "Cache-Control"
)

const (
	// maxCookies is how many cookies net/http reads. If a request has more, its
	// handlers get none.
	maxCookies = 3000

	// maxTries is how many cookies of the same name are checked. A browser sends two
	// or three at most, for different paths and domains.
	maxTries = 8
)

// nextCookie returns the value of the next cookie with that name in a Cookie field,
// and the rest of the field after it.
func nextCookie(line, name string) (value, rest string, found bool) {
	for line != "" {
		var pair string
		pair, line, _ = strings.Cut(line, ";")
		for pair != "" && (pair[0] == ' ' || pair[0] == '\t') {
			pair = pair[1:]
		}
		if len(pair) <= len(name) || pair[len(name)] != '=' || pair[:len(name)] != name {
			continue
		}
		value = strings.TrimRight(pair[len(name)+1:], " \t")
		if len(value) > 1 && value[0] == '"' && value[len(value)-1] == '"' {
			value = value[1 : len(value)-1]
		}
		return value, line, true
	}
	return "", "", false
}

// tooManyCookies reports whether net/http would read no cookies at all.
func tooManyCookies(lines []string) bool {
	length := len(lines)
	for _, line := range lines {
		length += len(line)
	}
	if length <= maxCookies { // each cookie but the last takes a semicolon
		return false
	}
	count := len(lines)
	for _, line := range lines {
		count += strings.Count(line, ";")
	}
	return count > maxCookies
}

// carries reports whether a response already sets the cookie with that name.
func carries(h http.Header, name string) bool {
	for _, line := range h[setCookie] {
		if sets(line, name) {
			return true
		}
	}
	return false
}

// withoutCookie returns the Set-Cookie lines of a response except those for the
// cookie with that name.
func withoutCookie(h http.Header, name string) []string {
	var kept []string
	for _, line := range h[setCookie] {
		if !sets(line, name) {
			kept = append(kept, line)
		}
	}
	return kept
}

func sets(line, name string) bool {
	return len(line) > len(name) && line[len(name)] == '=' && line[:len(name)] == name
}

// mayBeShared reports whether a response allows shared caches to store it, together
// with the cookies that it sets (RFC 9111, section 7.3).
func mayBeShared(h http.Header) bool {
	shared := false
	for _, line := range h[cacheControl] {
		for directive := range strings.SplitSeq(line, ",") {
			name, value, _ := strings.Cut(strings.TrimSpace(directive), "=")
			switch strings.ToLower(name) {
			case "private", "no-store":
				return false
			case "public":
				shared = true
			case "max-age", "s-maxage":
				shared = shared || strings.Trim(value, `0"`) != ""
			}
		}
	}
	return shared
}
