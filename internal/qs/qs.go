// Package qs reads nested query strings the way node's qs does: a[b]=c nests,
// a[]=1&a[]=2 and a=1&a=2 make lists, a[1]=y&a[0]=x orders one.
//
// It is made for hostile input: the time is linear in its length, nothing is
// sized from an index that the input names, and no function calls itself
// deeper than a list within a list. What qs does out of fear of JavaScript's
// prototypes is not repeated: __proto__ and its like are ordinary names here.
// What qs passes over in silence is refused: more values than the limit,
// broken percent escapes, text that is not UTF-8, NUL.
package qs

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// Reasons to refuse an input; every error of this package wraps one of them.
var (
	ErrTooMany = errors.New("too many params")
	ErrEscape  = errors.New("broken percent escape")
	ErrUTF8    = errors.New("invalid UTF-8")
	ErrNUL     = errors.New("NUL byte")
)

// Duplicates says what becomes of a name that is given more than once. Names
// that end in [] always gather their values.
type Duplicates uint8

const (
	Combine Duplicates = iota // all values, in a list
	First                     // only the first value
	Last                      // only the last value
)

// Options are the options of qs of the same names. No field has a default of
// its own: zero limits mean zero, except where a comment says otherwise.
type Options struct {
	Depth          int    // groups of brackets that nest; what follows stays one literal name
	ArrayLimit     int    // most elements of a list, and the first index that makes an object instead
	ParameterLimit int    // most values, each between two commas counted; 0 counts none
	AllowDots      bool   // a.b nests as a[b] does
	Comma          bool   // a=1,2 is a list
	Delimiter      string // between two parameters; "" is "&"
	Duplicates     Duplicates
	Lists          bool // the value of a name without brackets is a list, even a single one
	AllowNUL       bool
}

// Parse reads a query string. The values of the result are strings, []any and
// map[string]any; it shares memory with s.
func Parse(s string, o Options) (map[string]any, error) {
	if values, ok := parseFlat(s, &o); ok {
		return values, nil
	}
	var buf [linearPairs]pair
	pairs := buf[:0]
	c := collector{opts: &o}
	for part := ""; s != ""; {
		if part, s = cut(s, o.Delimiter); part == "" {
			continue
		}
		eq, accumulates := splitPoint(part)
		name, err := unescape(part[:eq], o.AllowNUL)
		if err != nil {
			return nil, err
		}
		var leaf any
		if raw := part[min(eq+1, len(part)):]; o.Comma && strings.IndexByte(raw, ',') >= 0 {
			leaf, err = c.commas(raw, accumulates)
		} else {
			leaf, err = c.value(raw)
		}
		if err != nil {
			return nil, err
		}
		pairs = c.add(pairs, name, leaf, accumulates)
	}
	return nest(pairs, &o), nil
}

// parseFlat is a short way for what most queries are: names and values that
// neither nest nor have to be decoded, no name twice. ok is false where the
// query is none of these, or is to be refused.
func parseFlat(s string, o *Options) (values map[string]any, ok bool) {
	if o.Delimiter != "" || o.Lists || o.AllowDots || o.Comma {
		return nil, false
	}
	room := 0
	for i := range len(s) {
		switch c := s[i]; {
		case special[c] || c == '[' || c == ']':
			return nil, false
		case c == '&':
			room++
		}
	}
	if room < 8 || room > o.ParameterLimit {
		room = 0 // a map begins with 8, and nothing is sized by what a client likes
	}
	values = make(map[string]any, room)
	for part, count, names := "", 0, 0; s != ""; {
		if part, s = cut(s, ""); part == "" {
			continue
		}
		if count++; o.ParameterLimit > 0 && count > o.ParameterLimit {
			return nil, false
		}
		name, value, _ := strings.Cut(part, "=")
		if name == "" {
			continue
		}
		values[name] = value
		if names++; len(values) != names {
			return nil, false
		}
	}
	return values, true
}

// Nest builds the same result from names and values that are decoded already,
// such as the parts of a multipart form. A value is a string, or anything else
// that stands for itself. Commas are not looked at.
func Nest(fields iter.Seq2[string, any], o Options) (map[string]any, error) {
	var pairs []pair
	c := collector{opts: &o}
	for name, value := range fields {
		if err := Check(name, o.AllowNUL); err != nil {
			return nil, err
		}
		if text, ok := value.(string); ok {
			if err := Check(text, o.AllowNUL); err != nil {
				return nil, err
			}
		}
		if err := c.countIn(1); err != nil {
			return nil, err
		}
		pairs = c.add(pairs, name, value, strings.HasSuffix(name, "[]"))
	}
	return nest(pairs, &o), nil
}

// Flat returns the names as they were sent, decoded but not nested, with all
// their values. Parameters that cannot be decoded are left out, as are those
// past the limit: whoever must know of them calls [Parse].
func Flat(s string, o Options) map[string][]string {
	o.Comma = false
	flat := make(map[string][]string)
	for name, value := range Pairs(s, o) {
		flat[name] = append(flat[name], value.(string))
	}
	return flat
}

