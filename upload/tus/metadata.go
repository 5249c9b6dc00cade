package tus

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"
)

// Upload describes one upload.
type Upload struct {
	// ID is the last segment of its address; "" while Options.Authorize decides whether it may
	// begin.
	ID string
	// Size is the size of the whole file, and Offset how much has arrived.
	Size, Offset int64
	// Metadata is what the client declares about the file; do not trust it.
	Metadata map[string]string
	// Expires is when the upload is removed unless more of it arrives.
	Expires time.Time
	// Finished reports that Options.Finish has accepted the file.
	Finished bool
}

// Name returns the client's name of the file, as it was sent: "filename" in the metadata, as
// tus-js-client and others send it, or else "name". Never build a path from it; an [upload.File]
// has a cleaned name.
func (u Upload) Name() string { return u.first("filename", "name") }

// Type returns the type that the client declared: "filetype" in the metadata, or else "type".
func (u Upload) Type() string { return u.first("filetype", "type") }

func (u Upload) first(names ...string) string {
	for _, name := range names {
		if value := u.Metadata[name]; value != "" {
			return value
		}
	}
	return ""
}

// parseMetadata reads Upload-Metadata: comma-separated pairs of a key and a base64 value. problem
// is a sentence, or "".
func parseMetadata(header string) (metadata map[string]string, problem string) {
	metadata = map[string]string{}
	if strings.TrimSpace(header) == "" {
		return metadata, ""
	}
	for pair := range strings.SplitSeq(header, ",") {
		key, encoded, _ := strings.Cut(strings.TrimSpace(pair), " ")
		if key == "" || strings.ContainsFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return nil, "Upload-Metadata has a key that is empty or not ASCII."
		}
		if _, twice := metadata[key]; twice {
			return nil, "Upload-Metadata has a key twice."
		}
		value, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		if err != nil {
			return nil, "Upload-Metadata has a value that is not base64."
		}
		if !utf8.Valid(value) {
			return nil, "Upload-Metadata has a value that is not UTF-8."
		}
		metadata[key] = string(value)
	}
	return metadata, ""
}
