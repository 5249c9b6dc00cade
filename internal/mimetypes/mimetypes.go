package mimetypes

//go:generate go run generate.go

import (
	"strings"
	"sync"
)

// ByExtension returns the media type for an extension with its dot, ".html",
// in any letter case, without parameters; "" for one that is not known.
func ByExtension(ext string) string {
	if len(ext) < 2 || ext[0] != '.' {
		return ""
	}
	return types()[strings.ToLower(ext[1:])]
}

// types is the table by extension, read at its first use.
var types = sync.OnceValue(func() map[string]string {
	m := make(map[string]string, extensions)
	for line := range strings.Lines(table) {
		fields := strings.Fields(line)
		for _, ext := range fields[1:] {
			m[ext] = fields[0]
		}
	}
	return m
})

// Coding returns the content coding that files with an extension have by
// nature, "gzip" for ".svgz", and "" for all others. It is sent along with the
// type, which says what is inside.
func Coding(ext string) string {
	if strings.EqualFold(ext, ".svgz") {
		return "gzip"
	}
	return ""
}
