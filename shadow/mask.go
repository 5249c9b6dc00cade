package shadow

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/sidekick-http/sidekick/internal/cfgerr"
)

// Mask names values in JSON that may differ.
type Mask struct {
	// Path is where they are: the names of members with dots between them, "[*]"
	// for the elements of a list, as "users[*].lastLogin". "*" is any one member,
	// and "**" any number of members and elements: "**.id".
	Path string
	// Kind says what they must still have in common. The default is [Presence].
	Kind MaskKind
}

// MaskKind is what values that may differ still have in common.
type MaskKind string

// The kinds of masks.
const (
	// Presence: both are there, or neither.
	Presence MaskKind = ""
	// Anything: nothing. One of them may be missing.
	Anything MaskKind = "anything"
	// ID: both are ids: whole numbers, or strings of one word.
	ID MaskKind = "id"
	// Time: both are times, not more than a minute apart: in RFC 3339, as
	// JavaScript and Go write them, or in seconds or milliseconds since 1970.
	Time MaskKind = "time"
)

// DefaultMasks returns the masks of what differs in Actionhero's envelope with
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

var maskPath = regexp.MustCompile(`^[^.\[\]]+(\[\*\])*(\.[^.\[\]]+(\[\*\])*)*$|^(\[\*\])+(\.[^.\[\]]+(\[\*\])*)*$`)

func (m *Mask) check(bad *cfgerr.List, i int) {
	at := fmt.Sprintf("Masks[%d]", i)
	if !maskPath.MatchString(m.Path) {
		bad.Add(at+".Path", m.Path, `want names with dots between them, as "users[*].id" or "**.id"`)
	}
	switch m.Kind {
	case Presence, Anything, ID, Time:
	default:
		bad.Add(at+".Kind", string(m.Kind), "want Presence, Anything, ID or Time")
	}
}

// compiledMask is a Mask as it is used.
type compiledMask struct {
	steps []string
	kind  MaskKind
}

// steps parts a path into what it goes through.
func steps(path string) []string {
	return strings.Split(strings.TrimPrefix(strings.ReplaceAll(path, "[*]", ".[*]"), "."), ".")
}

// matches tells whether a pattern's steps fit those of a path.
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

// allows tells whether a kind of mask lets two values pass, each of which is
// missing where it is nil.
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

// isWhole tells whether a number of JSON is written as a whole one.
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
