package tus

import (
	"encoding/base64"
	"strings"
	"testing"
)

// The metadata read are the metadata written.
func FuzzMetadata(f *testing.F) {
	for _, seed := range []string{"", "a", "a YQ==", "a YQ==,b", "a YQ==, b Yg== ", "a  YQ==", ",", "a YQ", "\x00 YQ=="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		metadata, problem := parseMetadata(header)
		if (metadata == nil) == (problem == "") {
			t.Fatalf("%q: got %v and %q", header, metadata, problem)
		}
		var pairs []string
		for key, value := range metadata {
			pairs = append(pairs, key+" "+base64.StdEncoding.EncodeToString([]byte(value)))
		}
		again, problem := parseMetadata(strings.Join(pairs, ","))
		if metadata != nil && (problem != "" || len(again) != len(metadata)) {
			t.Fatalf("%q: got %v, and then %v, %q", header, metadata, again, problem)
		}
		for key, value := range metadata {
			if again[key] != value {
				t.Fatalf("%q: got %q for %q, and then %q", header, value, key, again[key])
			}
		}
	})
}
