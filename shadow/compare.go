package shadow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

const setCookie = "Set-Cookie"

// Kind says in what two responses differ.
type Kind string

// The kinds of differences.
const (
	Status Kind = "status" // the status
	Field  Kind = "field"  // a header field, named by Path
	Body   Kind = "body"   // the body; Path is the place in JSON, or "" for the whole body
	Failed Kind = "failed" // the second handler panicked or took too long
)

// Difference is one difference between two responses.
type Difference struct {
	Kind Kind `json:"kind"`
	// Path is the name of the field, or a place in JSON: "users[*].name".
	Path string `json:"path,omitempty"`
	// Old and New are the values, or descriptions of them: see [Options.ShowValues].
	Old string `json:"old"`
	New string `json:"new"`
}

// rules say how responses are compared.
type rules struct {
	header     []string
	masks      []compiledMask
	showValues bool
}

// comparison compares two responses.
type comparison struct {
	*rules
	found []Difference
	path  []string // of the value being compared
}

func (c *comparison) add(kind Kind, path, old, now string) {
	if len(c.found) < mostDifferences {
		c.found = append(c.found, Difference{kind, path, old, now})
	}
}

// differences returns the differences between two responses. The error is
// errEncoded if a body cannot be decoded.
func (r *rules) differences(method string, old, now *answer) ([]Difference, error) {
	c := &comparison{rules: r}
	if old.status != now.status {
		c.add(Status, "", strconv.Itoa(old.status), strconv.Itoa(now.status))
	}
	for _, name := range r.header {
		a, b := fieldOf(old.header, name), fieldOf(now.header, name)
		if a != b && (name != contentType || !isWrapped(a, b)) {
			c.add(Field, name, c.field(name, a), c.field(name, b))
		}
	}
	if method == http.MethodHead {
		return c.found, nil
	}
	a, err := old.plain()
	if err != nil {
		return nil, err
	}
	b, err := now.plain()
	if err != nil {
		return nil, err
	}
	c.bodies(old.header.Get(contentType), a, now.header.Get(contentType), b)
	return c.found, nil
}

// fieldOf returns a field in the form for comparing.
func fieldOf(h http.Header, name string) string {
	values := h[name]
	switch name {
	case setCookie:
		var names []string
		for _, v := range values {
			cookie, _, _ := strings.Cut(v, "=")
			names = append(names, strings.TrimSpace(cookie))
		}
		slices.Sort(names)
		return strings.Join(slices.Compact(names), ", ")
	case contentType:
		return typeOf(strings.Join(values, ", "))
	}
	return strings.Join(values, ", ")
}

// typeOf returns a media type in a single form: JSON is UTF-8 whether or not it
// says so, and JavaScript has only one of its names (RFC 9239).
func typeOf(field string) string {
	kind, params, err := mediatype.Parse(field)
	if err != nil {
		return field
	}
	for name, value := range params {
		params[name] = strings.ToLower(value)
	}
	switch {
	case mediatype.ReadsAsJSON(kind):
		if params["charset"] == "utf-8" {
			delete(params, "charset")
		}
	case isScript(kind):
		kind = "text/javascript"
		if params["charset"] == "utf-8" {
			delete(params, "charset")
		}
	}
	return mime.FormatMediaType(kind, params)
}

// isWrapped reports whether one type is that of JSONP and the other JSON: the
// second handler may be inside the piece that wraps its responses.
func isWrapped(a, b string) bool {
	a, b = mediatype.Essence(a), mediatype.Essence(b)
	return isScript(a) && mediatype.ReadsAsJSON(b) || mediatype.ReadsAsJSON(a) && isScript(b)
}

func isScript(kind string) bool {
	return kind == "application/javascript" || kind == "text/javascript" || kind == "application/x-javascript"
}

// bodies compares two bodies: as JSON if both are JSON, otherwise byte by byte.
func (c *comparison) bodies(oldType string, old []byte, newType string, now []byte) {
	a, okA := decode(oldType, old)
	b, okB := decode(newType, now)
	switch {
	case okA && okB:
		c.values(&a, &b)
	case !bytes.Equal(old, now):
		c.add(Body, "", c.bytes(old), c.bytes(now))
	}
}

// argument returns what follows the name of the function and its bracket in JSONP.
func argument(body []byte) (rest []byte, ok bool) {
	body = bytes.TrimLeft(bytes.TrimPrefix(body, []byte("/**/")), " \t\n\f\r")
	end := bytes.IndexFunc(body, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune("_$.[]", c)
	})
	if end < 1 || body[end] != '(' {
		return nil, false
	}
	return body[end+1:], true
}

