// Package mediatype reads media types as they arrive in Content-Type.
package mediatype

import (
	"mime"
	"slices"
	"strings"
)

// Essence returns the media type in a Content-Type, in lower case and without
// parameters. It does not check it.
func Essence(contentType string) string {
	essence, _, _ := strings.Cut(contentType, ";")
	return strings.TrimSpace(strings.ToLower(essence)) // as mime.ParseMediaType does
}

// Parse is [mime.ParseMediaType] for what clients send. It also accepts empty
// parameters, as RFC 9110, section 5.6.6, does, and a boundary without the quotes that
// it needs, which several clients send. As there, the media type is returned along with
// [mime.ErrInvalidMediaParameter].
func Parse(contentType string) (mediaType string, parameters map[string]string, err error) {
	mediaType, parameters, err = mime.ParseMediaType(contentType)
	if err == nil {
		return mediaType, parameters, nil
	}
	if mended := quoteBoundary(withoutEmpty(contentType)); mended != contentType {
		if t, p, err := mime.ParseMediaType(mended); err == nil {
			return t, p, nil
		}
	}
	return mediaType, parameters, err
}

// withoutEmpty returns a Content-Type without empty parameters.
func withoutEmpty(contentType string) string {
	var parts []string
	quoted, begin := false, 0
	for i := 0; i < len(contentType); i++ {
		switch c := contentType[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ';' && !quoted:
			parts = append(parts, contentType[begin:i])
			begin = i + 1
		}
	}
	parts = append(parts, contentType[begin:])
	kept := slices.DeleteFunc(parts[1:], func(part string) bool { return strings.Trim(part, " \t") == "" })
	return strings.Join(append(parts[:1:1], kept...), ";")
}

// quoteBoundary adds missing quotes to a boundary that needs them.
func quoteBoundary(contentType string) string {
	const name = "boundary="
	i := 0
	for ; ; i++ { // not in a lower-case copy, which may have other lengths
		if i+len(name) > len(contentType) {
			return contentType
		}
		if strings.EqualFold(contentType[i:i+len(name)], name) {
			break
		}
	}
	begin, rest := contentType[:i+len(name)], contentType[i+len(name):]
	value, more, further := strings.Cut(rest, ";")
	value = strings.TrimRight(value, " \t")
	if value == "" || strings.ContainsAny(value, "\"\\ \t") {
		return contentType
	}
	if further {
		more = ";" + more
	}
	return begin + `"` + value + `"` + more
}

// IsJSON reports whether a Content-Type is a JSON MIME type of the WHATWG's MIME
// Sniffing standard: application/json, text/json, or any type with +json. It is the
// rule for responses, which the program itself labels: what is taken for JSON may be
// wrapped or extended, so a type that only resembles JSON must not be.
func IsJSON(contentType string) bool {
	isJSON, _ := parseJSON(contentType)
	return isJSON
}

// IsUTF8JSON reports whether a Content-Type is JSON, as [IsJSON] has it, in UTF-8.
func IsUTF8JSON(contentType string) bool {
	isJSON, charset := parseJSON(contentType)
	switch strings.ToLower(charset) {
	case "", "utf-8", "utf8", "us-ascii":
		return isJSON
	}
	return false
}

func parseJSON(contentType string) (isJSON bool, charset string) {
	if contentType == "" {
		return false, ""
	}
	essence, params, err := Parse(contentType)
	if err != nil {
		return false, ""
	}
	return essence == "application/json" || essence == "text/json" || strings.HasSuffix(essence, "+json"), params["charset"]
}

// sequences are types that hold many JSON values, one after the other.
var sequences = []string{"ndjson", "jsonl", "jsonlines", "json-lines", "json-seq"}

// ReadsAsJSON reports whether content of a media type, in lower case and without
// parameters, is read as a single JSON value: that of a JSON MIME type (see [IsJSON]),
// and of any other type whose subtype contains the word "json", as in formidable. It is
// the rule for what is received: clients use many names, and what is not JSON is
// refused when it is read.
func ReadsAsJSON(mediaType string) bool {
	_, subtype, _ := strings.Cut(mediaType, "/")
	if strings.HasSuffix(subtype, "+json") {
		return true
	}
	last := strings.TrimPrefix(subtype[strings.LastIndexByte(subtype, '+')+1:], "x-")
	return strings.Contains(subtype, "json") && !slices.Contains(sequences, last)
}
