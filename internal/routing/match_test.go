package routing_test

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/internal/routing"
)

// compile makes a table of lines "GET /path", or "GET /path ..." for trailing patterns.
func compile(t testing.TB, lines ...string) *routing.Table {
	t.Helper()
	table, _ := compileAll(t, lines...)
	return table
}

func compileAll(t testing.TB, lines ...string) (*routing.Table, []*routing.Conflict) {
	t.Helper()
	var entries []routing.Entry
	for _, line := range lines {
		method, path, _ := strings.Cut(line, " ")
		path, trailing := strings.CutSuffix(path, " ...")
		p, err := routing.Parse(path, trailing)
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, routing.Entry{Method: method, Pattern: p})
	}
	return routing.Compile(entries)
}

// find returns the result of Match for a path as it was sent, as a string: the entry, the
// variables and the rest. It passes the path to Match both in the form that net/url keeps and in
// the escaped form.
func find(t testing.TB, table *routing.Table, method, path string) string {
	t.Helper()
	show := func(path string, decoded bool) string {
		entry, rest, vars, err := table.Match(method, path, decoded, nil)
		if err != nil {
			return err.Error()
		}
		if entry < 0 {
			return "none"
		}
		s := fmt.Sprint(entry)
		for _, v := range vars {
			s += " " + v.Name + "=" + v.Value
		}
		if rest != "" {
			s += " rest " + rest
		}
		return s
	}
	got := show(path, false)
	if u, err := url.ParseRequestURI(path); err == nil && u.RawPath == "" {
		if decoded := show(u.Path, true); decoded != got {
			t.Errorf("%s %s: got %q as sent, %q decoded", method, path, got, decoded)
		}
	}
	return got
}

