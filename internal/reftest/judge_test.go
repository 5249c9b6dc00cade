package reftest

import (
	"bytes"
	"compress/gzip"
	"compress/zlib"
	_ "embed"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

//go:embed testdata/judged.jsonl
var judged []byte

// TestJudged compares Judge with the comparison in JavaScript that came with the
// recording: recorded responses with a change, and everything that it reported for
// each.
func TestJudged(t *testing.T) {
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	byID := map[string]Case{}
	for _, c := range cases {
		byID[c.ID] = c
	}
	for n, line := range bytes.Split(bytes.TrimSpace(judged), []byte("\n")) {
		var row struct {
			ID, Change string
			Response
			Verdicts []string
		}
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatalf("judged.jsonl:%d: %v", n+1, err)
		}
		c, ok := byID[row.ID]
		if !ok {
			t.Fatalf("judged.jsonl:%d: no case %q", n+1, row.ID)
		}
		var want *Want
		if w, ok := wants[c.ID]; ok {
			want = &w
		}
		got := Judge(c, want, &Answer{Status: row.Status, Headers: row.Headers, Body: row.Body()})
		if !slices.Equal(got, row.Verdicts) {
			t.Errorf("%s, changed in %q:\n%s", row.ID, row.Change, cmp.Diff(row.Verdicts, got))
		}
	}
}

// recordedAnswer is the response of a server that answers as recorded.
func recordedAnswer(c Case) *Answer {
	a := &Answer{Status: c.Response.Status, Headers: maps.Clone(c.Response.Headers), Body: c.Response.Body()}
	if a.Headers == nil {
		a.Headers = map[string][]string{}
	}
	return a
}

// TestJudgeRecording checks that the recorded responses pass unless a want says
// otherwise, and that no want is superfluous.
func TestJudgeRecording(t *testing.T) {
	cases, wants, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	passed := 0
	for _, c := range cases {
		w, ok := wants[c.ID]
		if !ok {
			if bad := Judge(c, nil, recordedAnswer(c)); len(bad) > 0 {
				t.Errorf("%s: %s", c.ID, strings.Join(bad, "; "))
			}
		}
		if len(Judge(c, &w, recordedAnswer(c))) == 0 {
			passed++
		}
	}
	if passed != 493 {
		t.Errorf("Actionhero itself passes %d cases, want 493", passed)
	}
}

// action is a case that an action answers.
func action(body string) Case {
	return Case{Group: "params", Variant: "default", Request: Request{Method: "GET", Target: "/api/x"}, Response: Response{
		Status: 200, Text: body, Headers: map[string][]string{
			"content-type": {"application/json; charset=utf-8"},
			"set-cookie":   {"sessionID=<fingerprint>;path=/;expires=<date>;"},
		}}}
}

