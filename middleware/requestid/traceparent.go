package requestid

import "strings"

const traceparent = "Traceparent"

// parseTraceparent returns the ids of a traceparent (W3C Trace Context, section
// 3.2): 00-(32 hex digits)-(16 hex digits)-(2 hex digits), in lower case, neither
// id all zeros. Later versions may append more after a "-"; ff is not a version.
func parseTraceparent(lines []string) (trace, span string, ok bool) {
	const whole = len("00-00000000000000000000000000000000-0000000000000000-00")
	if len(lines) != 1 {
		return "", "", false
	}
	s := strings.Trim(lines[0], " \t")
	if len(s) < whole || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return "", "", false
	}
	version, trace, span, flags := s[:2], s[3:35], s[36:52], s[53:55]
	if !isHex(version) || version == "ff" || !isHex(flags) {
		return "", "", false
	}
	if rest := s[whole:]; rest != "" && (version == "00" || rest[0] != '-') {
		return "", "", false
	}
	if !isHex(trace) || strings.Trim(trace, "0") == "" || !isHex(span) || strings.Trim(span, "0") == "" {
		return "", "", false
	}
	return trace, span, true
}

func isHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
