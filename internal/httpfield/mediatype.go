package httpfield

import (
	"strings"

	"github.com/sidekick-http/sidekick/internal/mediatype"
)

// Essence returns the media type in a Content-Type, in lower case and without
// parameters. It does not check it.
func Essence(contentType string) string {
	essence, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.Trim(essence, " \t"))
}

// IsJSON reports whether a Content-Type is JSON: application/json, text/json, or
// any type with +json.
func IsJSON(contentType string) bool {
	isJSON, _ := parseJSON(contentType)
	return isJSON
}

// IsUTF8JSON reports whether a Content-Type is JSON in UTF-8.
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
	essence, params, err := mediatype.Parse(contentType)
	if err != nil {
		return false, ""
	}
	return essence == "application/json" || essence == "text/json" || strings.HasSuffix(essence, "+json"), params["charset"]
}
