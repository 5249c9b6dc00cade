package httpfield

import "strings"

// ListHas reports whether one of the values, which are comma-separated lists,
// contains the token, in upper or lower case.
func ListHas(values []string, token string) bool {
	for _, rest := range values {
		for more := true; more; {
			var element string
			element, rest, more = strings.Cut(rest, ",")
			if strings.EqualFold(strings.Trim(element, " \t"), token) {
				return true
			}
		}
	}
	return false
}
