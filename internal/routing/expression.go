package routing

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strings"
)

// maxProgram limits the instructions of one compiled expression, and so the cost of each byte of
// a path where package regexp must decide.
const maxProgram = 4096

// expression checks the value of a variable, always as a whole.
type expression struct {
	text string
	prog *syntax.Prog
	auto *automaton     // nil if it would be too large or cannot be built
	re   *regexp.Regexp // set if auto is nil
}

// newExpression compiles source. It returns nil if the expression matches everything, as "(.*)"
// does: then the variable needs no expression.
func newExpression(source string) (*expression, *partError) {
	if source == "" {
		return nil, &partError{0, "an empty expression"}
	}
	// The dot also matches newlines, so that ".*" matches everything.
	tree, err := syntax.Parse(source, syntax.Perl|syntax.DotNL)
	if err != nil {
		e := &partError{0, err.Error()}
		if se, ok := errors.AsType[*syntax.Error](err); ok {
			e.offset = max(0, strings.Index(source, se.Expr))
			e.reason = fmt.Sprintf("the expression is not one of RE2: %s: %q", se.Code, se.Expr)
		}
		return nil, e
	}
	// It is made from the tree, because in the source a \Q without \E would quote what follows.
	whole := `\A(?:` + tree.String() + `)\z`
	prog, err := syntax.Compile(tree.Simplify())
	if err != nil {
		return nil, &partError{0, err.Error()}
	}
	if len(prog.Inst) > maxProgram {
		return nil, &partError{0, fmt.Sprintf("the expression is too large: it needs %d steps, more than %d", len(prog.Inst), maxProgram)}
	}
	x := &expression{text: source, prog: prog}
	x.auto = newAutomaton([]*syntax.Prog{prog}, &budget{cells: 1 << 14, steps: 1 << 17})
	switch {
	case x.auto == nil:
		if x.re, err = regexp.Compile(whole); err != nil {
			return nil, &partError{0, err.Error()}
		}
	case x.auto.takesAll():
		return nil, nil
	case x.auto.takesNone():
		return nil, &partError{0, "the expression only matches an empty value, and a variable is never empty"}
	}
	return x, nil
}

// matches reports whether the expression matches all of s.
func (x *expression) matches(s string) bool {
	if x.auto != nil {
		return x.auto.run(s) != 0
	}
	return x.re.MatchString(s)
}
