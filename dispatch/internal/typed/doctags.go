package typed

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/google/jsonschema-go/jsonschema"
)

// documentResult adds the tags of a result's field to its schema. They are for documents only:
// results are not checked against them.
func documentResult(s *jsonschema.Schema, f *field) error {
	if err := checkSpelling(f.Tag, resultTags); err != nil {
		return err
	}
	s.Description = f.Tag.Get("description")
	if err := readDeprecated(s, f.Tag); err != nil {
		return err
	}
	if text, ok := f.Tag.Lookup("example"); ok {
		v, err := exampleOf(f.Type, text, f.quoted)
		if err != nil {
			return fmt.Errorf("tag example:%q: %w", text, err)
		}
		s.Examples = []any{v}
	}
	text, ok := f.Tag.Lookup("enum")
	if !ok {
		return nil
	}
	leaf, t := s, f.Type
	for {
		for t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if leaf.Items == nil {
			break
		}
		leaf, t = leaf.Items, t.Elem()
	}
	if leaf.Ref != "" || leaf.OneOf != nil || leaf.AnyOf != nil || leaf.Properties != nil || leaf.AdditionalProperties != nil || t.Kind() == reflect.Interface {
		return fmt.Errorf("tag enum:%q: it is for strings and numbers only", text)
	}
	for one := range strings.SplitSeq(text, ",") {
		v, err := exampleOf(t, one, f.quoted)
		if err != nil {
			return fmt.Errorf("tag enum:%q: %w", text, err)
		}
		leaf.Enum = append(leaf.Enum, v)
	}
	if leaf.Types != nil { // null is one of the types
		leaf.Enum = append(leaf.Enum, nil)
	}
	return nil
}

// readDocumentation reads the tags of an input that do not affect what it accepts.
func (f *fieldPlan) readDocumentation(tag reflect.StructTag) error {
	var s jsonschema.Schema
	if err := readDeprecated(&s, tag); err != nil {
		return err
	}
	f.deprecated = s.Deprecated
	text, ok := tag.Lookup("example")
	if !ok {
		return nil
	}
	if f.kind == kindFile {
		return fmt.Errorf("tag example:%q: files have no example", text)
	}
	value := f.textValue(text)
	if f.kind == kindStruct || f.kind == kindMap || f.kind == kindAny || f.isList() && strings.HasPrefix(text, "[") && json.Valid([]byte(text)) {
		v, err := decoded([]byte(text))
		if err != nil {
			return fmt.Errorf("tag example:%q: want JSON", text)
		}
		value = v
	}
	if f.example, ok = f.sentAs(value); !ok {
		if _, err := f.tried(value); err != nil {
			return fmt.Errorf("tag example:%q: %w", text, err)
		}
		return fmt.Errorf("tag example:%q: want a value that can be encoded as JSON again", text)
	}
	return nil
}

func readDeprecated(s *jsonschema.Schema, tag reflect.StructTag) error {
	switch v := tag.Get("deprecated"); v {
	case "", "false":
	case "true":
		s.Deprecated = true
	default:
		return fmt.Errorf("tag deprecated:%q: want true or false", v)
	}
	return nil
}

// exampleOf reads a value in JSON notation. A string may lack its quotes.
func exampleOf(t reflect.Type, text string, quoted bool) (any, error) {
	for _, candidate := range [][]byte{[]byte(text), quote(text)} {
		v := reflect.New(t)
		if !json.Valid(candidate) || json.Unmarshal(candidate, v.Interface()) != nil {
			continue
		}
		sent, err := json.Marshal(v.Interface())
		switch {
		case err != nil:
			continue
		case quoted:
			return string(sent), nil
		}
		return decoded(sent)
	}
	switch {
	case marshalsBy(typeMarshalJSON, t, true) && json.Valid([]byte(text)):
		return decoded([]byte(text))
	case marshals(t, true): // the type can be encoded but not decoded
		return text, nil
	}
	return nil, errors.New("want a value of the type " + t.String() + ", as JSON or as a string without its quotes")
}

// decoded returns the value of JSON data, with numbers as json.Number.
func decoded(data []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return v, d.Decode(&v)
}

func quote(text string) []byte {
	b, _ := json.Marshal(text) // encoding a string cannot fail
	return b
}
