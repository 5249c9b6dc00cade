package routing

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// These are the limits of a table.
const (
	MaxPattern = 1024 // bytes of a pattern
	MaxParts   = 32   // parts of a pattern, and so its variables
	MaxPath    = 8192 // bytes of a path, as sent
)

// Pattern is a parsed route pattern. It is immutable.
type Pattern struct {
	text     string
	trailing bool
	parts    []part
	names    []string // of the variables
}

// Segment is one part of a pattern as written: a literal, possibly followed by a variable.
type Segment struct {
	Literal    string // the whole part, or what precedes the variable
	Variable   string // the variable's name, or ""
	Expression string // that the variable must match; "" matches anything
}

// Segments returns the parts of the pattern.
func (p *Pattern) Segments() []Segment {
	var out []Segment
	for text := range strings.SplitSeq(strings.TrimPrefix(p.text, "/"), "/") {
		if text == "" {
			continue
		}
		var s Segment
		s.Literal, text, _ = strings.Cut(text, ":")
		s.Variable, text, _ = strings.Cut(text, "(")
		s.Expression = strings.TrimSuffix(text, ")")
		out = append(out, s)
	}
	return out
}

// part is one part between slashes.
type part struct {
	literal  string // in lower case: the whole part, or what precedes the variable
	variable bool
	name     string
	expr     *expression // of the variable; nil matches anything
}

// PatternError says what is wrong with a pattern, and where.
type PatternError struct {
	Pattern string
	Offset  int // in bytes
	Reason  string
}

// Error names the pattern, the offset and the reason.
func (e *PatternError) Error() string {
	return fmt.Sprintf("pattern %q: at offset %d: %s", e.Pattern, e.Offset, e.Reason)
}

// Parse reads a pattern; trailing makes it match the rest of the path, too. The error is a
// [*PatternError].
func Parse(path string, trailing bool) (*Pattern, error) {
	p := &Pattern{text: path, trailing: trailing}
	fail := func(offset int, format string, args ...any) (*Pattern, error) {
		return nil, &PatternError{Pattern: path, Offset: offset, Reason: fmt.Sprintf(format, args...)}
	}
	if len(path) > MaxPattern {
		e := &PatternError{Pattern: clip.Text(path, 64), Offset: MaxPattern, Reason: fmt.Sprintf("longer than %d bytes", MaxPattern)}
		return nil, e
	}
	if !utf8.ValidString(path) {
		return fail(firstInvalid(path), "not valid UTF-8")
	}
	at := 0
	if strings.HasPrefix(path, "/") {
		at = 1
	}
	for at < len(path) {
		text, _, _ := strings.Cut(path[at:], "/")
		if text == "" {
			return fail(at, "an empty part: a part is a literal, \":variable\" or \":variable(expression)\"")
		}
		name, err := p.add(text)
		if err != nil {
			return fail(at+err.offset, "%s", err.reason)
		}
		if name != "" && slices.Contains(p.names[:len(p.names)-1], name) {
			return fail(at, "a second variable %q", name)
		}
		if len(p.parts) > MaxParts {
			return fail(at, "more than %d parts", MaxParts)
		}
		at += len(text) + 1
	}
	return p, nil
}

// Literal returns a pattern with one literal part, whatever characters text contains.
func Literal(text string) *Pattern {
	return &Pattern{text: "/" + text, parts: []part{{literal: lower(text)}}}
}

// Variables returns the names of the variables, in order.
func (p *Pattern) Variables() []string { return slices.Clone(p.names) }

// String returns the pattern as it was given.
func (p *Pattern) String() string { return p.text }

// takesFolder reports whether the pattern matches a folder and everything below it, without a
// variable for the rest.
func (p *Pattern) takesFolder() bool {
	return p.trailing && (len(p.parts) == 0 || !p.parts[len(p.parts)-1].variable)
}

// partError is a problem in one part.
type partError struct {
	offset int
	reason string
}

// add appends the part in text and returns the name of its variable.
func (p *Pattern) add(text string) (string, *partError) {
	literal, name, variable := strings.Cut(text, ":")
	if err := checkLiteral(literal); err != nil {
		return "", err
	}
	if !variable {
		if isDots(literal) {
			return "", &partError{0, fmt.Sprintf("%q never matches", literal)}
		}
		p.parts = append(p.parts, part{literal: lower(literal)})
		return "", nil
	}
	start := len(literal) + 1
	name, source, hasExpr := strings.Cut(name, "(")
	if err := checkName(name); err != nil {
		err.offset += start
		return "", err
	}
	var expr *expression
	if hasExpr {
		// A part ends where its expression ends, so the last byte closes it. The expression's
		// parser checks the parentheses in between.
		start += len(name) + 1
		source, closed := strings.CutSuffix(source, ")")
		if !closed {
			return "", &partError{start - 1, "the expression is not closed at the end of its part: it must end with \")\", hold no \"/\", and nothing may follow it"}
		}
		var err *partError
		if expr, err = newExpression(source); err != nil {
			err.offset += start
			return "", err
		}
	}
	p.parts = append(p.parts, part{literal: lower(literal), variable: true, name: name, expr: expr})
	p.names = append(p.names, name)
	return name, nil
}

// checkLiteral refuses characters that have a meaning in other routers, that never occur in a
// path, or that represent another character.
func checkLiteral(s string) *partError {
	for i, r := range s {
		switch {
		case unicode.IsControl(r):
			return &partError{i, fmt.Sprintf("a literal cannot hold the control character %q", r)}
		case strings.ContainsRune(`?#\*{}()`, r):
			return &partError{i, fmt.Sprintf("a literal cannot hold %q: a variable is written \":name\" or \":name(expression)\"", r)}
		case r == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			return &partError{i, fmt.Sprintf("a literal is not escaped: write the character that %q stands for", s[i:i+3])}
		}
	}
	return nil
}

// checkName accepts letters, digits, "_" and "-"; the first must not be a digit or "-".
func checkName(s string) *partError {
	for i, r := range s {
		if unicode.IsLetter(r) || r == '_' || i > 0 && (unicode.IsDigit(r) || r == '-') {
			continue
		}
		return &partError{i, fmt.Sprintf("a variable's name cannot hold %q here: it is a letter or \"_\", then letters, digits, \"_\" and \"-\", and ends its part or has its expression next", r)}
	}
	if s == "" {
		return &partError{0, "a variable without a name: it is written \":name\" or \":name(expression)\""}
	}
	return nil
}

// isDots reports whether s is a part that refers to a folder, "." or "..".
func isDots(s string) bool { return s == "." || s == ".." }

// lower folds A to Z to lower case; the length does not change.
func lower(s string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			r |= 0x20
		}
		return r
	}, s)
}

func firstInvalid(s string) int {
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return len(s)
}
