package notation

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// words splits a name at its capitals and underscores. Acronyms are words, even in the plural:
// DisableETag, MaxURLBytes, CleanURLs and IPv6PrefixBits have two or three words each.
func words(name string) []string {
	var out []string
	begin := 0
	for i := 1; i < len(name); i++ {
		switch before, c := name[i-1], name[i]; {
		case c == '_':
			out, begin = append(out, name[begin:i]), i+1
		case isCapital(c) && (isSmall(before) || (isCapital(before) || isDigit(before)) && beginsWord(name, i)):
			out, begin = append(out, name[begin:i]), i
		}
	}
	return append(out, name[begin:])
}

// beginsWord reports whether the capital at i, behind another one or a digit, is the first letter
// of a word.
func beginsWord(name string, i int) bool {
	rest := name[i+1:]
	switch {
	case isMixed(name[i:]):
		return true
	case isMixed(name[i-1:]), rest == "" || !isSmall(rest[0]):
		return false
	}
	plural := rest[0] == 's' && (len(rest) == 1 || !isSmall(rest[1]) && !isDigit(rest[1])) // such as URLs
	return !plural || isDigit(name[i-1])
}

// isMixed reports whether a name begins with a word whose second letter is a capital, too.
func isMixed(name string) bool {
	return strings.HasPrefix(name, "ETag") || strings.HasPrefix(name, "IPv4") || strings.HasPrefix(name, "IPv6")
}

func isCapital(c byte) bool { return 'A' <= c && c <= 'Z' }

func isSmall(c byte) bool { return 'a' <= c && c <= 'z' }

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// Name returns the JSON name of a Go field.
func Name(field string) string {
	n := len(words(field)[0])
	return strings.ToLower(field[:n]) + field[n:]
}

// Variable returns the environment variable for a path such as static.maxAge.
func Variable(prefix, path string) string {
	return prefix + strings.ToUpper(strings.Join(words(strings.ReplaceAll(path, ".", "_")), "_"))
}

var plain = regexp.MustCompile(`^[-\w$]{1,100}$`)

// Join returns the path of a member. It quotes a key that is not a plain name.
func Join(path, key string) string {
	if !plain.MatchString(key) {
		key = strconv.Quote(clip.Text(key, 100))
	}
	return strings.TrimPrefix(path+"."+key, ".")
}
