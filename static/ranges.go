package static

import (
	"cmp"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/httpfield"
)

// mostSpecs is how many range specifications are read; no honest request has more.
const mostSpecs = 256

// span is a range of a representation: length bytes from start.
type span struct{ start, length int64 }

// contentRange is the value of Content-Range for s.
func (s span) contentRange(size int64) string {
	b := make([]byte, 0, 48)
	b = append(b, "bytes "...)
	b = strconv.AppendInt(b, s.start, 10)
	b = append(b, '-')
	b = strconv.AppendInt(b, s.start+s.length-1, 10)
	b = append(b, '/')
	return string(strconv.AppendInt(b, size, 10))
}

// parseRange reads a Range field for a representation of size bytes.
//
// apply is false if the field is to be ignored, so that the whole is sent: another
// unit, bad syntax, an empty representation, or more than most spans after
// overlapping and adjacent ones are joined. If apply is true and there are no
// spans, none of the ranges lies within the representation: 416.
//
// Spans keep the order in which they were asked for.
func parseRange(field string, size int64, most int) (spans []span, apply bool) {
	unit, set, ok := strings.Cut(field, "=")
	if !ok || !strings.EqualFold(httpfield.TrimSpace(unit), "bytes") {
		return nil, false
	}
	specs := 0
	for spec := range strings.SplitSeq(set, ",") {
		if spec = httpfield.TrimSpace(spec); spec == "" {
			continue // a recipient must accept empty list elements
		}
		if specs++; specs > mostSpecs {
			return nil, false
		}
		s, ok := parseSpec(spec, size)
		if !ok {
			return nil, false
		}
		if s.length > 0 {
			spans = append(spans, s)
		}
	}
	if specs == 0 {
		return nil, false
	}
	if len(spans) == 0 {
		// An empty file has no range to offer; sending it whole satisfies a client that
		// reads to the end (https://go.dev/issue/54794).
		return nil, size > 0
	}
	if spans = coalesce(spans); len(spans) > most {
		return nil, false
	}
	return spans, true
}

// parseSpec reads `first "-" [ last ]` or `"-" length`. A span of length 0 lies
// outside the representation.
func parseSpec(spec string, size int64) (s span, ok bool) {
	first, last, ok := strings.Cut(spec, "-")
	if !ok {
		return span{}, false
	}
	if first == "" {
		n, ok := number(last)
		n = min(n, size)
		return span{size - n, n}, ok
	}
	start, ok := number(first)
	if !ok {
		return span{}, false
	}
	end := size - 1
	if last != "" {
		n, ok := number(last)
		if !ok || n < start {
			return span{}, false
		}
		end = min(end, n)
	}
	if start >= size {
		return span{}, true
	}
	return span{start, end - start + 1}, true
}

// number reads digits. What is too large for an int64 becomes its largest value,
// since no file has that many bytes.
func number(s string) (int64, bool) {
	const largest = 1<<63 - 1
	if s == "" {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		if n > (largest-9)/10 {
			n = largest
			continue
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// coalesce joins spans that overlap or touch; a joined span takes the place of the
// first of them.
func coalesce(spans []span) []span {
	if len(spans) < 2 {
		return spans
	}
	order := make([]int, len(spans))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(spans[a].start, spans[b].start) })

	type placed struct {
		span
		place int
	}
	var joined []placed
	for _, i := range order {
		s := spans[i]
		if n := len(joined) - 1; n >= 0 && s.start <= joined[n].start+joined[n].length {
			joined[n].length = max(joined[n].length, s.start+s.length-joined[n].start)
			joined[n].place = min(joined[n].place, i)
			continue
		}
		joined = append(joined, placed{s, i})
	}
	sort.Slice(joined, func(i, j int) bool { return joined[i].place < joined[j].place })
	result := make([]span, len(joined))
	for i, j := range joined {
		result[i] = j.span
	}
	return result
}
