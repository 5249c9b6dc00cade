package jsonp

import (
	"net/url"
	"strings"
)

// maxCallbackBytes bounds a callback's name. It is far more than names need,
// and far less than smuggling a program of another format into the name takes.
const maxCallbackBytes = 128

// callbackIn returns the value of the param in a raw query, "" when there is
// none, and an error when it is there in another form than one plain value.
//
// It reads the query itself, because url.Values has lost what matters here:
// pairs with a semicolon, and pairs that cannot be unescaped.
func callbackIn(rawQuery, param, delimiter string) (string, error) {
	if !strings.Contains(rawQuery, param) && strings.IndexByte(rawQuery, '%') < 0 {
		return "", nil // nothing in it can be the param's name, which has no blank either
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

// checkCallback accepts a path of ASCII identifiers: names, each after the
// first with a dot before it, and whole numbers in brackets.
//
//	path   = name *( "." name / "[" 1*DIGIT "]" )
//	name   = ( ALPHA / "_" / "$" ) *( ALPHA / DIGIT / "_" / "$" )
func checkCallback(callback, param string, plain bool) error {
	if len(callback) > maxCallbackBytes {
		return &CallbackError{param + " is too long"}
	}
	root, rest, ok := cutName(callback)
	if !ok || reservedWords[root] {
		return &CallbackError{param + " is not a function's name"}
	}
	// window.f is f: what counts is where the path goes from there.
	for root == "window" && strings.HasPrefix(rest, ".") {
		name, after, ok := cutName(rest[1:])
		if !ok {
			break // refused as a root, and for its form
		}
		root, rest = name, after
	}
	if pageRoots[root] {
		return &CallbackError{param + " starts at an object of the page itself"}
	}
	if plain && root != callback {
		return &CallbackError{param + " must be a name without dots and brackets"}
	}
	for rest != "" {
		switch rest[0] {
		case '.':
			_, rest, ok = cutName(rest[1:])
		case '[':
			_, rest, ok = cutIndex(rest[1:])
		default:
			ok = false
		}
		if !ok {
			return &CallbackError{param + " is not a function's name"}
		}
	}
	return nil
}

// cutName cuts the name off that s begins with.
func cutName(s string) (name, rest string, ok bool) {
	n := 0
	for n < len(s) && (s[n] == '_' || s[n] == '$' || 'a' <= s[n]|0x20 && s[n]|0x20 <= 'z' || n > 0 && isDigit(s[n])) {
		n++
	}
	return s[:n], s[n:], n > 0
}

// cutIndex cuts the digits and the bracket off that s begins with.
func cutIndex(s string) (index, rest string, ok bool) {
	index, rest, ok = strings.Cut(s, "]")
	for i := range len(index) {
		ok = ok && isDigit(index[i])
	}
	return index, rest, ok && index != ""
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// pageRoots are the objects by which a page, its frames and its opener are
// reached. A callback that starts there calls what the page's own scripts
// never meant to be called: a form's submit, a link's click.
var pageRoots = map[string]bool{
	"window": true, "self": true, "globalThis": true, "frames": true, "frameElement": true,
	"opener": true, "parent": true, "top": true, "document": true, "location": true,
	"history": true, "navigation": true, "external": true, "content": true,
	// These run the text that an answer may consist of, or act on the page.
	"eval": true, "Function": true, "setTimeout": true, "setInterval": true, "execScript": true,
	"open": true, "close": true, "print": true,
}

// reservedWords are no names, and make statements where a call is meant.
var reservedWords = map[string]bool{
	"await": true, "break": true, "case": true, "catch": true, "class": true, "const": true, "continue": true,
	"debugger": true, "default": true, "delete": true, "do": true, "else": true, "enum": true, "export": true,
	"extends": true, "false": true, "finally": true, "for": true, "function": true, "if": true, "import": true,
	"in": true, "instanceof": true, "let": true, "new": true, "null": true, "return": true, "static": true,
	"super": true, "switch": true, "this": true, "throw": true, "true": true, "try": true, "typeof": true,
	"var": true, "void": true, "while": true, "with": true, "yield": true,
}
