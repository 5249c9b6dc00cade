package typed

import (
	"cmp"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// rules are the restrictions that tags put on a value. They are checked in the order of the
// fields; the first broken one is reported.
type rules struct {
	min, max      *limit
	length, items span
	pattern       *regexp.Regexp
	enum          []any    // as values of the type
	enumText      []string // as written in the tag
}

// span limits the number of something.
type span struct{ min, max *int }

// limit is a minimum or maximum, in the type of its field.
type limit struct {
	text  string
	value reflect.Value
}

// withRules returns the plan of a field with the rules of its tags: p itself if there are none.
// On a list, all but minItems and maxItems apply to its elements.
func (p *plan) withRules(tag reflect.StructTag) (*plan, error) {
	own := *p
	if err := own.readItems(tag); err != nil {
		return nil, err
	}
	leaf, below := &own, []*plan{}
	for leaf.isList() && leaf.elem != nil && !slices.Contains(below, leaf) {
		below = append(below, leaf)
		leaf = leaf.elem
	}
	changed := *leaf
	if err := changed.readRules(tag); err != nil {
		return nil, err
	}
	if !p.whole && (own.rules != p.rules || changed.rules != leaf.rules) {
		return nil, fmt.Errorf("tags cannot add rules to %s here, inside itself", p.typ)
	}
	if changed.rules == leaf.rules {
		if own.rules == p.rules {
			return p, nil
		}
		return &own, nil
	}
	// The lists above the leaf must be copied for this field, too.
	next := &changed
	for _, list := range slices.Backward(below) {
		l := *list
		l.elem = next
		next = &l
	}
	return next, nil
}

func (p *plan) readItems(tag reflect.StructTag) error {
	r := &rules{}
	for name, to := range map[string]**int{"minItems": &r.items.min, "maxItems": &r.items.max} {
		v, ok := tag.Lookup(name)
		if !ok {
			continue
		}
		if !p.isList() {
			return fmt.Errorf("tag %s:%q: it is for slices only", name, v)
		}
		if err := whole(v, to); err != nil {
			return fmt.Errorf("tag %s:%q: %w", name, v, err)
		}
		p.rules = r
	}
	return r.items.check("minItems", "maxItems")
}

func (p *plan) readRules(tag reflect.StructTag) error {
	number := p.kind == kindInt || p.kind == kindUint || p.kind == kindFloat
	text := p.kind == kindString || p.kind == kindText
	r := &rules{}
	for _, rule := range []struct {
		tag   string
		fits  bool
		what  string
		apply func(string) error
	}{
		{"minimum", number, "numbers", func(v string) error { return p.readLimit(v, &r.min) }},
		{"maximum", number, "numbers", func(v string) error { return p.readLimit(v, &r.max) }},
		{"minLength", text, "strings", func(v string) error { return whole(v, &r.length.min) }},
		{"maxLength", text, "strings", func(v string) error { return whole(v, &r.length.max) }},
		{"pattern", text, "strings", func(v string) (err error) { r.pattern, err = regexp.Compile(v); return err }},
		{"enum", text || number, "strings and numbers", func(v string) error { return p.readEnum(v, r) }},
	} {
		v, ok := tag.Lookup(rule.tag)
		if !ok {
			continue
		}
		if !rule.fits {
			return fmt.Errorf("tag %s:%q: it is for %s only", rule.tag, v, rule.what)
		}
		if err := rule.apply(v); err != nil {
			return fmt.Errorf("tag %s:%q: %w", rule.tag, v, err)
		}
		p.rules = r
	}
	if r.min != nil && r.max != nil && compare(r.min.value, r.max.value) > 0 {
		return fmt.Errorf("tags minimum:%q maximum:%q: no number is both", r.min.text, r.max.text)
	}
	return r.length.check("minLength", "maxLength")
}

func (s span) check(minTag, maxTag string) error {
	if s.min != nil && s.max != nil && *s.min > *s.max {
		return fmt.Errorf("tags %s:\"%d\" %s:\"%d\": nothing is both", minTag, *s.min, maxTag, *s.max)
	}
	return nil
}

// readLimit reads a number in the field's type, so that no limit is rounded.
func (p *plan) readLimit(v string, to **limit) error {
	value := reflect.New(p.typ).Elem()
	var r Report
	c := conversion{report: &r, text: true}
	bare := *p
	bare.rules = nil
	bare.convert(&c, "", v, value)
	if len(r.Failed) > 0 {
		return errors.New("want " + r.Failed[0].Want)
	}
	*to = &limit{text: v, value: value}
	return nil
}

func whole(v string, to **int) error {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return errors.New("want a whole number, 0 or more")
	}
	*to = &n
	return nil
}

