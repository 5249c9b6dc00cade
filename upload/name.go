package upload

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/devicename"
)

// maxName is the longest file name in bytes on all usual file systems.
const maxName = 255

// cleanName turns a client's file name into one that is not a path and is displayed as it is:
// what follows the last separator of either kind, as valid UTF-8, without control characters and
// characters that change the direction of text, without the characters and names that Windows
// reserves, without a dot or space at either end, and at most 255 bytes long. It returns "" if
// nothing is left.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.ToValidUTF8(name, "\uFFFD")
	name = strings.Map(func(r rune) rune {
		switch {
		case hidden(r):
			return -1
		case strings.ContainsRune(`<>:"|?*`, r): // not allowed in names on Windows
			return '_'
		}
		return r
	}, name)
	name = cutName(name)
	name = strings.TrimFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) })
	if devicename.Is(name) {
		name = cutName("_" + name)
	}
	return strings.Clone(name) // does not keep the header in memory
}

// cutName cuts a name to the maximum length. A short extension is kept.
func cutName(name string) string {
	if len(name) <= maxName {
		return name
	}
	ext := ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 && len(name)-i <= 1+maxExtension {
		ext = name[i:]
	}
	stem := name[:maxName-len(ext)]
	for len(stem) > 0 && !utf8.RuneStart(name[len(stem)]) {
		stem = stem[:len(stem)-1]
	}
	return stem + ext
}

// hidden reports whether a character is invisible but has an effect: control characters, line
// ends, and characters that change the direction of text. Joiners, which some scripts need, are
// allowed.
func hidden(r rune) bool {
	const byteOrderMark = '\uFEFF'
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) || r == byteOrderMark
}

// maxExtension is the maximum length of an extension.
const maxExtension = 16

// extension returns the last extension of a cleaned name, with its dot, if it has only letters
// and digits; otherwise "".
func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 || len(name)-i-1 > maxExtension || i == len(name)-1 {
		return ""
	}
	for _, c := range []byte(name[i+1:]) {
		if !isAlnum(c) {
			return ""
		}
	}
	return name[i:]
}