func packed(t *testing.T, coding, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser = gzip.NewWriter(&b)
	if coding == "deflate" {
		w = zlib.NewWriter(&b)
	}
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestJudgeRules has, for every rule, a response that passes and one that fails.
func TestJudgeRules(t *testing.T) {
	object := func() Case { return action(`{"a":{"b":1,"c":[2]}}`) }
	file := func() Case {
		c := action("some words\n")
		c.Group = "static"
		c.Response.Headers = map[string][]string{"content-type": {"text/plain"}, "cache-control": {"max-age=60"}, "etag": {`W/"<size>-<mtime>"`}}
		return c
	}
	body := func(s string) func(*Answer) { return func(a *Answer) { a.Body = []byte(s) } }
	header := func(name string, values ...string) func(*Answer) {
		return func(a *Answer) {
			a.Headers[name] = values
			if len(values) == 0 {
				delete(a.Headers, name)
			}
		}
	}
	with := func(changes ...func(*Answer)) func(*Answer) {
		return func(a *Answer) {
			for _, change := range changes {
				change(a)
			}
		}
	}
	gzipped := func(a *Answer) {
		a.Headers["content-encoding"] = []string{"gzip"}
		a.Body = packed(t, "gzip", string(a.Body))
	}
	in := func(c Case, change func(*Case)) Case { change(&c); return c }
	text, none := "words", ""

	tests := []struct {
		name string
		c    Case
		want *Want
		pass func(*Answer) // nil means the recorded response
		fail func(*Answer)
		says string
	}{
		{"status", object(), nil, nil, func(a *Answer) { a.Status = 201 }, "status 201, not 200"},
		{"media type", object(), nil, header("content-type", "Application/JSON"), header("content-type", "text/html"), "type text/html, not application/json"},
		{"media types of two names", in(file(), func(c *Case) { c.Response.Headers["content-type"] = []string{"application/javascript"} }), nil,
			header("content-type", "text/javascript; charset=utf-8"), header("content-type", "text/ecmascript"), "type text/ecmascript, not application/javascript"},
		{"exact headers", file(), nil, nil, header("cache-control", "max-age=61"), "cache-control: max-age=61, not max-age=60"},
		{"exact headers, all of them", in(object(), func(c *Case) { c.Response.Headers["thing"] = []string{"A", "B"} }), nil,
			nil, header("thing", "A"), "thing: A, not A,B"},
		{"a header of note is missing", in(object(), func(c *Case) { c.Response.Headers["x-powered-by"] = []string{"S"} }), nil,
			nil, header("x-powered-by"), "x-powered-by: undefined, not S"},
		{"words of CORS", in(object(), func(c *Case) { c.Response.Headers["access-control-allow-methods"] = []string{"GET, PUT"} }), nil,
			header("access-control-allow-methods", "PUT,GET"), header("access-control-allow-methods", "GET"), "access-control-allow-methods: GET, not GET, PUT"},
		{"entity tag", file(), nil, header("etag", `"another"`), header("etag"), "no etag"},
		{"last modified", in(file(), func(c *Case) { c.Response.Headers["last-modified"] = []string{"<date>"} }), nil,
			nil, header("last-modified"), "no last-modified"},
		{"compression where it is due", in(file(), func(c *Case) {
			c.Group, c.Request.Target = "compress", "/big.txt"
			c.Response.Headers["content-encoding"] = []string{"gzip"}
			c.Response.Bytes = packed(t, "gzip", "some words\n")
		}), nil, nil, with(header("content-encoding"), body("some words\n")), "not gzipped"},
		{"compression unasked", object(), nil, nil, gzipped, "encoded unasked"},
		{"names of the cookies", object(), nil, header("set-cookie", "sessionID=other; Path=/; HttpOnly"), header("set-cookie"), "cookies , not sessionID"},
		{"no cookie more", object(), nil, nil, header("set-cookie", "sessionID=x; Path=/", "a=1"), "cookies a,sessionID, not sessionID"},
		{"path of the session cookie", object(), nil, header("set-cookie", "sessionID=x; PATH=/"), header("set-cookie", "sessionID=x"), "the session cookie has no path=/"},
		{"cookies of a file are not held", in(file(), func(c *Case) { c.Response.Headers["set-cookie"] = []string{"sessionID=<fingerprint>;path=/"} }), nil,
			header("set-cookie"), body("x"), `body "x", not "some words\n"`},
		{"HEAD", in(object(), func(c *Case) { c.Request.Method, c.Response.Text = "HEAD", "" }), nil, nil, body("x"), "a HEAD answer has a body"},
		{"no body is compared on HEAD and 304", in(file(), func(c *Case) { c.Response.Status = 304 }), nil,
			with(body("x"), header("content-type")), header("etag"), "no etag"},
		{"a body of text", file(), nil, nil, body("other"), `body "other", not "some words\n"`},
		{"the body of a redirect by host", in(file(), func(c *Case) { c.Group, c.Response.Status = "hosts", 302 }), nil,
			body("other"), func(a *Answer) { a.Status = 301 }, "status 301, not 302"},
		{"masked text", in(file(), func(c *Case) { c.Response.Text = "Your random number is <number>" }), nil,
			body("Your random number is 0.25"), body("Your random number is high"), `body "Your random number is high", not "Your random number is <number>"`},
		{"JSON", object(), nil, body(` {"a": {"c":[2], "b":1.0}}`), body(`{"a":{"b":1,"c":[3]}}`), "JSON differs: a.c.0 is 3, not 2"},
		{"a key more", object(), nil, nil, body(`{"a":{"b":1,"c":[2],"d":null}}`), "JSON differs: a.d is null, not undefined"},
		{"a key less", object(), nil, nil, body(`{"a":{"c":[2]}}`), "JSON differs: a.b is undefined, not 1"},
		{"an array is no object", object(), nil, nil, body(`{"a":{"b":1,"c":{"0":2}}}`), `JSON differs: a.c is {"0":2}, not [2]`},
		{"-0 is not 0", action(`{"n":0}`), nil, body(`{"n":0.0}`), body(`{"n":-0}`), "JSON differs: n is 0, not 0"},
		{"no JSON", object(), nil, nil, body("<p>"), "not JSON: <p>"},
		{"callback", in(object(), func(c *Case) { c.Response.Text = `cb({"a":1})` }), nil, body(`/**/cb({"a":1});`), body(`cd({"a":1})`), "callback cd, not cb"},
		{"callback unasked", object(), nil, nil, body(`cb({"a":{"b":1,"c":[2]}})`), "callback cb, not undefined"},
		{"padding", in(action("{\n  \"a\": {\n    \"b\": 1\n  },\n  \"c\": 2\n}"), func(c *Case) { c.Group = "envelope" }), nil,
			body("{\n  \"c\": 2,\n  \"a\": {\n    \"b\": 1\n  }\n}\n"), body(`{"a":{"b":1},"c":2}`), "padded otherwise"},
		{"padding of 4", in(action("{\n    \"a\": 1\n}"), func(c *Case) { c.Group, c.Variant = "envelope", "padding4" }), nil,
			nil, body("{\n  \"a\": 1\n}"), "padded otherwise"},
		{"no padding", in(action(`{"a":1}`), func(c *Case) { c.Group, c.Variant = "envelope", "production" }), nil,
			body(`{"a":1}` + "\n"), body("{\n  \"a\": 1\n}"), "padded otherwise"},
		{"padding elsewhere is free", object(), nil, body("{\"a\":\n{\"b\":1,\n\n\"c\":[2]}}"), body("{}"), `JSON differs: a is undefined, not {"b":1,"c":[2]}`},
		{"padding counts keys as JavaScript orders them", in(action(`{"1":[],"b":[1]}`), func(c *Case) { c.Group, c.Variant = "envelope", "padding4" }), nil,
			body("{\n    \"1\": [],\n    \"b\": [\n        1\n    ]\n}"), body("{\n    \"b\": [\n        1\n    ],\n    \"1\": []\n}"), "padded otherwise"},
		{"only path and action of a route", action(`{"seen":{"matchedRoute":{"path":"/p","action":"x","method":"get"}}}`), nil,
			body(`{"seen":{"matchedRoute":{"path":"/p","action":"x"}}}`), body(`{"seen":{"matchedRoute":{"path":"/q","action":"x"}}}`), `JSON differs: seen.matchedRoute.path is "/q", not "/p"`},
		{"an action that is null", action(`{"requesterInformation":{"receivedParams":{"action":null}}}`), nil,
			body(`{"requesterInformation":{"receivedParams":{}}}`), body(`{"requesterInformation":{"receivedParams":{"action":"x"}}}`), `JSON differs: requesterInformation.receivedParams.action is "x", not undefined`},
		{"where a file was stored", in(action(`{"requesterInformation":{"id":"1","receivedParams":{"image":{"filepath":"/a"}}}}`), func(c *Case) { c.Group = "upload" }), nil,
			body(`{"requesterInformation":{"id":"1"}}`), body(`{"requesterInformation":{"id":"2"}}`), `JSON differs: requesterInformation.id is "2", not "1"`},
		{"no raw body", action(`{"seen":{"raw":{"query":{},"files":{}}}}`), nil,
			body(`{"seen":{"raw":{"query":{},"body":null}}}`), body(`{"seen":{"raw":{"query":{"a":"1"}}}}`), `JSON differs: seen.raw.query.a is "1", not undefined`},
		{"an empty raw body", action(`{"seen":{"raw":{"body":{},"rawBody":"x"}}}`), nil,
			body(`{"seen":{"raw":{"body":[],"rawBody":"x","files":{}}}}`), body(`{"seen":{"raw":{"body":{}}}}`), `JSON differs: seen.raw.rawBody is undefined, not "x"`},
		{"a raw body with number keys", action(`{"seen":{"raw":{"body":{"0":"a"}}}}`), nil,
			body(`{"seen":{"raw":{"body":["b"]}}}`), body(`{"seen":{"raw":{"body":{"a":"0"}}}}`), `JSON differs: seen.raw.body is {"a":"0"}, not undefined`},
		{"gzip", in(object(), func(c *Case) { c.Response.Headers["content-encoding"] = []string{"gzip"} }), nil,
			gzipped, with(gzipped, func(a *Answer) { a.Body = a.Body[:len(a.Body)-1] }), "not JSON: \x1f"},
		{"deflate has a wrapper", in(object(), func(c *Case) { c.Response.Headers["content-encoding"] = []string{"deflate"} }), nil,
			func(a *Answer) { a.Body = packed(t, "deflate", string(a.Body)) }, with(func(a *Answer) { a.Body = packed(t, "deflate", string(a.Body))[2:] }), "not JSON: "},

		{"want with a reason alone", object(), &Want{Why: "w"}, nil, func(a *Answer) { a.Status = 400 }, "status 400, not 200"},
		{"want of a status", object(), &Want{Status: 307}, with(body("x"), func(a *Answer) { a.Status = 307 }), nil, "status 200, not 307"},
		{"want after a crash", in(object(), func(c *Case) { c.Response = Response{Crashed: true} }), &Want{Status: 200}, func(a *Answer) { a.Status = 200 }, nil, "status 0, not 200"},
		{"want of an error", object(), &Want{Status: 400, Error: json.RawMessage(`"bad"`)},
			with(body(`{"error":"bad"}`), func(a *Answer) { a.Status = 400 }), with(body(`{"error":"other"}`), func(a *Answer) { a.Status = 400 }), `error "other", not "bad"`},
		{"a refusal names an error", object(), &Want{Status: 413},
			with(body(`{"error":"large"}`), func(a *Answer) { a.Status = 413 }), with(body(`{"error":""}`), func(a *Answer) { a.Status = 413 }), "no error in the answer"},
		{"a refused file names none", file(), &Want{Status: 404}, func(a *Answer) { a.Status = 404 }, nil, "status 200, not 404"},
		{"want of parts", object(), &Want{Body: json.RawMessage(`{"a":{"b":1}}`)}, nil, body(`{"a":{"b":2}}`), "a.b is 2, not 1"},
		{"want of a list, whole", object(), &Want{Body: json.RawMessage(`{"a":{"c":[2]}}`)}, nil, body(`{"a":{"c":[2,3]}}`), "a.c is [2,3], not [2]"},
		{"want of what echo saw", object(), &Want{Seen: json.RawMessage(`{"params":{"key":"1"}}`)}, body(`{"seen":{"params":{"key":"1","a":2}}}`), body(`{"seen":{}}`), `params.key is undefined, not "1"`},
		{"want of a text", object(), &Want{Text: &text}, body("words"), body("words "), `text "words ", not "words"`},
		{"want of a type", object(), &Want{Type: "image/png"}, header("content-type", "image/png"), nil, "type application/json, not image/png"},
		{"want of a coding", object(), &Want{Encoding: &text}, header("content-encoding", "words"), nil, "encoding undefined, not words"},
		{"want of no coding", object(), &Want{Encoding: &none}, nil, header("content-encoding", "gzip"), "encoding gzip, not none"},
		{"HEAD under a want", in(object(), func(c *Case) { c.Request.Method = "HEAD" }), &Want{Status: 200}, body(""), body("x"), "a HEAD answer has a body"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ask := func(change func(*Answer)) []string {
				a := recordedAnswer(tt.c)
				if change != nil {
					change(a)
				}
				return Judge(tt.c, tt.want, a)
			}
			if bad := ask(tt.pass); len(bad) > 0 {
				t.Errorf("should pass: %q", bad)
			}
			bad := ask(tt.fail)
			if !slices.ContainsFunc(bad, func(s string) bool { return strings.HasPrefix(s, tt.says) }) {
				t.Errorf("got %q, want %q", bad, tt.says)
			}
		})
	}

	t.Run("free", func(t *testing.T) {
		if bad := Judge(object(), &Want{Free: true}, &Answer{}); bad != nil {
			t.Errorf("got %q, want nothing", bad)
		}
	})
	t.Run("a crash without a want", func(t *testing.T) {
		if bad := Judge(Case{Response: Response{Crashed: true}}, nil, &Answer{}); len(bad) != 1 {
			t.Errorf("got %q, want one verdict", bad)
		}
	})
}
