// Package qs reads nested query strings like node's qs: a[b]=c nests, a[]=1&a[]=2 and a=1&a=2
// make lists, a[1]=y&a[0]=x orders one.
//
// It is made for hostile input: the time is linear in the input's length, no allocation is sized
// by an index in the input, and recursion is no deeper than a list within a list. JavaScript's
// prototypes do not exist here, so __proto__ and the like are ordinary names. What qs silently
// ignores is refused: more values than the limit, broken percent escapes, strings that are not
// UTF-8, NUL.
package qs

import (
	"errors"
	"fmt"
	"iter"
	"strings"
	"unicode/utf8"
)

// These are the reasons to refuse an input; every error of this package wraps one of them.
var (
	ErrTooMany = errors.New("too many parameters")
	ErrEscape  = errors.New("broken percent escape")
	ErrUTF8    = errors.New("invalid UTF-8")
	ErrNUL     = errors.New("NUL byte")
)

// Duplicates decides what happens to repeated names. Names that end in [] always collect all
// their values.
type Duplicates uint8

const (
	Combine Duplicates = iota // all values, in a list
	First                     // only the first value
	Last                      // only the last value
)

// Options are the options of qs with the same names. There are no defaults: zero limits mean
// zero, except where a comment says otherwise.
type Options struct {
	Depth          int    // groups of brackets that nest; the rest stays one literal name
	ArrayLimit     int    // maximum number of elements of a list, and the first index that makes an object instead
	ParameterLimit int    // maximum number of values, counting each between two commas; 0 means unlimited
	AllowDots      bool   // a.b nests like a[b]
	Comma          bool   // a=1,2 is a list
	Delimiter      string // between two parameters; "" means "&"
	Duplicates     Duplicates
	Lists          bool // a name without brackets has a list, even with a single value
	AllowNUL       bool
}

// Parse reads a query string. The values of the result are strings, []any and map[string]any; it
// shares memory with s.
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

// parseFlat is a fast path for most queries: names and values that neither nest nor need
// decoding, and no repeated name. ok is false for all other queries, and for those to be refused.
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
		room = 0 // a map begins with 8, and the client must not choose its size
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

// Nest builds the same result from decoded names and values, such as the parts of a multipart
// form. A value is a string, or anything else, which is kept as it is. Commas have no meaning.
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

// Flat returns the names as they were sent, decoded but not nested, with all their values. It
// omits parameters that cannot be decoded and those beyond the limit; [Parse] reports them.
func Flat(s string, o Options) map[string][]string {
	o.Comma = false
	flat := make(map[string][]string)
	for name, value := range Pairs(s, o) {
		flat[name] = append(flat[name], value.(string))
	}
	return flat
}

// Pairs yields the names and values of a query string as they were sent, decoded but not nested.
// A value is a string or, with [Options.Comma] and if it contains commas, a [Pieces]. It omits
// what cannot be decoded and what is beyond the limit; [Parse] reports it.
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

// EachFlat yields names and values as they were sent, decoded but not nested, until yield returns
// false. It returns false if [Parse] would refuse the query.
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

// Pieces are the parts of one value between commas.
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

// cut splits s at the first delimiter.
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

// splitPoint returns the end of the name: before the first = that follows a closing bracket (so
// that brackets may contain a =), otherwise before the first =, otherwise at the end. accumulates
// reports that the name ends in []. Brackets count both plain and percent-encoded.
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

// cutBracket returns the length of s without a final bracket, plain or as %5 and the hex digit;
// len(s) if there is none.
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

// special holds true for the bytes that unescape must look at: those that are decoded, and those
// that may be refused.
var special = func() (t [256]bool) {
	t['%'], t['+'], t[0] = true, true, true
	for c := utf8.RuneSelf; c < len(t); c++ {
		t[c] = true
	}
	return t
}()

// Check refuses strings that must not reach file names, headers or JSON.
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
