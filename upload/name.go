package upload

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is what a file name has on every usual file system.
const maxName = 255

// cleanName makes of a client's file name one that is no path and shows as
// what it is: what stands behind the last separator of either kind, valid
// UTF-8, without controls and what turns the direction of text around, without
// the characters and names that Windows reserves, without a dot or space at
// either end, and at most 255 bytes long. "" is left of a name that has nothing
// else.
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
	if isDevice(name) {
		name = cutName("_" + name)
	}
	return strings.Clone(name) // do not hold the header it is from
}

// cutName cuts a name to its longest length. The extension stays where it is a
// short one.
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

// hidden tells of characters that are not shown but have an effect: controls,
// line ends, and what turns the direction of text around. Joiners, which some
// scripts need, are none.
func hidden(r rune) bool {
	const byteOrderMark = '\uFEFF'
	return unicode.IsControl(r) || unicode.In(r, unicode.Bidi_Control, unicode.Zl, unicode.Zp) || r == byteOrderMark
}

// isDevice tells that Windows takes a name for a device, with or without an
// extension.
func isDevice(name string) bool {
	stem, _, _ := strings.Cut(name, ".")
	stem = strings.ToUpper(strings.TrimRight(stem, " "))
	switch stem {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	rest, ok := strings.CutPrefix(stem, "COM")
	if !ok {
		rest, ok = strings.CutPrefix(stem, "LPT")
	}
	return ok && utf8.RuneCountInString(rest) == 1 && strings.Contains("0123456789¹²³", rest)
}

// maxExtension is the longest extension that is kept.
const maxExtension = 16

// extension returns the last extension of a cleaned name, dot included, if it
// has nothing but letters and digits; otherwise "".
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
