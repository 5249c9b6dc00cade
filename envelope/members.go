package envelope

import (
	"bytes"
	"encoding/json"
	"slices"
)

// reservedNames are the members that belong to the envelope.
func reservedNames(details bool) []string {
	names := []string{"error", "serverInformation", "requesterInformation"}
	if details {
		names = append(names, nameCode, nameParams)
	}
	return names
}

// These are the members that ErrorOptions.Details adds.
const (
	nameCode   = "errorCode"
	nameParams = "errorParams"
)

// withoutReserved removes members with reserved names from a compact JSON object, in place, and
// reports whether there were any.
func withoutReserved(object []byte, reserved []string) ([]byte, bool) {
	// Almost no result has one of these names. An escape could hide one.
	if !bytes.Contains(object, []byte(`"error`)) && !bytes.Contains(object, []byte(`Information"`)) && !bytes.Contains(object, []byte(`\u00`)) {
		return object, false
	}
	out, cut := object[:1], false
	for i := 1; i < len(object) && object[i] != '}'; {
		keyEnd := endOfString(object, i)
		end := endOfValue(object, keyEnd+1)
		var name string
		if json.Unmarshal(object[i:keyEnd], &name) == nil && slices.Contains(reserved, name) {
			cut = true
		} else {
			if len(out) > 1 {
				out = append(out, ',')
			}
			out = append(out, object[i:end]...)
		}
		i = end
		if object[i] == ',' {
			i++
		}
	}
	if !cut {
		return object, false
	}
	return append(out, '}'), true
}

// endOfString returns the index after the string that begins at i.
func endOfString(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// endOfValue returns the index after the value that begins at i in a compact object, which is the
// index of the following comma or bracket.
func endOfValue(b []byte, i int) int {
	for depth := 0; ; {
		switch b[i] {
		case '"':
			i = endOfString(b, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',':
			if depth == 0 {
				return i
			}
		}
		i++
	}
}
