package tus

import (
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"
)

// Upload is what is known of one upload.
type Upload struct {
	// ID is the last segment of its address; "" while it is asked whether it may
	// begin.
	ID string
	// Size is that of the whole file, and Offset how much of it is there.
	Size, Offset int64
	// Metadata is what the client says of the file: values are the client's words.
	Metadata map[string]string
	// Expires is when it is removed if nothing comes.
	Expires time.Time
	// Finished tells that Options.Finish has taken the file.
	Finished bool
}

// Name returns the client's name for the file, as it was sent: "filename" of the
// metadata, as tus-js-client and others have it, or else "name". Never make a path
// of it; an [upload.File] has it cleaned.
func (u Upload) Name() string { return u.first("filename", "name") }

// Type returns the type that the client declares: "filetype" of the metadata, or
// else "type".
func (u Upload) Type() string { return u.first("filetype", "type") }

func (u Upload) first(names ...string) string {
	for _, name := range names {
		if value := u.Metadata[name]; value != "" {
			return value
		}
	}
	return ""
}

// parseMetadata reads Upload-Metadata: pairs, separated by commas, of a key and a
// value in base64. What is wrong is told as a sentence, "" for nothing.
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