// Pairs gives the names and values of a query string as they were sent, decoded
// but not nested. A value is a string; with [Options.Comma] one that has commas
// is a [Pieces]. What cannot be decoded, and what comes past the limit, is left
// out: whoever must know of it calls [Parse].
func Pairs(s string, o Options) iter.Seq2[string, any] {
	return func(yield func(string, any) bool) {
		n := 0
		for part, rest := "", s; rest != ""; {
			if part, rest = cut(rest, o.Delimiter); part == "" {
				continue
			}
			if n++; o.ParameterLimit > 0 && n > o.ParameterLimit {
				return
			}
			eq, _ := splitPoint(part)
			name, err := unescape(part[:eq], o.AllowNUL)
			if err != nil || name == "" {
				continue
			}
			value, err := piecesOf(part[min(eq+1, len(part)):], &o)
			if err == nil && !yield(name, value) {
				return
			}
		}
	}
}

// EachFlat gives names and values as they were sent, decoded but not nested, until
// yield returns false. It returns false where [Parse] would refuse the query.
func EachFlat(s string, o Options, yield func(name, value string) bool) bool {
	n := 0
	for part, rest := "", s; rest != ""; {
		if part, rest = cut(rest, o.Delimiter); part == "" {
			continue
		}
		if n++; o.ParameterLimit > 0 && n > o.ParameterLimit {
			return false
		}
		eq, _ := splitPoint(part)
		name, err := unescape(part[:eq], o.AllowNUL)
		if err != nil {
			return false
		}
		value, err := unescape(part[min(eq+1, len(part)):], o.AllowNUL)
		if err != nil {
			return false
		}
		if name != "" && !yield(name, value) {
			return true
		}
	}
	return true
}

// Pieces are what stands between the commas of one value.
type Pieces []string

// piecesOf decodes a value.
func piecesOf(raw string, o *Options) (any, error) {
	if !o.Comma || strings.IndexByte(raw, ',') < 0 {
		return unescape(raw, o.AllowNUL)
	}
	var pieces Pieces
	for one := range strings.SplitSeq(raw, ",") {
		piece, err := unescape(one, o.AllowNUL)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, piece)
	}
	return pieces, nil
}

// cut returns what stands before the first delimiter, and what behind it.
func cut(s, delimiter string) (part, rest string) {
	if delimiter == "" {
		if i := strings.IndexByte(s, '&'); i >= 0 {
			return s[:i], s[i+1:]
		}
		return s, ""
	}
	part, rest, _ = strings.Cut(s, delimiter)
	return part, rest
}

// splitPoint returns where the name ends: before the first = that follows a
// closing bracket (so that brackets may hold a =), otherwise before the first
// =, otherwise at the end. accumulates tells that the name ends in [] there.
// Brackets count in both their forms, plain and percent encoded.
func splitPoint(part string) (eq int, accumulates bool) {
	first := strings.IndexByte(part, '=')
	if first < 0 {
		return len(part), false
	}
	for i := first; ; {
		if before := cutBracket(part[:i], ']', 'D'); before < i {
			return i, cutBracket(part[:before], '[', 'B') < before
		}
		next := strings.IndexByte(part[i+1:], '=')
		if next < 0 {
			return first, false
		}
		i += 1 + next
	}
}

// cutBracket returns the length of s without the bracket that it ends in, be
// it plain or %5 and the hex digit; len(s) if it ends in none.
func cutBracket(s string, bracket, hex byte) int {
	n := len(s)
	switch {
	case n >= 1 && s[n-1] == bracket:
		return n - 1
	case n >= 3 && s[n-1]|0x20 == hex|0x20 && s[n-2] == '5' && s[n-3] == '%':
		return n - 3
	}
	return n
}

// unescape decodes percent escapes once, and + as a space.
func unescape(s string, allowNUL bool) (string, error) {
	i := 0
	for i < len(s) && !special[s[i]] {
		i++
	}
	if i == len(s) {
		return s, nil
	}
	escapes, plus, wide := 0, false, false
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '%':
			if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
				return "", fmt.Errorf("%w: %q", ErrEscape, s[i:min(i+3, len(s))])
			}
			escapes++
			i += 2
		case c == '+':
			plus = true
		case c >= utf8.RuneSelf || c == 0:
			wide = true
		}
	}
	if escapes == 0 && !plus {
		return s, Check(s, allowNUL)
	}
	var b strings.Builder
	b.Grow(len(s) - 2*escapes)
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '%':
			c = byte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			wide = wide || c >= utf8.RuneSelf || c == 0
			i += 2
		case '+':
			c = ' '
		}
		b.WriteByte(c)
	}
	if wide {
		return b.String(), Check(b.String(), allowNUL)
	}
	return b.String(), nil
}

// special are the bytes that unescape must look at: those that are decoded,
// and those that may be refused.
var special = func() (t [256]bool) {
	t['%'], t['+'], t[0] = true, true, true
	for c := utf8.RuneSelf; c < len(t); c++ {
		t[c] = true
	}
	return t
}()

// Check refuses what must not reach file names, headers or JSON.
func Check(s string, allowNUL bool) error {
	if !utf8.ValidString(s) {
		return ErrUTF8
	}
	if !allowNUL && strings.IndexByte(s, 0) >= 0 {
		return ErrNUL
	}
	return nil
}

func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return int(c|0x20-'a') + 10
	}
	return -1
}
