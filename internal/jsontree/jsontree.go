// Package jsontree reads JSON and records the position of every value.
package jsontree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
)

// Node is one JSON value.
type Node struct {
	Raw     []byte
	At      int      // the offset at which it begins in the whole document
	Scalar  any      // a string, json.Number, bool or nil
	Members []Member // of an object, in order, including repeated ones
	List    []Node   // the elements of a list
}

// Member is a member of an object.
type Member struct {
	Key   string
	At    int // the offset of the key
	Value Node
}

// IsObject reports whether it is an object.
func (n Node) IsObject() bool { return n.Raw[0] == '{' }

// IsList reports whether it is a list.
func (n Node) IsList() bool { return n.Raw[0] == '[' }

// IsNull reports whether it is null.
func (n Node) IsNull() bool { return n.Raw[0] == 'n' }

// Shown returns a value as error messages show it: a string without quotes, anything else as
// written and shortened.
func (n Node) Shown() any {
	var b bytes.Buffer
	if s, ok := n.Scalar.(string); ok || json.Compact(&b, n.Raw) != nil {
		return s
	}
	return json.Number(clip.Text(b.String(), 60))
}

// Parse reads a JSON document. If it is invalid, the error says why, and at is the position.
func Parse(text []byte) (n Node, at int, err error) {
	foreign := notUTF8(text)
	var syntax *json.SyntaxError
	var whole json.RawMessage
	if errors.As(json.Unmarshal(text, &whole), &syntax) {
		at = max(0, min(int(syntax.Offset), len(text))-1) // the offset is after the invalid character
		if foreign < 0 || foreign > at {
			return Node{}, at, fmt.Errorf("want JSON: %w", syntax)
		}
	}
	if foreign >= 0 {
		return Node{}, foreign, errors.New("want UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return next(d, text), 0, nil
}

// notUTF8 returns the position of the first byte that is not UTF-8, or -1.
func notUTF8(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// next reads the next value of a valid document.
func next(d *json.Decoder, text []byte) Node {
	begin := func() int { // white space and punctuation precede a value
		i := int(d.InputOffset())
		return len(text) - len(bytes.TrimLeft(text[i:], " \t\r\n,:"))
	}
	n := Node{At: begin()}
	t, _ := d.Token()
	switch t {
	case json.Delim('{'):
		for d.More() {
			m := Member{At: begin()}
			key, _ := d.Token()
			m.Key, m.Value = key.(string), next(d, text)
			n.Members = append(n.Members, m)
		}
		_, _ = d.Token()
	case json.Delim('['):
		for d.More() {
			n.List = append(n.List, next(d, text))
		}
		_, _ = d.Token()
	default:
		n.Scalar = t
	}
	n.Raw = text[n.At:d.InputOffset()]
	return n
}

// Position returns the line and column of an offset, from 1 and in characters.
func Position(text []byte, at int) string {
	before := text[:at]
	return fmt.Sprintf("%d:%d", 1+bytes.Count(before, []byte("\n")), 1+utf8.RuneCount(before[1+bytes.LastIndexByte(before, '\n'):]))
}