func TestMatch(t *testing.T) {
	const malformed, noUTF8 = "routing: the path has a malformed escape", "routing: the path is not valid UTF-8"
	for _, tt := range []struct {
		name   string
		routes []string
		want   map[string]string // by "METHOD path", or by a path for GET
	}{
		{"D1 whole segment", []string{`GET /d/:id(\d{3})`, `GET /e/:id(^a|b$)`, `GET /f/:id(a|ab)`}, map[string]string{
			"/d/123": "0 id=123", "/d/x123y": "none", "/d/1234": "none", "/d/12": "none",
			"/e/a": "1 id=a", "/e/ax": "none", "/e/xb": "none", "/f/ab": "2 id=ab",
		}},
		{"D2 literal before a variable", []string{"GET /v:apiVersion/p", "GET /__:path(.*) ..."}, map[string]string{
			"/v1/p": "0 apiVersion=1", "/V2/P": "0 apiVersion=2", "/1v/p": "none", "/xv1/p": "none", "/v/p": "none",
			"/__a/b": "1 path=a/b", "/__/b": "none", "/_a/b": "none", "/__": "none",
		}},
		{"D4 decoded once", []string{"GET /r/:v", "GET /lit/x y", "GET /t/:p ...", "GET /dir ..."}, map[string]string{
			"/r/a%2Fb": "0 v=a/b", "/r/It%27s%20x": "0 v=It's x", "/r/%2561": "0 v=%61", "/r/%25zz": "0 v=%zz",
			"/r/a+b": "0 v=a+b", "/r/%E2%98%83": "0 v=☃", "/r/%2F": "0 v=/", "/r/http%3A%2F%2Fx": "0 v=http://x",
			"/%72/a": "0 v=a", "/%52/a": "0 v=a", "/lit/x%20y": "1", "/lit%2Fx%20y": "none",
			"/t/a%2Fb/c": "2 p=a/b/c", "/t/a/b%2F": "2 p=a/b/", "/t%2Fa": "none",
			"/dir/a%2Fb": "3 rest /a/b", "/dir%2Fa": "none",
			"/r/%zz": malformed, "/r/%4": malformed, "/r/%": malformed, "/no/such/%zz": malformed,
			"/r/%ff": noUTF8, "/r/%E2%98": noUTF8, "/no/such/%FF": noUTF8, "/t/a/%c0%af": noUTF8,
		}},
		{"D5 dots and doubled slashes", []string{"GET /api/:x", "GET /admin", "GET /t/:p ...", "GET /dir ...", "GET /:a/:b", "GET /v:x"}, map[string]string{
			"/api/../admin": "none", "/api/%2e%2e/admin": "none", "/api/..": "none", "/api/%2E": "none", "/./admin": "none",
			"/api/a%2F..%2Fb": "none", "/api/..%2fadmin": "none", "/api//x": "none", "//api/x": "none", "/api/x//": "none", "//": "none",
			"/t/a/../b": "none", "/t/a/%2e%2e": "none", "/t/a%2f..": "none", "/t//a": "none", "/t/a//": "none", "/t/a//b": "none",
			"/dir/../x": "none", "/dir//x": "none", "/dir/a//": "none", "/dir/%2e%2e%2fx": "none", "/v..": "none", "/v...": "5 x=...",
			"/api/x;a=b": "0 x=x;a=b", "/api;a=b/x": "4 a=api;a=b b=x", "/api/...": "0 x=...", "/api/.x": "0 x=.x", "/t/.a/..b": "2 p=.a/..b",
		}},
		{"D6 slash at the end and case", []string{"GET /list", "GET /user/:id", "GET /", "GET /t/:p ..."}, map[string]string{
			"/list/": "0", "/list": "0", "/LIST": "0", "/List/": "0", "list": "0", "/user/": "none", "/user": "none",
			"/user/A/": "1 id=A", "/": "2", "": "2", "/t/a/": "3 p=a", "/t/a/b/": "3 p=a/b", "/t/": "none", "/ſist": "none",
		}},
		{"letters beyond ASCII have their case", []string{"GET /ü", "GET /Ü", "GET /\u212a", "GET /k"}, map[string]string{
			"/%C3%BC": "0", "/%C3%9C": "1", "/%E2%84%AA": "2", "/K": "3",
		}},
		{"D8 methods", []string{"GET /x", "ALL /y"}, map[string]string{
			"BREW /x": "none", "get /x": "none", "TRACE /x": "none", " /x": "none", "GET /x": "0", "GET /y": "none",
		}},
		{"D9 HEAD", []string{"GET /x", "GET /:y", "HEAD /:z", "POST /p"}, map[string]string{
			"HEAD /x": "2 z=x", "HEAD /x/": "2 z=x", "GET /x": "0", "HEAD /p": "2 z=p", "HEAD /a/b": "none",
		}},
		{"HEAD follows GET", []string{"GET /x", "HEAD /y"}, map[string]string{"HEAD /x": "0", "HEAD /y": "1", "HEAD /z": "none"}},
		{"D12 the first defined wins", []string{"GET /:a/x", "GET /b/x", "GET /b/:c", "GET /b/y", "GET /:a/:b ...", "GET /z/z/z"}, map[string]string{
			"/b/x": "0 a=b", "/b/y": "2 c=y", "/b/y/z": "4 a=b b=y/z", "/z/z/z": "4 a=z b=z/z", "/q": "none",
		}},
		{"expressions decide among routes of one shape", []string{`GET /:a(\d+)/x`, `GET /:b([a-z]+)/x`, "GET /:c/x", `GET /:d(\w+)/y`, `GET /:e(\bq\w*)/y`, `GET /:f(.+)/y`}, map[string]string{
			"/12/x": "0 a=12", "/ab/x": "1 b=ab", "/a1/x": "2 c=a1", "/12/y": "3 d=12", "/q-q/y": "5 f=q-q", "/%0A/y": "5 f=\n",
		}},
		{"several expressions", []string{`GET /:a(\d+)/:b([a-z]+)`, `GET /:a([a-z0-9]+)/:b(\d+)`, `GET /:a([a-z]+)/:b`, `GET /:a/:b(x+)`, `GET /:a/:b`}, map[string]string{
			"/1/a": "0 a=1 b=a", "/1/2": "1 a=1 b=2", "/a/Q": "2 a=a b=Q", "/a1/xx": "3 a=a1 b=xx", "/a1/y": "4 a=a1 b=y",
		}},
		{"trailing", []string{"GET /users/:userID/:path(.*) ...", `GET /n/:p(^[a-z]\x2f[a-z]$) ...`, "GET /w/:a/:b ..."}, map[string]string{
			"/users/123/should/do": "0 userID=123 path=should/do", "/users/123": "none", "/users/123/": "none", "/users/1/a": "0 userID=1 path=a",
			"/n/a/b": "1 p=a/b", "/n/ab": "none", "/w/x": "none", "/w/x/y/z": "2 a=x b=y/z",
		}},
		{"catch-all", []string{"GET /a", "GET :path(.*) ..."}, map[string]string{
			"/a": "0", "/b": "1 path=b", "/b/c/d": "1 path=b/c/d", "/": "none", "b/c": "1 path=b/c",
		}},
		{"folders", []string{"GET /my/special/folder ...", "GET /x/:y/folder ...", "GET /my ..."}, map[string]string{
			"/my/special/folder": "0", "/my/special/folder/": "0 rest /", "/My/Special/FOLDER/Inner/page.html": "0 rest /Inner/page.html",
			"/my/special/folder/sub/": "0 rest /sub/", "/my/special/folders": "2 rest /special/folders", "/x/1/folder/a": "1 y=1 rest /a", "/my/": "2 rest /",
		}},
		{"everything as a folder", []string{"GET / ..."}, map[string]string{"": "0", "/": "0 rest /", "/a/b/": "0 rest /a/b/", "a": "0 rest a", "//": "none"}},
		{"an expression on the rest", []string{`GET /f/:p(\w+(\.\w+)+) ...`, `GET /f/:p(.*\.png) ...`, "GET /f/:p ..."}, map[string]string{
			"/f/a.txt": "0 p=a.txt", "/f/a/b.png": "1 p=a/b.png", "/f/a/b.jpg": "2 p=a/b.jpg",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := compile(t, tt.routes...)
			for request, want := range tt.want {
				method, path := "GET", request
				if m, p, ok := strings.Cut(request, " "); ok {
					method, path = m, p
				}
				if got := find(t, table, method, path); got != want {
					t.Errorf("%s %s: got %q, want %q", method, path, got, want)
				}
			}
		})
	}
}

