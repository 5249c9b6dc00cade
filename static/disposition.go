package static

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFileName limits the name of a download, in bytes; common file systems accept
// at most 255.
const maxFileName = 200

// Attachment returns a Content-Disposition that makes browsers save a download
// under the last part of name (RFC 6266). Set it before [Handler.ServeName]:
//
//	w.Header().Set("Content-Disposition", static.Attachment("report 2024.pdf"))
//	files.ServeName(w, r, "reports/7f3a.pdf")
//
// The name may come from anywhere. It is reduced to what is safe to show and to
// store: folders, control characters, marks that reverse the reading direction and
// leading dots are removed; at most 200 bytes remain, or "download" if nothing
// does. A name that is not plain ASCII is sent twice: as filename* in UTF-8 (RFC
// 8187), and as a filename without the other characters for clients that do not
// know filename*.
func Attachment(name string) string {
	name = safeName(name)
	var b strings.Builder
	b.WriteString(`attachment; filename="`)
	plain := true
	for _, r := range name {
		switch {
		case r == '"' || r == '%' || r >= utf8.RuneSelf:
			// Some clients decode percent escapes here.
			plain = false
			b.WriteByte('_')
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	if plain {
		return b.String()
	}
	b.WriteString("; filename*=UTF-8''")
	const hex = "0123456789ABCDEF"
	for i := range len(name) {
		if c := name[i]; attrChar(c) {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}

// safeName returns the last part of name, for either kind of slash, without
// characters that could end a header or a line, reverse the reading direction (so
// that a name ending in "txt.exe" is shown as "exe.txt"), or hide the file.
func safeName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError:
			return '_'
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r):
			return -1
		case strings.ContainsRune(`:*?<>|`, r):
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.Trim(name, " "), ".")
	if len(name) > maxFileName {
		name = shorten(name)
	}
	if name = strings.TrimRight(name, ". "); name == "" {
		return "download"
	}
	return name
}

// shorten removes the middle of a name, so that its extension stays.
func shorten(name string) string {
	tail := ""
	if dot := strings.LastIndexByte(name, '.'); dot > 0 && len(name)-dot <= 16 {
		tail = name[dot:]
	}
	head := name[:maxFileName-len(tail)]
	for !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	return head + tail
}

// attrChar reports whether c may appear unescaped in filename* (RFC 8187).
func attrChar(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("!#$&+-.^_`|~", c) >= 0
}
