package typed

import (
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/sidekick-http/sidekick/internal/suggest"
)

// ruleTags are the supported tags of inputs beside json, and resultTags those of results.
// otherTags could be mistaken for rules. foreignTags belong to other libraries, although they
// look like misspelt tags of this one.
var (
	ruleTags    = []string{"required", "default", "description", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "pattern", "enum", "example", "deprecated"}
	resultTags  = []string{"description", "enum", "example", "deprecated"}
	otherTags   = []string{"format", "multipleOf", "exclusiveMinimum", "exclusiveMaximum", "uniqueItems", "minProperties", "maxProperties", "const"}
	foreignTags = []string{"bson", "yson", "enums", "examples", "defaults", "require", "num"}
)

// checkTags refuses tags of an input that look like rules but have no effect.
func checkTags(tag reflect.StructTag) error {
	for key := range tagKeys(string(tag)) {
		if slices.Contains(ruleTags, key) {
			continue
		}
		for _, known := range ruleTags {
			if strings.EqualFold(key, known) {
				return fmt.Errorf("tag %s: it is written %s", key, known)
			}
		}
		for _, known := range otherTags {
			if strings.EqualFold(key, known) {
				return fmt.Errorf("tag %s: it is not checked here; accepted are %s", key, strings.Join(ruleTags, ", "))
			}
		}
	}
	return checkSpelling(tag, ruleTags)
}

// checkSpelling refuses tags that are probably misspelt ones of those that are known, and a tag
// with an error after which no library reads on. It lets the tags of other libraries pass: if the
// field has the known tag as well, the other one is no misspelling of it.
func checkSpelling(tag reflect.StructTag, known []string) error {
	known = append([]string{"json"}, known...)
	for key := range tagKeys(string(tag)) {
		if slices.Contains(foreignTags, key) || slices.Contains(known, key) {
			continue
		}
		for _, one := range known {
			if _, has := tag.Lookup(one); !has && (suggest.IsTypo(key, one) || one == "json" && strings.EqualFold(key, one)) {
				return fmt.Errorf("tag %s: did you mean %s?", key, one)
			}
		}
	}
	if rest := unread(string(tag)); mentions(rest, known) {
		return fmt.Errorf("the tag cannot be read from %s on: want pairs such as required:\"true\", separated by blanks", strconv.Quote(rest))
	}
	return nil
}

// mentions reports whether a text has one of the names with a value.
func mentions(text string, names []string) bool {
	return slices.ContainsFunc(keyWithValue.FindAllStringSubmatch(text, -1), func(found []string) bool { return slices.Contains(names, found[1]) })
}

var keyWithValue = regexp.MustCompile(`(\w+)\s*[:=]`)

// tagKeys yields the keys of a struct tag, in the grammar of reflect.StructTag.
func tagKeys(tag string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for {
			key, rest, ok := nextTag(tag)
			if !ok || !yield(key) {
				return
			}
			tag = rest
		}
	}
}

// unread returns the part of a struct tag that reflect.StructTag does not read.
func unread(tag string) string {
	for {
		_, rest, ok := nextTag(tag)
		if !ok {
			return strings.TrimSpace(tag)
		}
		tag = rest
	}
}

// nextTag returns the key of the first pair, and what follows the pair.
func nextTag(tag string) (key, rest string, ok bool) {
	pair := firstPair.FindStringSubmatch(tag)
	if pair == nil {
		return "", "", false
	}
	return pair[1], tag[len(pair[0]):], true
}

var firstPair = regexp.MustCompile(`^ *([^\x00-\x20:"\x7f]+):"(?:[^"\\]|\\(?s:.))*"`)
