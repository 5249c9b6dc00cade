package reftest

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// exactHeaders must equal the recorded ones, if there are any.
var exactHeaders = []string{"cache-control", "location", "x-powered-by", "thing", "x-direct", "custom-header", "x-custom"}

// padding is the indentation of JSON responses by variant; the default is 2.
var padding = map[string]int{"production": 0, "padding4": 4}

var (
	scriptOrJSON = regexp.MustCompile(`json|javascript`)
	pathRoot     = regexp.MustCompile(`(?i); ?path=/`)
	trailing     = regexp.MustCompile(space + `+$`)
)

// Judge returns what is wrong with the response a to the case c, or nothing if it
// is acceptable. w is the want of the case, or nil.
//
// A want with more than Why replaces the recorded response: only what it says is
// checked, and that a refusal names an error. Otherwise status, media type, CORS
// and other relevant headers, the names of the cookies and the body must be the
// recorded ones. JSON is compared by value, with keys in any order; its indentation
// matters only in the group "envelope". The body of a redirect by host is not
// checked. An ETag or Last-Modified must be present if the recording has it, with
// any value.
func Judge(c Case, w *Want, a *Answer) []string {
	if w != nil && w.Free {
		return nil
	}
	j := &judgement{c: c, a: a, body: decode(a.Headers, a.Body)}
	j.text = maskText(decodeUTF8(j.body))
	if c.Response.Crashed && !w.replaces() {
		j.say("the recording crashed and there is no want")
		return j.bad
	}
	status := c.Response.Status
	if w != nil && w.Status != 0 {
		status = w.Status
	}
	if a.Status != status {
		j.say("status %d, not %d", a.Status, status)
	}
	if c.Request.Method == "HEAD" && len(a.Body) > 0 {
		j.say("a HEAD answer has a body")
	}
	if w.replaces() {
		j.want(w, status)
		return j.bad
	}
	j.headers()
	j.cookies()
	if c.Request.Method != "HEAD" && c.Response.Status != 304 {
		j.recordedBody()
	}
	return j.bad
}

// judgement is one case being judged.
type judgement struct {
	c    Case
	a    *Answer
	body []byte // without its content coding
	text string // the body, masked
	bad  []string
}

func (j *judgement) say(format string, args ...any) {
	j.bad = append(j.bad, fmt.Sprintf(format, args...))
}

// want checks what w says instead of the recorded response.
func (j *judgement) want(w *Want, status int) {
	answer, _, _ := readJSON(j.text)
	got := get(answer, "error")
	if w.Error != nil {
		if want, _ := parseJSON(string(w.Error)); !same(got, want) {
			j.say("error %s, not %s", stringify(got, 0), stringify(want, 0))
		}
	}
	// Files, methods that are not allowed and unreadable targets are refused before
	// there is an envelope.
	enveloped := j.c.Group != "static" && j.c.Request.Method != "HEAD" && status != 405 && !strings.Contains(j.c.Request.Target, "%zz")
	if status >= 400 && enveloped && (w.Text == nil || *w.Text == "") && (got == absent{} || got == "") {
		j.say("no error in the answer")
	}
	if w.Body != nil {
		want, _ := parseJSON(string(w.Body))
		j.contains(answer, want, "")
	}
	if w.Seen != nil {
		want, _ := parseJSON(string(w.Seen))
		j.contains(get(answer, "seen"), want, "")
	}
	if w.Text != nil && j.text != *w.Text {
		j.say("text %s, not %s", stringify(clip(j.text), 0), stringify(*w.Text, 0))
	}
	if got := mediaType(j.a.Headers); w.Type != "" && got != w.Type {
		j.say("type %s, not %s", got, w.Type)
	}
	if w.Encoding != nil && j.a.header("content-encoding") != *w.Encoding {
		want := *w.Encoding
		if want == "" {
			want = "none"
		}
		j.say("encoding %s, not %s", joined(j.a.Headers["content-encoding"]), want)
	}
}

