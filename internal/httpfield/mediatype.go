package httpfield

import (
	"mime"
	"strings"
)

// Essence returns the media type that a Content-Type's value names, in lower
// case and without its parameters. It is not checked.
func Essence(contentType string) string {
	essence, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.Trim(essence, " \t"))
}

// IsJSON tells whether a Content-Type's value is that of JSON in UTF-8:
// application/json, text/json, or any type with +json.
func IsJSON(contentType string) bool {
	if contentType == "" {
		return false
	}
	essence, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return false
	}
	switch strings.ToLower(params["charset"]) {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		return false
	}
	return essence == "application/json" || essence == "text/json" || strings.HasSuffix(essence, "+json")
}
