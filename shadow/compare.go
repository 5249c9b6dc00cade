package shadow

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/internal/clip"
	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/internal/mediatype"
)

const setCookie = "Set-Cookie"

// Kind says what of two answers differs.
type Kind string

// The kinds of differences.
const (
	Status Kind = "status" // the status
	Field  Kind = "field"  // a header field, which Path names
	Body   Kind = "body"   // the body: Path is where in JSON; "" is the whole
	Failed Kind = "failed" // the handler that was asked second panicked, or took too long
)

// Difference is where two answers differ.
type Difference struct {
	Kind Kind `json:"kind"`
	// Path is the name of the field, or where in JSON: "users[*].name".
	Path string `json:"path,omitempty"`
	// Old and New are the values, or what they are: see [Options.ShowValues].
	Old string `json:"old"`
	New string `json:"new"`
}

// rules say how answers are compared.
type rules struct {
	header     []string
	masks      []compiledMask
	showValues bool
}

// comparison compares two answers.
type comparison struct {
	*rules
	found []Difference
	path  []string // of what is being compared
}

func (c *comparison) add(kind Kind, path, old, now string) {
	if len(c.found) < mostDifferences {
		c.found = append(c.found, Difference{kind, path, old, now})
	}
}

// differences returns where two answers differ. The error is errEncoded where a
// body cannot be read.
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

// fieldOf returns a field in the form in which it is compared.
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

// typeOf returns a media type in one form: JSON is UTF-8, said or not, and of the
// names of JavaScript there is one (RFC 9239).
func typeOf(field string) string {
	kind, params, err := mime.ParseMediaType(field)
	if err != nil {
		return field
	}
	for name, value := range params {
		params[name] = strings.ToLower(value)
	}
	switch {
	case mediatype.IsJSON(kind):
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

// isWrapped tells whether one of two types is that of JSONP and the other of JSON:
// the handler that is compared may be inside of what wraps its answers.
func isWrapped(a, b string) bool {
	a, b = httpfield.Essence(a), httpfield.Essence(b)
	return isScript(a) && mediatype.IsJSON(b) || mediatype.IsJSON(a) && isScript(b)
}

func isScript(kind string) bool {
	return kind == "application/javascript" || kind == "text/javascript" || kind == "application/x-javascript"
}

// bodies compares two bodies: as JSON where both are, otherwise byte by byte.
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

var jsonp = regexp.MustCompile(`^(?:/\*\*/)?\s*[\w$.\[\]]+\(`)

// decode returns the JSON of a body, also that of JSONP.
func decode(mediaType string, body []byte) (v any, ok bool) {
	kind, _, err := mime.ParseMediaType(mediaType)
	switch {
	case err != nil:
		return nil, false
	case isScript(kind):
		call := jsonp.FindIndex(body)
		if call == nil {
			return nil, false
		}
		body = bytes.TrimRight(bytes.TrimRight(body[call[1]:], "; \r\n"), ")")
	case !mediatype.IsJSON(kind):
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

// values compares two values of JSON; nil is one that is missing.
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

// where returns the path in the form that masks have.
func (c *comparison) where() string {
	const most = 200
	return clip.Text(strings.ReplaceAll(strings.Join(c.path, "."), ".[*]", "[*]"), most)
}

func (c *comparison) differ(old, now *any) { c.add(Body, c.where(), c.value(old), c.value(now)) }

// sameNumber compares numbers: whole ones digit by digit.
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

// value shows a value of JSON, or says what it is.
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

// field shows the value of a field, or says what it is. Types, languages and the
// names of cookies are nobody's secret.
func (c *comparison) field(name, value string) string {
	switch {
	case value == "":
		return "missing"
	case c.showValues || name == contentType || name == "Content-Language" || name == setCookie:
		return clip.Text(value, mostShown)
	}
	return "value of " + bytesOf(len(value))
}

// bytes shows a body that is no JSON, or says what it is.
func (c *comparison) bytes(body []byte) string {
	if c.showValues && utf8.Valid(body) && len(body) > 0 {
		return clip.Text(string(body), mostShown)
	}
	return bytesOf(len(body))
}