// decode returns the JSON of a body, including the JSON inside JSONP.
func decode(mediaType string, body []byte) (v any, ok bool) {
	kind, _, err := mediatype.Parse(mediaType)
	switch {
	case err != nil:
		return nil, false
	case isScript(kind):
		call, found := argument(body)
		if !found {
			return nil, false
		}
		body = bytes.TrimRight(bytes.TrimRight(call, "; \r\n"), ")")
	case !mediatype.ReadsAsJSON(kind):
		return nil, false
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil, false
	}
	_, err = d.Token()
	return v, err == io.EOF
}

// values compares two JSON values; nil means missing.
func (c *comparison) values(old, now *any) {
	for i := range c.masks {
		if m := &c.masks[i]; matches(m.steps, c.path) && m.kind.allows(old, now) {
			return
		}
	}
	if old == nil || now == nil {
		c.differ(old, now)
		return
	}
	switch a := (*old).(type) {
	case map[string]any:
		if b, ok := (*now).(map[string]any); ok {
			c.members(a, b)
			return
		}
	case []any:
		if b, ok := (*now).([]any); ok {
			c.elements(a, b)
			return
		}
	case json.Number:
		if b, ok := (*now).(json.Number); ok && sameNumber(a.String(), b.String()) {
			return
		}
	default:
		if a == *now { // a string, a bool or null
			return
		}
	}
	c.differ(old, now)
}

func (c *comparison) members(old, now map[string]any) {
	names := make([]string, 0, len(old))
	for name := range old {
		names = append(names, name)
	}
	for name := range now {
		if _, both := old[name]; !both {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	for _, name := range names {
		c.inside(name, func() { c.values(find(old, name), find(now, name)) })
	}
}

func find(m map[string]any, name string) *any {
	if v, ok := m[name]; ok {
		return &v
	}
	return nil
}

func (c *comparison) elements(old, now []any) {
	if len(old) != len(now) {
		c.add(Body, c.where(), elementsOf(len(old)), elementsOf(len(now)))
	}
	for i := range min(len(old), len(now)) {
		c.inside("[*]", func() { c.values(&old[i], &now[i]) })
	}
}

func elementsOf(n int) string {
	if n == 1 {
		return "list of 1 element"
	}
	return fmt.Sprintf("list of %d elements", n)
}

func (c *comparison) inside(step string, compare func()) {
	c.path = append(c.path, step)
	compare()
	c.path = c.path[:len(c.path)-1]
}

// where returns the path in the notation of masks.
func (c *comparison) where() string {
	const most = 200
	return clip.Text(strings.ReplaceAll(strings.Join(c.path, "."), ".[*]", "[*]"), most)
}

func (c *comparison) differ(old, now *any) { c.add(Body, c.where(), c.value(old), c.value(now)) }

// sameNumber compares numbers, integers digit by digit.
func sameNumber(a, b string) bool {
	if a == b {
		return true
	}
	if isWhole(a) && isWhole(b) {
		return false
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && x == y
}

const mostShown = 200 // bytes of a value

// value shows a JSON value or describes it.
func (c *comparison) value(v *any) string {
	if v == nil {
		return "missing"
	}
	if c.showValues {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if e.Encode(*v) == nil {
			return clip.Text(strings.TrimSpace(b.String()), mostShown)
		}
	}
	switch v := (*v).(type) {
	case nil:
		return "null"
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return "number"
	case string:
		return "string of " + bytesOf(len(v))
	case []any:
		return elementsOf(len(v))
	}
	return "object"
}

func bytesOf(n int) string {
	if n == 1 {
		return "1 byte"
	}
	return strconv.Itoa(n) + " bytes"
}

// field shows the value of a field or describes it. Types, languages and the names
// of cookies are not confidential.
func (c *comparison) field(name, value string) string {
	switch {
	case value == "":
		return "missing"
	case c.showValues || name == contentType || name == "Content-Language" || name == setCookie:
		return clip.Text(value, mostShown)
	}
	return "value of " + bytesOf(len(value))
}

// bytes shows a body that is not JSON or describes it.
func (c *comparison) bytes(body []byte) string {
	if c.showValues && utf8.Valid(body) && len(body) > 0 {
		return clip.Text(string(body), mostShown)
	}
	return bytesOf(len(body))
}
