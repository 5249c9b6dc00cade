package jsonp

import (
	"net/url"
	"slices"
	"strings"
)

// maxCallbackBytes limits a callback. It is far more than names need, and far less
// than it takes to smuggle a program in another format into the name.
const maxCallbackBytes = 128

// callbackIn returns the value of the parameter in a raw query, "" if there is none,
// and an error if it has any other form than one plain value.
//
// It reads the query itself, because url.Values drops what matters here: pairs with
// a semicolon, and pairs that cannot be unescaped.
func callbackIn(rawQuery, param, delimiter string) (string, error) {
	if !strings.Contains(rawQuery, param) && strings.IndexByte(rawQuery, '%') < 0 {
		return "", nil // the parameter's name has no space, so nothing in it can match
	}
	callback, found := "", false
	for rest, more := rawQuery, rawQuery != ""; more; {
		var pair string
		pair, rest, more = strings.Cut(rest, delimiter)
		rawKey, rawValue, _ := strings.Cut(pair, "=")
		key, err := url.QueryUnescape(rawKey)
		if err != nil {
			continue
		}
		after, ok := strings.CutPrefix(key, param)
		if !ok || after != "" && after[0] != '[' {
			continue
		}
		if found || after != "" {
			return "", &CallbackError{param + " must be one plain value"}
		}
		found = true
		if callback, err = url.QueryUnescape(rawValue); err != nil {
			return "", &CallbackError{param + " is not a function's name"}
		}
	}
	return callback, nil
}

// check refuses a callback that is not a path, or that leads to something that does
// not belong to the page.
func (j *Wrapper) check(callback string) error {
	if len(callback) > maxCallbackBytes {
		return j.refuse("is too long")
	}
	path, ok := namesOf(callback)
	if !ok || reservedWords[path[0]] {
		return j.refuse("is not a function's name")
	}
	if j.o.PlainNames && path[0] != callback {
		return j.refuse("must be a name without dots and brackets")
	}
	// window.f is f, so the path is judged from there.
	for path[0] == "window" && len(path) > 1 && path[1] != "" {
		path = path[1:]
	}
	if isBrowserGlobal(path[0]) && !slices.Contains(j.o.DangerouslyAllowGlobals, path[0]) {
		return j.refuse("starts at a name that browsers define")
	}
	if slices.ContainsFunc(path, func(name string) bool { return prototypes[name] }) {
		return j.refuse("passes through a prototype")
	}
	return nil
}

// namesOf returns the names in a path of ASCII identifiers. Each whole number in
// brackets becomes "".
//
//	path   = name *( "." name / "[" 1*DIGIT "]" )
//	name   = ( ALPHA / "_" / "$" ) *( ALPHA / DIGIT / "_" / "$" )
func namesOf(path string) (names []string, ok bool) {
	name, rest, ok := cutName(path)
	names = append(names, name)
	for ok && rest != "" {
		switch rest[0] {
		case '.':
			name, rest, ok = cutName(rest[1:])
		case '[':
			name = ""
			_, rest, ok = cutIndex(rest[1:])
		default:
			ok = false
		}
		names = append(names, name)
	}
	return names, ok
}

// refuse returns the error for a callback.
func (j *Wrapper) refuse(reason string) error { return &CallbackError{j.o.Param + " " + reason} }

// prototypes lead from any object to what all objects have in common.
var prototypes = map[string]bool{
	"__proto__": true, "prototype": true, "constructor": true,
	"__defineGetter__": true, "__defineSetter__": true, "__lookupGetter__": true, "__lookupSetter__": true,
}

// cutName cuts a name off the start of s.
func cutName(s string) (name, rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] == '$' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 0 && isDigit(s[n])) {
		n++
	}
	return s[:n], s[n:], n > 0
}

// cutIndex cuts digits and the closing bracket off the start of s.
func cutIndex(s string) (index, rest string, ok bool) {
	index, rest, ok = strings.Cut(s, "]")
	for i := range len(index) {
		ok = ok && isDigit(index[i])
	}
	return index, rest, ok && index != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// reservedWords are not names: they would turn the call into another statement.
var reservedWords = map[string]bool{
	"await": true, "break": true, "case": true, "catch": true, "class": true, "const": true, "continue": true,
	"debugger": true, "default": true, "delete": true, "do": true, "else": true, "enum": true, "export": true,
	"extends": true, "false": true, "finally": true, "for": true, "function": true, "if": true, "import": true,
	"in": true, "instanceof": true, "let": true, "new": true, "null": true, "return": true, "static": true,
	"super": true, "switch": true, "this": true, "throw": true, "true": true, "try": true, "typeof": true,
	"var": true, "void": true, "while": true, "with": true, "yield": true,
}