// readEnum reads the values in the list, each in the field's type.
func (p *plan) readEnum(list string, r *rules) error {
	bare := *p
	bare.rules = nil
	for one := range strings.SplitSeq(list, ",") {
		var report Report
		v := reflect.New(p.typ).Elem()
		bare.convert(&conversion{report: &report, text: true}, "", one, v)
		if len(report.Failed) > 0 {
			return fmt.Errorf("must be %s, got %s", report.Failed[0].Want, report.Failed[0].Got)
		}
		r.enumText = append(r.enumText, one)
		if p.kind == kindText {
			r.enum = append(r.enum, one)
		} else {
			r.enum = append(r.enum, v.Interface())
		}
	}
	return nil
}

// broken returns the first rule that a converted value breaks: its code, what it wants and what
// the value is. The code is "" if the value breaks none. sent is the value before conversion.
func (r *rules) broken(p *plan, sent any, to reflect.Value) (code, want, got string) {
	text, _ := Text(sent)
	if p.kind == kindString {
		text = to.String()
	}
	switch {
	case r.min != nil && compare(to, r.min.value) < 0, r.max != nil && compare(to, r.max.value) > 0:
		return CodeRange, r.rangeText(), Describe(sent)
	case !r.length.has(utf8.RuneCountInString(text)):
		return CodeLength, r.length.describe("character") + " long", strconv.Itoa(utf8.RuneCountInString(text))
	case !r.items.has(lengthOf(p, to)):
		return CodeItems, "a list of " + r.items.describe("element"), strconv.Itoa(lengthOf(p, to))
	case r.pattern != nil && !r.pattern.MatchString(text):
		return CodePattern, "a string that matches " + r.pattern.String(), Describe(sent)
	case r.enum != nil && !r.inEnum(p, text, to):
		return CodeEnum, "one of " + strings.Join(r.enumText, ", "), Describe(sent)
	}
	return "", "", ""
}

// bounds returns the bounds to be reported with a failure of that code.
func (r *rules) bounds(code string) (least, most string) {
	text := func(n *int) string {
		if n == nil {
			return ""
		}
		return strconv.Itoa(*n)
	}
	switch code {
	case CodeLength:
		return text(r.length.min), text(r.length.max)
	case CodeItems:
		return text(r.items.min), text(r.items.max)
	case CodeRange:
		if r.min != nil {
			least = r.min.text
		}
		if r.max != nil {
			most = r.max.text
		}
	}
	return least, most
}

func (p *plan) isList() bool { return p.kind == kindSlice || p.kind == kindArray }

func lengthOf(p *plan, to reflect.Value) int {
	if p.isList() {
		return to.Len()
	}
	return 0
}

func (r *rules) inEnum(p *plan, text string, to reflect.Value) bool {
	if p.kind == kindText {
		return slices.Contains(r.enumText, text)
	}
	return slices.ContainsFunc(r.enum, func(v any) bool { return to.Interface() == v })
}

// restrictsStrings reports whether rules restrict strings. If so, a blank field of a form counts as
// not filled in.
func (r *rules) restrictsStrings() bool {
	return r != nil && (r.length != span{} || r.pattern != nil || r.enum != nil)
}

// compare compares two numbers of the same type.
func compare(a, b reflect.Value) int {
	switch {
	case a.CanInt():
		return cmp.Compare(a.Int(), b.Int())
	case a.CanUint():
		return cmp.Compare(a.Uint(), b.Uint())
	default:
		return cmp.Compare(a.Float(), b.Float())
	}
}

func (r *rules) rangeText() string {
	switch {
	case r.max == nil:
		return "at least " + r.min.text
	case r.min == nil:
		return "at most " + r.max.text
	}
	return "from " + r.min.text + " to " + r.max.text
}

func (s span) has(n int) bool { return (s.min == nil || n >= *s.min) && (s.max == nil || n <= *s.max) }

// describe writes the span for messages: "2 to 5 characters".
func (s span) describe(unit string) string {
	count := func(n int) string {
		if n == 1 {
			return "1 " + unit
		}
		return strconv.Itoa(n) + " " + unit + "s"
	}
	switch {
	case s.max == nil:
		return "at least " + count(*s.min)
	case s.min == nil:
		return "at most " + count(*s.max)
	case *s.min == *s.max:
		return count(*s.min)
	}
	return strconv.Itoa(*s.min) + " to " + count(*s.max)
}
