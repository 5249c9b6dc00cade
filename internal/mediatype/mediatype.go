// Package mediatype reads the Content-Type of requests.
package mediatype

import (
	"mime"
	"slices"
	"strings"
)

// Parse is mime.ParseMediaType for a Content-Type according to RFC 9110, section
// 5.6.6, where parameters may be empty.
func Parse(field string) (mediaType string, parameters map[string]string, err error) {
	mediaType, parameters, err = mime.ParseMediaType(field)
	if err != nil {
		if full := withoutEmpty(field); full != field {
			return mime.ParseMediaType(full)
		}
	}
	return mediaType, parameters, err
}

// withoutEmpty returns a Content-Type without empty parameters.
func withoutEmpty(field string) string {
	var parts []string
	quoted, begin := false, 0
	for i := 0; i < len(field); i++ {
		switch c := field[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ';' && !quoted:
			parts = append(parts, field[begin:i])
			begin = i + 1
		}
	}
	parts = append(parts, field[begin:])
	kept := slices.DeleteFunc(parts[1:], func(part string) bool { return strings.Trim(part, " \t") == "" })
	return strings.Join(append(parts[:1:1], kept...), ";")
}

// sequences are types that hold many JSON values, one after the other.
var sequences = []string{"ndjson", "jsonl", "jsonlines", "json-lines", "json-seq"}

// IsJSON reports whether a media type, in lower case and without parameters, holds
// a single JSON value: a JSON MIME type of the WHATWG's MIME Sniffing standard
// (application/json, text/json and anything that ends in +json), or any other whose
// subtype contains the word "json", as in formidable.
func IsJSON(mediaType string) bool {
	_, subtype, _ := strings.Cut(mediaType, "/")
	if strings.HasSuffix(subtype, "+json") {
		return true
	}
	last := strings.TrimPrefix(subtype[strings.LastIndexByte(subtype, '+')+1:], "x-")
	return strings.Contains(subtype, "json") && !slices.Contains(sequences, last)
}
