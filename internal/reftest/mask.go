package reftest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// space is JavaScript's \s, which includes more than Go's.
const space = `[\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}]`

// masks replace, in this order, what differs from run to run.
var masks = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`"(fingerprint)":(` + space + `*)"[0-9a-f]{40}"`), `"${1}":${2}"<fingerprint>"`},
	{regexp.MustCompile(`"messageId":(` + space + `*)"[0-9a-f-]{36}"`), `"messageId":${1}"<uuid>"`},
	{regexp.MustCompile(`"id":(` + space + `*)"[0-9a-f]{40}-[0-9a-f-]{36}"`), `"id":${1}"<fingerprint>-<uuid>"`},
	{regexp.MustCompile(`"id":(` + space + `*)"([^"]*)-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"`), `"id":${1}"${2}-<uuid>"`},
	{regexp.MustCompile(`"(requestDuration|currentTime|createdAt|expireTimestamp|readAt|sleepStarted|sleepEnded|sleepDelta|uptime|consumedMemoryMB|sizeResp)":(` + space + `*)[0-9.]+`), `"${1}":${2}"<number>"`},
	{regexp.MustCompile(`"(randomNumber)":(` + space + `*)[0-9.e-]+`), `"${1}":${2}"<number>"`},
	{regexp.MustCompile(`Your random number is [0-9.e-]+`), `Your random number is <number>`},
	{regexp.MustCompile(`"dir":(` + space + `*)"[^"]*/special"`), `"dir":${1}"<special>"`},
}

// maskText replaces what differs from run to run in a body: ids, times, random
// numbers, the folder of the reference app. The recorded bodies are masked in the
// same way.
func maskText(text string) string {
	for _, m := range masks {
		text = m.pattern.ReplaceAllString(text, m.with)
	}
	return text
}

// decodeUTF8 reads bytes as the recorder did: every longest start of a character
// that is cut short, and every other misplaced byte, becomes one U+FFFD
// (https://encoding.spec.whatwg.org/#utf-8-decoder).
func decodeUTF8(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	var s strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			n = brokenLen(b)
		}
		s.WriteRune(r)
		b = b[n:]
	}
	return s.String()
}

// brokenLen returns how many bytes at the start of b, which is not a complete
// character, belong together.
func brokenLen(b []byte) int {
	low, high, size := byte(0x80), byte(0xbf), 0 // of the second byte; of the character
	switch c := b[0]; {
	case c >= 0xc2 && c <= 0xdf:
		size = 2
	case c >= 0xe0 && c <= 0xef:
		size = 3
	case c >= 0xf0 && c <= 0xf4:
		size = 4
	}
	switch b[0] {
	case 0xe0:
		low = 0xa0
	case 0xed:
		high = 0x9f
	case 0xf0:
		low = 0x90
	case 0xf4:
		high = 0x8f
	}
	n := 1
	for n < size && n < len(b) && b[n] >= low && b[n] <= high {
		low, high = 0x80, 0xbf
		n++
	}
	return n
}
