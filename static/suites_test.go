package static_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

// The suites are the tests that three other file servers have: pillarjs/send 1.2.1
// (test/send.js), expressjs/serve-static 2.2.1 (test/test.js) and net/http of Go
// 1.26.8 (fs_test.go). testdata/suites.txt lists their cases by line; cases that
// stand in a table are listed by the lines of the table. Each case has a row, which
// says in our own words what the case is about and checks what Sidekick does. No
// code or text of the suites is in this repository.

// verdict is how a case of a suite stands here.
type verdict string

const (
	asWritten     verdict = "as written"     // the same request gets the same response, with equivalent options
	adapted       verdict = "adapted"        // the same can be done by other means
	onPurpose     verdict = "on purpose"     // the response differs, by a choice that docs/files.md documents
	notApplicable verdict = "not applicable" // a Go handler has nothing of the kind
)

// row is one case of a suite, or several that are not applicable.
type row struct {
	lines   []int
	says    string
	verdict verdict
	why     string // how, the choice in docs/files.md, or why not; "" if the case holds as written
	check   check
}

// check checks a case with the folder of the suites as the root.
type check func(t *testing.T, dir string)

func same(line int, says string, c check) row { return row{[]int{line}, says, asWritten, "", c} }

func otherwise(line int, says, how string, c check) row {
	return row{[]int{line}, says, adapted, how, c}
}

func differs(line int, says, choice string, c check) row {
	return row{[]int{line}, says, onPurpose, choice, c}
}

func none(says, why string, lines ...int) row { return row{lines, says, notApplicable, why, nil} }

// suites has all rows, by suite.
func suites() map[string][]row {
	return map[string][]row{
		"send":         sendRows(),
		"serve-static": serveStaticRows(),
		"net/http":     netHTTPRows(),
	}
}

// suiteFiles are the files that the cases ask for.
func suiteFiles() map[string]string {
	return map[string]string{
		"name.txt": "text", "name.html": "<p>name</p>", "page.html": "<p>page</p>", "empty.txt": "", "some thing.txt": "spaced", "do..ts.txt": "dots",
		"bare": "no extension", "letters.txt": "abcdefghi", "eleven.txt": "0123456789X", "style.css": "p { a }\n", "twice.html.html": "<p>twice</p>",
		"folder/index.html": "<p>index</p>", "folder/a.txt": "in a folder", "folder/.hidden": "secret", "empty/a.txt": "no index", "name.dir/a.txt": "in name.dir",
		"snow ☃/index.html": "<p>snow</p>", ".hidden.txt": "secret", ".mine/name.txt": "mine", ".mine/.hidden": "secret",
	}
}

func TestSuites(t *testing.T) {
	dir := tree(t, suiteFiles())
	for name, rows := range suites() {
		for _, r := range rows {
			if r.check == nil {
				continue // TestEveryCaseOfTheSuitesHasARow looks at it
			}
			t.Run(fmt.Sprintf("%s:%d %s", name, r.lines[0], r.says), func(t *testing.T) {
				t.Parallel()
				r.check(t, dir)
			})
		}
	}
}

// Every case has one row, every choice of a row is documented, and what is
// documented is a choice of some row.
func TestEveryCaseOfTheSuitesHasARow(t *testing.T) {
	cases, doc := casesOfTheSuites(t), filesDocument(t)
	met := choicesOf(t, doc)
	count := map[verdict]int{}
	for name, rows := range suites() {
		for _, r := range rows {
			r.checkForm(t, name, met)
			for _, line := range r.lines {
				at := fmt.Sprintf("%s %d", name, line)
				if !cases[at] {
					t.Errorf("%s: the suite has no such case, or it has two rows", at)
				}
				delete(cases, at)
				count[r.verdict]++
			}
		}
	}
	for at := range cases {
		t.Errorf("%s has no row", at)
	}
	for choice, is := range met {
		if !is {
			t.Errorf("docs/files.md has the choice %q, which no case meets", choice)
		}
	}
	sentence := fmt.Sprintf("%d pass as written, %d pass adapted, %d differ on purpose, and %d do not apply", count[asWritten], count[adapted], count[onPurpose], count[notApplicable])
	if !strings.Contains(doc, sentence) {
		t.Errorf("docs/files.md does not say that of the cases %s", sentence)
	}
}

// checkForm checks that a row says why if its case does not hold as written, and
// marks its choice as met.
func (r row) checkForm(t *testing.T, suite string, met map[string]bool) {
	t.Helper()
	if (r.verdict == asWritten) != (r.why == "") || (r.verdict == notApplicable) != (r.check == nil) || r.says == "" {
		t.Errorf("%s %v: the row is not complete", suite, r.lines)
	}
	if r.verdict != onPurpose {
		return
	}
	if _, documented := met[r.why]; !documented {
		t.Errorf("%s %v: docs/files.md has no choice %q", suite, r.lines, r.why)
		return
	}
	met[r.why] = true
}

// choicesOf returns the first column of the table in docs/files.md.
func choicesOf(t *testing.T, doc string) map[string]bool {
	t.Helper()
	met := map[string]bool{}
	table := section(t, doc, "## Differences from other file servers")
	for _, line := range regexp.MustCompile(`(?m)^\| ([^|]+) \| [^|]+ \|$`).FindAllStringSubmatch(table, -1)[1:] {
		met[line[1]] = false
	}
	return met
}

