// Package clip shortens strings without cutting a character in two.
package clip

import "unicode/utf8"

// Text returns s, or its first most bytes and "…" if it is longer. It cuts before a
// character that would be incomplete.
func Text(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return s[:End(s, most)] + "…"
}

// End returns where to cut s so that at most n bytes are left and no character is
// cut in two. Bytes that are not UTF-8 count as separate characters.
func End(s string, n int) int {
	if n >= len(s) {
		return len(s)
	}
	for at := n; at > n-utf8.UTFMax && at >= 0; at-- {
		if !utf8.RuneStart(s[at]) {
			continue
		}
		if _, size := utf8.DecodeRuneInString(s[at:]); at+size > n {
			return at
		}
		break
	}
	return n
}

// Begin returns where to cut s so that at least n bytes are removed from the front
// and no character is cut in two.
func Begin(s string, n int) int {
	if end := End(s, n); end < n {
		_, size := utf8.DecodeRuneInString(s[end:])
		return end + size
	}
	return min(n, len(s))
}