func TestMatchErrorsSayTheirStatus(t *testing.T) {
	table := compile(t, "GET /:a ...")
	for _, tt := range []struct {
		path   string
		want   *routing.PathError
		status int
	}{
		{"/%zz", routing.ErrEscape, 400},
		{"/%ff", routing.ErrUTF8, 400},
		{"/" + strings.Repeat("a", routing.MaxPath), routing.ErrTooLong, 414},
	} {
		_, _, _, err := table.Match("GET", tt.path, false, nil)
		if !errors.Is(err, tt.want) || tt.want.StatusCode() != tt.status {
			t.Errorf("%.20s: got %v, want %v with status %d", tt.path, err, tt.want, tt.status)
		}
		if text := tt.want.ClientMessage(); text == "" || strings.Contains(text, "routing") {
			t.Errorf("%v: for clients: %q", tt.want, text)
		}
	}
}

func TestMatchAppendsToVars(t *testing.T) {
	table := compile(t, "GET /:a/:b")
	before := []routing.Var{{Name: "x", Value: "y"}}
	_, _, vars, _ := table.Match("GET", "/1/2", true, before)
	if want := "[{x y} {a 1} {b 2}]"; fmt.Sprint(vars) != want {
		t.Errorf("got %v, want %v", vars, want)
	}
	if _, _, vars, _ = table.Match("GET", "/1", true, before); len(vars) != 1 {
		t.Errorf("without a match: got %v, want what was there", vars)
	}
}

func TestEmptyTable(t *testing.T) {
	table, conflicts := routing.Compile(nil)
	if got := find(t, table, "GET", "/"); got != "none" || conflicts != nil {
		t.Errorf("got %q and %v", got, conflicts)
	}
}

func TestMatchConcurrently(t *testing.T) {
	table := compile(t, `GET /:a(\d+)/:b`, `GET /:a([a-z]+)/:b`, `GET /:a(\b\w+-\w+)/:b`, "GET /x/:c ...")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				for path, want := range map[string]string{"/12/x": "0 a=12 b=x", "/ab/x%20": "1 a=ab b=x ", "/a-b/c": "2 a=a-b b=c", "/x/y/z": "3 c=y/z"} {
					if got := find(t, table, "GET", path); got != want {
						t.Errorf("%s: got %q, want %q", path, got, want)
					}
				}
			}
		})
	}
	wg.Wait()
}
