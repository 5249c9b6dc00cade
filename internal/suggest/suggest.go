// Package suggest finds the name that a misspelt one probably stands for.
package suggest

import (
	"slices"
	"strings"
)

// Nearest returns the name that key is most likely meant to be, or "".
func Nearest(key string, names []string) string {
	const longest = 64 // no name is that long
	if len(key) > longest {
		return ""
	}
	best, at := 1+len(key)/5, ""
	for _, name := range names {
		if d := distance(strings.ToLower(key), strings.ToLower(name)); d <= best && (at == "" || d < best) {
			best, at = d, name
		}
	}
	return at
}

// IsTypo reports whether key is name with one letter too many, too few or wrong, or
// with its letters in another order.
func IsTypo(key, name string) bool {
	const longest = 64 // no name is that long
	return len(key) <= longest && distance(strings.ToLower(key), strings.ToLower(name)) == 1
}

// distance is the number of letters to insert, remove or replace; words that
// consist of the same letters in another order are as close as possible.
func distance(a, b string) int {
	if x, y := []byte(a), []byte(b); len(x) == len(y) && a != b {
		slices.Sort(x)
		slices.Sort(y)
		if slices.Equal(x, y) {
			return 1
		}
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		last := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := last
			if a[i] != b[j] {
				d = 1 + min(last, row[j], row[j+1])
			}
			last, row[j+1] = row[j+1], d
		}
	}
	return row[len(b)]
}
