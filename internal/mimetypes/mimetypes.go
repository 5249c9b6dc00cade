package mimetypes

//go:generate go run generate.go

import (
	"strings"
	"sync"
)

// ByExtension returns the media type, without parameters, for an extension with its
// dot, ".html", in any letter case, or "" if it is unknown.
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

// Coding returns the content coding that files with an extension always have, such
// as "gzip" for ".svgz", or "". It is sent along with the type, which describes the
// decoded content.
func Coding(ext string) string {
	if strings.EqualFold(ext, ".svgz") {
		return "gzip"
	}
	return ""
}
