package shadow

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Mask marks values in JSON that may differ.
type Mask struct {
	// Path says where they are: names of members separated by dots, with "[*]" for
	// the elements of a list, as in "users[*].lastLogin". "*" matches any one member,
	// and "**" any number of members and elements: "**.id".
	Path string
	// Kind says what they must still have in common. The default is [Presence].
	Kind MaskKind
}

// MaskKind is what values that may differ must still have in common.
type MaskKind string

// The kinds of masks.
const (
	// Presence: both exist, or neither.
	Presence MaskKind = ""
	// Anything: nothing. One of them may be missing.
	Anything MaskKind = "anything"
	// ID: both are ids: integers, or strings of one word.
	ID MaskKind = "id"
	// Time: both are times, at most a minute apart: in RFC 3339, in the formats of
	// JavaScript and Go, or in seconds or milliseconds since 1970.
	Time MaskKind = "time"
)

// DefaultMasks returns the masks for what differs in Actionhero's envelope with
// every request: serverInformation.requestDuration and currentTime, and
// requesterInformation.id and messageId.
func DefaultMasks() []Mask {
	return []Mask{
		{Path: "serverInformation.requestDuration"},
		{Path: "serverInformation.currentTime", Kind: Time},
		{Path: "requesterInformation.id", Kind: ID},
		{Path: "requesterInformation.messageId", Kind: ID},
	}
}

// isMaskPath reports whether a path consists of names, each with any number of "[*]" behind it,
// with dots between them. The first may have no name: "[*].id". It needs no regular expression,
// which would link 130 KB.
func isMaskPath(path string) bool {
	for i, part := range strings.Split(path, ".") {
		name, lists, found := strings.Cut(part, "[*]")
		if found {
			lists = strings.ReplaceAll(lists, "[*]", "")
		}
		if lists != "" || strings.ContainsAny(name, "[]") || name == "" && (i > 0 || !found) {
			return false
		}
	}
	return true
}

func (m *Mask) check(bad *cfgerr.List, i int) {
	at := fmt.Sprintf("Masks[%d]", i)
	if !isMaskPath(m.Path) {
		bad.Add(at+".Path", m.Path, `want names with dots between them, such as "users[*].id" or "**.id"`)
	}
	switch m.Kind {
	case Presence, Anything, ID, Time:
	default:
		bad.Add(at+".Kind", string(m.Kind), "want Presence, Anything, ID or Time")
	}
}

// compiledMask is a Mask with its path split.
type compiledMask struct {
	steps []string
	kind  MaskKind
}

// steps splits a path into its steps.
func steps(path string) []string {
	return strings.Split(strings.TrimPrefix(strings.ReplaceAll(path, "[*]", ".[*]"), "."), ".")
}

// matches reports whether the steps of a pattern match those of a path.
func matches(pattern, path []string) bool {
	for len(pattern) > 0 && pattern[0] != "**" {
		if len(path) == 0 || pattern[0] != path[0] && (pattern[0] != "*" || path[0] == "[*]") {
			return false
		}
		pattern, path = pattern[1:], path[1:]
	}
	if len(pattern) == 0 {
		return len(path) == 0
	}
	for i := range len(path) + 1 {
		if matches(pattern[1:], path[i:]) {
			return true
		}
	}
	return false
}

// allows reports whether a kind of mask accepts two values. nil means a missing
// value.
func (k MaskKind) allows(old, now *any) bool {
	if k == Anything {
		return true
	}
	if old == nil || now == nil {
		return old == now
	}
	switch k {
	case ID:
		return isID(*old) && isID(*now)
	case Time:
		a, okA := timeOf(*old)
		b, okB := timeOf(*now)
		return okA && okB && a.Sub(b).Abs() <= time.Minute
	}
	return true
}

func isID(v any) bool {
	switch v := v.(type) {
	case string:
		return v != "" && !strings.ContainsAny(v, " \t\r\n")
	case json.Number:
		return isWhole(v.String())
	}
	return false
}

// isWhole reports whether a JSON number is written as an integer.
func isWhole(s string) bool { return !strings.ContainsAny(s, ".eE") }

func timeOf(v any) (time.Time, bool) {
	switch v := v.(type) {
	case string:
		t, err := time.Parse(time.RFC3339Nano, v)
		return t, err == nil
	case json.Number:
		n, err := v.Float64()
		switch {
		case err != nil || n < 0:
			return time.Time{}, false
		case n < 1e11: // seconds, until the year 5138
			return time.UnixMilli(int64(n * 1000)), true
		case n < 1e14:
			return time.UnixMilli(int64(n)), true
		}
	}
	return time.Time{}, false
}
