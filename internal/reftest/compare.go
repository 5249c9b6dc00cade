package reftest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
)

// sameType lists media types that have two names.
var sameType = map[string]string{
	"text/javascript":    "application/javascript",
	"text/xml":           "application/xml",
	"application/x-gzip": "application/gzip",
	"image/x-icon":       "image/vnd.microsoft.icon",
}

var (
	jsonpCall   = regexp.MustCompile(`^(?:/\*\*/ ?)?([^(` + space[1:len(space)-1] + `]+)\(((?s:.*))\);?` + space + `*$`)
	indentation = regexp.MustCompile(`^` + space + `*`)
)

// trim removes from a JSON response what the kit need not share: the fields of a
// route other than its path and action, an action that is null, what the raw params
// say about a body that was missing or not an object, and the stored form of a
// file.
func trim(v any, group string) any {
	v = clone(v)
	for _, at := range []any{get(v, "seen"), v} {
		if route := get(at, "matchedRoute"); truthy(route) {
			o := newObject()
			o.set("path", get(route, "path"))
			o.set("action", get(route, "action"))
			at.(*object).set("matchedRoute", o)
		}
	}
	requester := get(v, "requesterInformation")
	if group == "upload" {
		remove(requester, "receivedParams")
	}
	for _, at := range []any{requester, v} {
		if params := get(at, "receivedParams"); get(params, "action") == nil {
			remove(params, "action")
		}
	}
	trimRaw(get(get(v, "seen"), "raw"))
	return v
}

// trimRaw removes from the raw params what they say about a body that was missing
// or not an object.
func trimRaw(raw any) {
	ofBody := []string{"body", "rawBody", "files"}
	if body := get(raw, "body"); truthy(raw) && !truthy(body) {
		for _, k := range ofBody {
			remove(raw, k)
		}
	} else if truthy(body) && len(keys(body)) == 0 {
		for _, k := range ofBody {
			if m := get(raw, k); !truthy(m) || len(keys(m)) == 0 {
				remove(raw, k)
			}
		}
	}
	// An array, which Actionhero shows as an object with numeric keys.
	if ks := keys(get(raw, "body")); len(ks) > 0 && ks[0] == "0" {
		remove(raw, "body")
	}
}

// remove removes a member from v, if v has named members.
func remove(v any, key string) {
	if o, ok := v.(*object); ok {
		o.remove(key)
	}
}

// difference describes the first difference between two JSON values.
func difference(have, want any, at string) string {
	if container(have) != "" && container(have) == container(want) {
		for _, k := range append(slices.Clone(keys(want)), keys(have)...) {
			if h, w := get(have, k), get(want, k); !same(h, w) {
				return difference(h, w, under(at, k))
			}
		}
	}
	return fmt.Sprintf("%s is %s, not %s", orIt(at), stringify(have, 0), stringify(want, 0))
}

func container(v any) string {
	switch v.(type) {
	case *object:
		return "object"
	case []any:
		return "array"
	}
	return ""
}

// readJSON reads a JSON response, or the argument of a JSONP response.
func readJSON(text string) (v any, callback string, ok bool) {
	if m := jsonpCall.FindStringSubmatch(text); m != nil {
		callback, text = m[1], m[2]
	}
	v, ok = parseJSON(text)
	return v, callback, ok
}

// decode removes the content coding from a body; a body that cannot be decoded
// stays as it is.
func decode(headers map[string][]string, body []byte) []byte {
	var r io.Reader
	var err error
	switch first(headers, "content-encoding") {
	case "gzip":
		r, err = gzip.NewReader(bytes.NewReader(body))
	case "deflate":
		r, err = zlib.NewReader(bytes.NewReader(body))
	default:
		return body
	}
	if err != nil {
		return body
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		return body
	}
	return plain
}

func mediaType(headers map[string][]string) string {
	t, _, _ := strings.Cut(first(headers, "content-type"), ";")
	t = strings.ToLower(strings.TrimSpace(t))
	if other, ok := sameType[t]; ok {
		return other
	}
	return t
}

// words sorts a comma-separated list.
func words(s string) string {
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	slices.Sort(list)
	return strings.Join(list, ", ")
}

func cookieNames(headers map[string][]string) []string {
	names := []string{}
	for _, s := range headers["set-cookie"] {
		name, _, _ := strings.Cut(s, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func sortedNames(headers map[string][]string) []string {
	names := make([]string, 0, len(headers))
	for k := range headers {
		names = append(names, k)
	}
	slices.Sort(names)
	return names
}

// shape is the indentation of each line.
func shape(text string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(text, "\n") {
		fmt.Fprintf(&b, "%d,", len([]rune(indentation.FindString(line))))
	}
	return b.String()
}

// clip returns the first 80 characters of a string.
func clip(s string) string {
	if units := utf16Of(s); len(units) > 80 {
		return string(utf16.Decode(units[:80]))
	}
	return s
}

func utf16Of(s string) []uint16 { return utf16.Encode([]rune(s)) }

func under(at, key string) string {
	if at == "" {
		return key
	}
	return at + "." + key
}

func orIt(at string) string {
	if at == "" {
		return "it"
	}
	return at
}

func orUndefined(s string) string {
	if s == "" {
		return "undefined"
	}
	return s
}

// joined formats the values of a header for a message.
func joined(values []string) string {
	if values == nil {
		return "undefined"
	}
	return strings.Join(values, ",")
}