// contains checks that have contains every member of want, at every depth; it
// reports the first that is missing or different.
func (j *judgement) contains(have, want any, at string) bool {
	o, ok := want.(*object)
	if !ok {
		if !same(have, want) {
			j.say("%s is %s, not %s", orIt(at), stringify(have, 0), stringify(want, 0))
			return false
		}
		return true
	}
	for _, k := range o.keys {
		if !j.contains(get(have, k), o.values[k], under(at, k)) {
			return false
		}
	}
	return true
}

// headers checks the headers of the recorded response, except cookies.
func (j *judgement) headers() {
	got, want := j.a.Headers, j.c.Response.Headers
	if j.c.Response.Status != 304 && first(want, "content-type") != "" && mediaType(got) != mediaType(want) {
		j.say("type %s, not %s", mediaType(got), mediaType(want))
	}
	for _, k := range exactHeaders {
		if want[k] != nil && !slices.Equal(got[k], want[k]) {
			j.say("%s: %s, not %s", k, joined(got[k]), joined(want[k]))
		}
	}
	for _, k := range sortedNames(want) {
		if strings.HasPrefix(k, "access-control-") && words(first(got, k)) != words(first(want, k)) {
			j.say("%s: %s, not %s", k, joined(got[k]), joined(want[k]))
		}
	}
	for _, k := range []string{"etag", "last-modified"} {
		if want[k] != nil && got[k] == nil {
			j.say("no %s", k)
		}
	}
	coding, req := first(want, "content-encoding"), j.c.Request
	if j.c.Group == "compress" && coding == "gzip" && req.Target == "/big.txt" && req.Method == "GET" && first(got, "content-encoding") != "gzip" {
		j.say("not gzipped")
	}
	if want["content-encoding"] == nil && got["content-encoding"] != nil {
		j.say("encoded unasked")
	}
}

// cookies checks that a response sets the cookies that the recorded one sets. It
// checks only responses of actions: a session cookie does not belong on a file that
// caches may share, where Actionhero also puts one.
func (j *judgement) cookies() {
	got, want := j.a.Headers, j.c.Response.Headers
	ofAction := scriptOrJSON.MatchString(first(want, "content-type")) && j.c.Request.Method != "OPTIONS" && want["cache-control"] == nil
	if has, should := cookieNames(got), cookieNames(want); ofAction && !slices.Equal(has, should) {
		j.say("cookies %s, not %s", strings.Join(has, ","), strings.Join(should, ","))
	}
	for _, s := range got["set-cookie"] {
		if strings.HasPrefix(s, "sessionID=") && !pathRoot.MatchString(s) {
			j.say("the session cookie has no path=/")
		}
	}
}

// recordedBody checks the body of the recorded response.
func (j *judgement) recordedBody() {
	wantBody := j.c.Response.Body()
	if len(j.c.Response.Bytes) > 0 {
		wantBody = decode(j.c.Response.Headers, wantBody)
	}
	wantText := maskText(decodeUTF8(wantBody))
	want, wantCallback, _ := readJSON(wantText)
	switch want.(type) {
	case *object, []any:
	default:
		if j.c.Group != "hosts" && !bytes.Equal(j.body, wantBody) && j.text != wantText {
			j.say("body %s, not %s", stringify(clip(j.text), 0), stringify(clip(wantText), 0))
		}
		return
	}
	got, callback, ok := readJSON(j.text)
	if !ok {
		j.say("not JSON: %s", clip(j.text))
		return
	}
	if callback != wantCallback {
		j.say("callback %s, not %s", orUndefined(callback), orUndefined(wantCallback))
	}
	if x, y := trim(want, j.c.Group), trim(got, j.c.Group); !same(x, y) {
		j.say("JSON differs: %s", difference(y, x, ""))
	}
	indent, ok := padding[j.c.Variant]
	if !ok {
		indent = 2
	}
	if j.c.Group == "envelope" && wantCallback == "" && shape(trailing.ReplaceAllString(j.text, "")) != shape(stringify(got, indent)) {
		j.say("padded otherwise")
	}
}