func casesOfTheSuites(t *testing.T) map[string]bool {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", "suites.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	cases := map[string]bool{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		cases[lines.Text()] = true
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func filesDocument(t *testing.T) string {
	t.Helper()
	doc, err := os.ReadFile(filepath.Join("..", "docs", "files.md"))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(doc), "\r\n", "\n")
}

// section returns what stands below a heading.
func section(t *testing.T, doc, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(doc, "\n"+heading+"\n")
	if !ok {
		t.Fatalf("docs/files.md has no section %q", heading)
	}
	rest, _, _ = strings.Cut(rest, "\n## ")
	return rest
}

// served is the handler of a case. Its root is the folder of the suites or one below
// it.
type served struct {
	options static.Options // Roots are added if there are none
	below   string
	around  func(http.Handler) http.Handler
}

func (s served) handler(t *testing.T, dir string) http.Handler {
	t.Helper()
	o := s.options
	if o.Roots == nil {
		o.Roots = []static.Root{static.Dir(filepath.Join(dir, filepath.FromSlash(s.below)))}
	}
	h := http.Handler(handler(t, o))
	if s.around != nil {
		h = s.around(h)
	}
	return h
}

// setting makes a handler around another that sets fields first.
func setting(fields ...string) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler { return with(h, fields...) }
}

// mounted is a handler at a path, for a folder below that of the suites.
func mounted(at, below string, o static.Options) served {
	return served{options: o, below: below, around: func(h http.Handler) http.Handler { return http.StripPrefix(at, h) }}
}

// exchange is one request. Its fields may contain placeholders for the validators of
// the file: <ETag>, <Last-Modified> and <before Last-Modified>, a minute earlier.
type exchange struct {
	on             served
	method, target string
	fields         []string
}

func (s served) get(target string, fields ...string) exchange {
	return exchange{s, http.MethodGet, target, fields}
}

func (s served) of(method, target string, fields ...string) exchange {
	return exchange{s, method, target, fields}
}

// gives checks the status, body and fields of the response. "Name: value" is a field
// with that value, "Name: /expression$/" one that matches, and "Name" a missing one.
func (x exchange) gives(status int, body string, fields ...string) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		h := x.on.handler(t, dir)
		resp := ask(h, x.method, x.target, x.filled(t, h)...)
		want(t, resp, status, body)
		wantFields(t, resp, fields...)
	}
}

// givesParts checks the parts of a response with several ranges.
func (x exchange) givesParts(parts ...string) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		resp := ask(x.on.handler(t, dir), x.method, x.target, x.fields...)
		_, params, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
		if err != nil || resp.StatusCode != http.StatusPartialContent {
			t.Fatalf("got %d, %v", resp.StatusCode, err)
		}
		var got []string
		for r := multipart.NewReader(resp.Body, params["boundary"]); ; {
			p, err := r.NextPart()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, string(body))
		}
		if !slices.Equal(got, parts) {
			t.Errorf("got the parts %q, want %q", got, parts)
		}
	}
}

func wantFields(t *testing.T, resp *http.Response, fields ...string) {
	t.Helper()
	for _, f := range fields {
		name, value, _ := strings.Cut(f, ": ")
		if len(value) > 1 && value[0] == '/' && strings.HasSuffix(value, "$/") {
			if got := resp.Header.Get(name); !regexp.MustCompile(value[1 : len(value)-1]).MatchString(got) {
				t.Errorf("%s: got %q, want a match of %s", name, got, value)
			}
			continue
		}
		wantField(t, resp, name, value)
	}
}

// filled returns the fields with the validators in place of the placeholders.
func (x exchange) filled(t *testing.T, h http.Handler) []string {
	t.Helper()
	if !strings.Contains(strings.Join(x.fields, ""), "<") {
		return x.fields
	}
	head := ask(h, x.method, x.target).Header
	modified, err := http.ParseTime(head.Get("Last-Modified"))
	if err != nil {
		t.Fatal(err)
	}
	before := modified.Add(-time.Minute).Format(http.TimeFormat)
	fill := strings.NewReplacer("<ETag>", head.Get("ETag"), "<Last-Modified>", head.Get("Last-Modified"), "<before Last-Modified>", before)
	var fields []string
	for _, f := range x.fields {
		fields = append(fields, fill.Replace(f))
	}
	return fields
}

// answers checks the response of a real server to a target that is sent unchanged.
func (s served) answers(target string, status int, body string, fields ...string) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		resp, got := get(t, server(t, s.handler(t, dir)), target)
		if resp.StatusCode != status || got != body {
			t.Errorf("got %d %q, want %d %q", resp.StatusCode, clip(got), status, clip(body))
		}
		wantFields(t, resp, fields...)
	}
}

// all runs several checks.
func all(checks ...check) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		for _, c := range checks {
			c(t, dir)
		}
	}
}

// refused checks that New rejects a field of these options.
func refused(field string, o func(dir string) static.Options) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		options := o(dir)
		options.Logger = slog.New(slog.DiscardHandler)
		h, err := static.New(options)
		if err == nil {
			t.Error("New: got no error", h.Close())
		}
		if wrong := (*static.ConfigError)(nil); !errors.As(err, &wrong) || wrong.Field != field {
			t.Errorf("New: got %v, want an error of %s", err, field)
		}
	}
}

// root returns options with one root, in the folder of the suites.
func root(name string) func(dir string) static.Options {
	return func(dir string) static.Options {
		return static.Options{Roots: []static.Root{static.Dir(filepath.Join(dir, name))}}
	}
}

// The bodies of error responses.
const (
	outside   = "that range is not within the file"
	unmatched = "precondition failed"
	noMethod  = "method not allowed"
)
