package sidekick

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// These convert values from Actionhero's notation: see config.Alias.

func inverted(raw []byte) ([]byte, string) {
	switch string(raw) {
	case "true":
		return []byte("false"), ""
	case "false":
		return []byte("true"), ""
	}
	return nil, "want true or false"
}

// pathOrRoot reads a path. null, and a path without parts, become "/".
func pathOrRoot(raw []byte) ([]byte, string) {
	is, reason := isPath(raw)
	if !is {
		raw = []byte(`"/"`)
	}
	return raw, reason
}

// pathOrNothing reads a path. null, and a path without parts, set nothing.
func pathOrNothing(raw []byte) ([]byte, string) {
	is, reason := isPath(raw)
	if !is {
		raw = nil
	}
	return raw, reason
}

// noPath reads a path and reports whether it is null or has no parts.
func noPath(raw []byte) ([]byte, string) {
	is, reason := isPath(raw)
	if reason != "" {
		return nil, reason
	}
	return strconv.AppendBool(nil, !is), ""
}

// isPath reports whether raw is a path with parts.
func isPath(raw []byte) (is bool, reason string) {
	var path string
	if json.Unmarshal(raw, &path) != nil {
		return false, "want a string, or null for none"
	}
	return strings.Trim(path, "/") != "", ""
}

func rootEndpoint(raw []byte) ([]byte, string) {
	switch string(raw) {
	case `"api"`:
		return strconv.AppendQuote(nil, rootActions), ""
	case `"file"`:
		return strconv.AppendQuote(nil, rootFiles), ""
	}
	return nil, `want "api" or "file"`
}

// perConnection reads a limit that Actionhero has for each connection. There, every
// HTTP request is a connection of its own with one action, so the limit has no
// effect, and it has none here. It must not become actions.maxPending, which limits
// what one client address may run: a number meant for websockets would be too low.
func perConnection(raw []byte) ([]byte, string) {
	if n, err := strconv.ParseInt(string(raw), 10, 64); err != nil || n < 1 {
		return nil, "want a whole number of at least 1; it is for each connection, which has one action here: actions.maxPending limits those of a client's address"
	}
	return nil, ""
}

// seconds converts a whole number of seconds. 0 means revalidate every time.
func seconds(raw []byte) ([]byte, string) {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 || n > maxNumber {
		return nil, fmt.Sprintf("want seconds, a whole number from 0 to %d", maxNumber)
	}
	if n == 0 {
		n = -1 // there, 0 is the default
	}
	return duration(n, time.Second), ""
}

func milliseconds(raw []byte) ([]byte, string) {
	const most = int64(400 * 24 * time.Hour / time.Millisecond)
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < -most || n > most {
		return nil, "want milliseconds, a whole number of at most 400 days, which is as long as browsers keep a cookie"
	}
	return duration(n, time.Millisecond), ""
}

func duration(n int64, unit time.Duration) []byte {
	return strconv.AppendQuote(nil, (time.Duration(n) * unit).String())
}
