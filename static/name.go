package static

import (
	"net/url"
	"path"
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
	"github.com/sidekick-http/sidekick/internal/devicename"
)

// Longer names are not looked up: no common file system allows them.
const (
	maxName = 4096
	maxPart = 255
)

// nameOfURL returns the name that a request asks for. It refuses what other code
// may read differently from the same URL: an encoded slash or dot segment. A guard
// in front of the handler, such as a pattern of http.ServeMux, then sees the same
// folders as this package.
func nameOfURL(u *url.URL) (name string, folder, ok bool) {
	if raw := u.RawPath; raw != "" && strings.Contains(raw, "%") {
		raw = strings.ToLower(raw)
		if strings.Contains(raw, "%2f") || strings.Contains(raw, "%2e") && hasDots(u.Path) {
			return "", false, false
		}
	}
	return nameOf(u.Path)
}

// hasDots reports whether a part of p is "." or "..".
func hasDots(p string) bool {
	for part := range strings.SplitSeq(p, "/") {
		if part == "." || part == ".." {
			return true
		}
	}
	return false
}

// nameOf turns the decoded path of a URL into a name that [fs.ValidPath] accepts,
// except that the root is "". folder reports whether the path ended in a slash. ok
// is false if the path climbs above the root, is not valid UTF-8, or has control
// characters or overlong parts.
func nameOf(p string) (name string, folder, ok bool) {
	if len(p) > maxName || !utf8.ValidString(p) {
		return "", false, false
	}
	depth, start, dirty := 0, 0, false
	p = strings.TrimPrefix(p, "/")
	for i := 0; i <= len(p); i++ {
		if i < len(p) && p[i] != '/' {
			if p[i] < ' ' || p[i] == 0x7f {
				return "", false, false
			}
			continue
		}
		switch part := p[start:i]; {
		case part == "" || part == ".":
			dirty = dirty || i < len(p) || part == "."
		case part == "..":
			dirty = true
			if depth--; depth < 0 {
				return "", false, false
			}
		case len(part) > maxPart:
			return "", false, false
		default:
			depth++
		}
		start = i + 1
	}
	folder = p == "" || strings.HasSuffix(p, "/") || strings.HasSuffix(p, "/.") || strings.HasSuffix(p, "/..") || p == "." || p == ".."
	if dirty {
		p = path.Clean("/" + p)[1:]
	}
	return strings.TrimSuffix(p, "/"), folder || p == "", true
}

// plainName reports whether a name in the options has a form that nameOf returns.
func plainName(name string) bool {
	clean, _, ok := nameOf(name)
	return ok && clean == name && name != ""
}

// servable reports whether a name may be served at all: it has no hidden part that
// is not allowed, Options.Hide does not list it, and the operating system does not
// take it for anything but a file of that name.
func (c *config) servable(name string) bool {
	if runtime.GOOS == "windows" && !windowsName(name) {
		return false
	}
	for i := 0; i < len(name); i++ {
		if name[i] != '.' || i > 0 && name[i-1] != '/' {
			continue
		}
		end := len(name)
		if slash := strings.IndexByte(name[i:], '/'); slash >= 0 {
			end = i + slash
		}
		if !c.allowHidden[name[:end]] {
			return false
		}
	}
	if len(c.hide) > 0 {
		folded := fold(name)
		for _, p := range c.hide {
			if p.match(folded) {
				return false
			}
		}
	}
	return true
}

// windowsName reports whether Windows takes name for the plain file that it seems
// to be: it has no drive, stream or backslash, no reserved device, and no part from
// whose end Windows would remove a dot or a space.
func windowsName(name string) bool {
	if strings.ContainsAny(name, `\:*?"<>|`) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ") || devicename.Is(part) {
			return false
		}
		base, _, _ := strings.Cut(part, ".")
		base = strings.TrimRight(base, " ")
		// Short names (PROGRA~1) are second names of files with a long name; a rule for
		// the long name would not match them.
		if tilde := strings.LastIndexByte(base, '~'); tilde > 0 && tilde < len(base)-1 && strings.Trim(base[tilde+1:], "0123456789") == "" {
			return false
		}
	}
	return true
}

// fold maps names that a case-insensitive file system does not distinguish to one
// form.
func fold(s string) string {
	return strings.Map(func(r rune) rune { return unicode.ToLower(unicode.ToUpper(r)) }, s)
}

// pattern is a compiled [CacheRule.Pattern].
type pattern struct {
	glob  string
	whole bool // compared with the start of the name, not with single parts
}

func compilePattern(field, glob string, bad *cfgerr.List) pattern {
	p := pattern{glob: strings.Trim(glob, "/"), whole: strings.Contains(strings.TrimSuffix(glob, "/"), "/")}
	if _, err := path.Match(p.glob, ""); err != nil || p.glob == "" {
		bad.Add(field, glob, `want a pattern of path.Match, such as "*.css" or "assets/*.js"`)
	}
	return p
}

// match compares the pattern with name and with every folder that leads to it.
func (p pattern) match(name string) bool {
	start := 0
	for i := 0; i <= len(name); i++ {
		if i < len(name) && name[i] != '/' {
			continue
		}
		part := name[start:i]
		if p.whole {
			part = name[:i]
		}
		if ok, _ := path.Match(p.glob, part); ok {
			return true
		}
		start = i + 1
	}
	return false
}
