package notation

import (
	"regexp"
	"strings"
)

var (
	mixed = regexp.MustCompile(`ETags?|IPv[46]|[A-Z]{2,}s(?:[A-Z]|$)`) // words with small and capital letters
	begun = regexp.MustCompile(`([a-z])([A-Z])`)
	ended = regexp.MustCompile(`([A-Z0-9])([A-Z][a-z])`) // the last capital begins a word
)

// words splits a name at its capitals. Acronyms are words, even in the plural: DisableETag,
// MaxURLBytes, CleanURLs and IPv6PrefixBits have two or three words each.
func words(name string) []string {
	name = mixed.ReplaceAllStringFunc(name, func(w string) string {
		i := strings.LastIndexAny(w, "sgv") + 1
		return w[:1] + strings.ToLower(w[1:i]) + w[i:]
	})
	name = begun.ReplaceAllString(name, "${1}_$2")
	return strings.Split(ended.ReplaceAllString(name, "${1}_$2"), "_")
}

// Name returns the JSON name of a Go field.
func Name(field string) string {
	n := len(words(field)[0])
	return strings.ToLower(field[:n]) + field[n:]
}

// Variable returns the environment variable for a path such as static.maxAge.
func Variable(prefix, path string) string {
	return prefix + strings.ToUpper(strings.Join(words(strings.ReplaceAll(path, ".", "_")), "_"))
}
