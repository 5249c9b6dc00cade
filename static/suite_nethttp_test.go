package static_test

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/internal/httpfield"
	"github.com/sidekick-http/sidekick/static"
)

func netHTTPRows() []row {
	return slices.Concat(netHTTPRangeRows(), netHTTPMethodRows(), netHTTPServeFileRows(), netHTTPNameRows(), netHTTPFieldRows(), netHTTPContentRows(), netHTTPConditionRows(), netHTTPErrorRows(), netHTTPTagRows(), netHTTPFSRows())
}

// named is a handler that sends one file, whatever is asked for.
func named(name string) served {
	return served{around: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.(*static.Handler).ServeName(w, r, name) })
	}}
}

func netHTTPRangeRows() []row {
	const whole = "0123456789X"
	s := named("eleven.txt")
	rows := []row{
		same(51, "no range", s.get("/").gives(200, whole, "Content-Range")),
		same(56, "the first byte and the last two", s.get("/", "Range: bytes=0-0,-2").givesParts("0", "9X")),
		same(57, "two ranges", s.get("/", "Range: bytes=0-1,5-8").givesParts("01", "5678")),
		same(58, "two ranges, one up to the end", s.get("/", "Range: bytes=0-1,5-").givesParts("01", "56789X")),
		differs(60, "ranges that ask for more than there is", "several ranges", s.get("/", "Range: bytes=0-,1-,2-,3-,4-").gives(206, whole, "Content-Range: bytes 0-10/11")),
	}
	for _, r := range []struct {
		line        int
		field, body string
		contents    string
	}{
		{52, "bytes=0-4", "01234", "0-4"},
		{53, "bytes=2-", "23456789X", "2-10"},
		{54, "bytes=-5", "6789X", "6-10"},
		{55, "bytes=3-7", "34567", "3-7"},
		{59, "bytes=5-1000", "56789X", "5-10"},
		{61, "bytes=0-9", "0123456789", "0-9"},
		{62, "bytes=0-10", whole, "0-10"},
		{63, "bytes=0-11", whole, "0-10"},
		{64, "bytes=10-11", "X", "10-10"},
		{65, "bytes=10-", "X", "10-10"},
	} {
		rows = append(rows, same(r.line, "the range "+r.field, s.get("/", "Range: "+r.field).gives(206, r.body, "Content-Range: bytes "+r.contents+"/11")))
	}
	for i, field := range []string{"bytes=11-", "bytes=11-12", "bytes=12-12", "bytes=11-100", "bytes=12-100", "bytes=100-", "bytes=100-1000"} {
		rows = append(rows, same(66+i, "the range "+field, s.get("/", "Range: "+field).gives(416, outside)))
	}
	html := served{}
	for _, r := range []struct {
		line   int
		field  string
		status int
		body   string
	}{
		{1532, "bytes=--6", 200, "<p>name</p>"},
		{1533, "bytes=--0", 200, "<p>name</p>"},
		{1534, "bytes=---0", 200, "<p>name</p>"},
		{1537, "bytes=-6-", 200, "<p>name</p>"},
		{1538, "bytes=-0", 416, outside},
	} {
		rows = append(rows, differs(r.line, "the range "+r.field, "bad ranges", html.get("/name.html", "Range: "+r.field).gives(r.status, r.body)))
	}
	return append(rows,
		same(1535, "the last six bytes", html.get("/name.html", "Range: bytes=-6").gives(206, "me</p>")),
		same(1536, "all but the first six bytes", html.get("/name.html", "Range: bytes=6-").gives(206, "e</p>")),
		same(1539, "no range in a Range", html.get("/name.html", "Range: bytes=").gives(200, "<p>name</p>")))
}

func netHTTPMethodRows() []row {
	one, all := named("name.txt"), served{}
	rows := []row{
		same(118, "HEAD of a named file", one.of("HEAD", "/").gives(200, "", "Content-Length: 4")),
		same(1585, "HEAD of a file of a folder", all.of("HEAD", "/name.txt").gives(200, "", "Content-Length: 4")),
	}
	for i, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
		rows = append(rows, same(101+i, method+" of a named file", one.of(method, "/").gives(200, "text")))
		line := 1585 + i
		if method == "GET" {
			rows = append(rows, same(1584, "GET of a file of a folder", all.of(method, "/name.txt").gives(200, "text", "Content-Length: 4")))
			continue
		}
		rows = append(rows, differs(line, method+" of a file of a folder", "methods", all.of(method, "/name.txt").gives(405, noMethod, "Allow: GET, HEAD")))
	}
	return rows
}

func netHTTPServeFileRows() []row {
	s := named("name.txt")
	var rows []row
	for i, target := range []string{"/testdata/file", "/../file", "/..", "/../", "/../foo", `/..\foo`, "/file/a", "/file/a..", "/file/a/..", `/file/a\..`} {
		c := func(t *testing.T, dir string) {
			r, err := http.ReadRequest(bufio.NewReader(strings.NewReader("GET " + target + " HTTP/1.1\r\nHost: files.example\r\n\r\n")))
			if err != nil {
				t.Fatal(err)
			}
			w := httptest.NewRecorder()
			s.handler(t, dir).ServeHTTP(w, r)
			want(t, w.Result(), 200, "text")
		}
		if strings.HasPrefix(target, "/..") || strings.HasSuffix(target, "/..") || strings.HasSuffix(target, `\..`) {
			rows = append(rows, differs(212+i, "a named file, asked for as "+target, "ServeName", c))
			continue
		}
		rows = append(rows, same(212+i, "a named file, asked for as "+target, c))
	}
	redirects := static.Options{RedirectFolders: true}
	empty := served{around: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.(*static.Handler).ServeContent(w, r, static.Content{Reader: strings.NewReader(""), ModTime: past})
		})
	}}
	return append(rows,
		differs(238, "a named folder, asked for without a path", "redirects", func(t *testing.T, dir string) {
			r := httptest.NewRequest("GET", "/", nil)
			r.URL.Path = ""
			w := httptest.NewRecorder()
			named("folder").handler(t, dir).ServeHTTP(w, r)
			want(t, w.Result(), 200, "<p>index</p>")
		}),
		same(252, "a range of nothing", empty.get("/", "Range: bytes=0-128").gives(200, "")),
		same(253, "a range of nothing that begins later", empty.get("/", "Range: bytes=1-").gives(200, "")),
		differs(273, "an index is redirected to its folder", "redirects", served{options: redirects}.get("/folder/index.html").gives(200, "<p>index</p>", "Location")),
		same(274, "a folder is redirected to its slash", mounted("/test", "", redirects).leads("/test/folder", "/test/folder/")),
		differs(275, "a file is redirected to no slash", "redirects", mounted("/test", "", redirects).get("/test/name.txt/").gives(404, missing, "Location")),
		same(561, "a folder of the working folder is redirected", served{options: static.Options{Roots: []static.Root{static.FS(os.DirFS(".")), static.FS(fstest.MapFS{"testdata/index.html": {}})}, RedirectFolders: true}}.leads("/testdata", "/testdata/")),
	)
}

// leads checks that a client that follows redirects gets from one path to another.
func (s served) leads(from, to string) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		srv := server(t, s.handler(t, dir))
		resp, err := srv.Client().Get(srv.URL + from)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if got := resp.Request.URL.Path; got != to || resp.StatusCode != 200 {
			t.Errorf("%s leads to %s, %d", from, got, resp.StatusCode)
		}
	}
}

func netHTTPNameRows() []row {
	s, below := served{}, served{below: "folder"}
	const noListings = "there are no listings"
	rows := []row{
		same(312, "a name", s.get("/name.txt").gives(200, "text")),
		same(313, "a name behind two slashes", s.answers("//name.txt", 200, "text")),
		differs(314, "a name above the root", "what is not served", s.get("/../name.txt").gives(404, missing)),
		none("names in a listing", noListings, 334, 335, 336, 337, 338),
		none("the order of a listing", noListings, 375),
		differs(443, "a folder without an index", "folders", mounted("/bar/", "empty", static.Options{}).get("/bar/").gives(404, missing)),
		same(446, "a name whose slash was stripped", mounted("/bar/", "", static.Options{}).get("/bar/name.txt").gives(200, "text")),
		differs(482, "a root that is a file, and no name", "roots", refused("Roots[0]", root("name.txt"))),
		differs(483, "a root that is a file, and a slash", "roots", refused("Roots[0]", root("name.txt"))),
		differs(484, "a root that is a file, and a way up", "roots", refused("Roots[0]", root("name.txt"))),
		differs(496, "a root without a name", "roots", refused("Roots[0]", func(string) static.Options { return static.Options{Roots: []static.Root{static.Dir("")}} })),
		same(497, "the working folder", working(".")),
		same(498, "the working folder with a slash", working("./")),
		same(545, "a named file of the working folder", working(".")),
		same(712, "a zero byte in the request line", func(t *testing.T, dir string) {
			resp, _ := raw(t, server(t, s.handler(t, dir)).Listener.Addr().String(), "GET /..\x00 HTTP/1.0\r\n\r\n")
			if resp.StatusCode != 400 {
				t.Errorf("got %d", resp.StatusCode)
			}
		}),
		same(741, "a zero byte behind a name", s.answers("/name.txt%00", 404, missing)),
		same(742, "a zero byte", s.answers("/%00", 404, missing)),
		same(743, "a zero byte below a file", s.answers("/name.txt/qwe/%00", 404, missing)),
		same(761, "the root by its own name", below.answers("/../folder/a.txt", 404, missing)),
		same(762, "a device of Windows", s.answers("/NUL", 404, missing)),
	}
	for i, base := range []string{"/", ""} {
		for j, name := range []string{"/a.txt", "a.txt"} {
			rows = append(rows, same(473+3*i+j, fmt.Sprintf("%q in a root that ends in %q", name, base), byName(base, name, true)))
		}
		rows = append(rows, differs(475+3*i, fmt.Sprintf("a way up in a root that ends in %q", base), "what is not served", byName(base, "../../../../a.txt", false)))
	}
	return rows
}

// working checks that a path names the working folder.
func working(path string) check {
	return func(t *testing.T, _ string) {
		t.Helper()
		if _, err := handler(t, static.Options{Roots: []static.Root{static.Dir(path)}}).Resolve("suites_test.go"); err != nil {
			t.Error(err)
		}
	}
}

// byName checks whether a name is found in a root whose path ends in end.
func byName(end, name string, found bool) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		h := handler(t, static.Options{Roots: []static.Root{static.Dir(filepath.Join(dir, "folder") + end)}})
		if f, err := h.Resolve(name); (err == nil) != found || found && f.Size != 11 {
			t.Errorf("got %+v, %v", f, err)
		}
	}
}

func netHTTPFieldRows() []row {
	s := served{}
	leftOut := func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header()["Content-Type"] = []string{}
			h.ServeHTTP(w, r)
		})
	}
	index := func(r static.Root) check {
		s := served{options: static.Options{Roots: []static.Root{r}}}
		return all(s.get("/folder/").gives(200, "hello"), s.get("/folder/index.html").gives(200, "hello"))
	}
	files := fstest.MapFS{"folder/index.html": {Data: []byte("hello"), ModTime: past}}
	return []row{
		same(524, "a type with its charset", s.get("/name.txt").gives(200, "text", "Content-Type: text/plain; charset=utf-8")),
		same(525, "the type that a wrapper has set", served{around: setting("Content-Type: icecream/chocolate")}.get("/name.txt").gives(200, "text", "Content-Type: icecream/chocolate")),
		same(526, "no type, since a wrapper says so", served{around: leftOut}.answers("/name.txt", 200, "text", "Content-Type")),
		same(529, "the type of a style sheet", s.get("/style.css").gives(200, "p { a }\n", "Content-Type: text/css; charset=utf-8")),
		same(579, "no length under a Content-Encoding", served{around: setting("Content-Encoding: foo")}.get("/name.txt").gives(200, "text", "Content-Length", "Content-Encoding: foo")),
		same(606, "a 304 with fields that a wrapper has set", served{around: setting("Content-Type: application/json", "Content-Encoding: foo", `ETag: "123"`)}.get("/name.txt", `If-None-Match: "123"`).
			gives(304, "", "Content-Length", "Content-Type", "Content-Encoding", `ETag: "123"`)),
		same(655, "an index, of a folder and of a file system", func(t *testing.T, _ string) {
			dir := tree(t, map[string]string{"folder/index.html": "hello"})
			index(static.Dir(dir))(t, dir)
			index(static.FS(os.DirFS(dir)))(t, dir)
		}),
		same(690, "an index of a file system", index(static.FS(files))),
		same(845, "an index has a date of its own", func(t *testing.T, _ string) {
			files := fstest.MapFS{"folder": {Mode: fs.ModeDir | 0o755, ModTime: time.Unix(123, 0)}, "folder/index.html": {Data: []byte("hello"), ModTime: past}}
			h := handler(t, static.Options{Roots: []static.Root{static.FS(files)}})
			date := past.Format(http.TimeFormat)
			resp := ask(h, "GET", "/folder/")
			want(t, resp, 200, "hello")
			wantField(t, resp, "Last-Modified", date)
			want(t, ask(h, "GET", "/folder/", "If-Modified-Since: "+date), 304, "")
			files["folder/index.html"] = &fstest.MapFile{Data: []byte("hello"), ModTime: past.Add(time.Hour)}
			want(t, ask(h, "GET", "/folder/", "If-Modified-Since: "+date), 200, "hello")
		}),
		same(1665, "a wrapper that compresses", served{around: compressing}.compressedAnswer("/name.txt", "text")),
	}
}

// compressedAnswer checks what a client that decompresses gets.
func (s served) compressedAnswer(target, body string) check {
	return func(t *testing.T, dir string) {
		t.Helper()
		srv := server(t, s.handler(t, dir))
		resp, err := srv.Client().Get(srv.URL + target)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		want(t, resp, 200, body)
	}
}

const sheet = "p { a }\n"

// sent is a handler that sends a style sheet by ServeContent, behind a wrapper that
// sets fields. Its type has a charset by option.
func sent(modified time.Time, fields ...string) served {
	return served{options: static.Options{Types: map[string]string{".css": "text/css; charset=utf-8"}}, around: func(h http.Handler) http.Handler {
		return with(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.(*static.Handler).ServeContent(w, r, static.Content{Reader: strings.NewReader(sheet), Name: "style.css", ModTime: modified})
		}), fields...)
	}}
}

// both checks the responses to GET and HEAD, which differ only in the body.
func (s served) both(request []string, status int, body string, fields ...string) check {
	return all(s.get("/", request...).gives(status, body, fields...), s.of("HEAD", "/", request...).gives(status, "", fields...))
}

// sending is the fields of a request.
type sending = []string

func netHTTPContentRows() []row {
	never := time.Time{}
	tagged := sent(never, `ETag: "A"`)
	date, later := past.Format(http.TimeFormat), past.Add(time.Second).Format(http.TimeFormat)
	const css = "Content-Type: text/css; charset=utf-8"
	// net/http answers a range of HEAD, which is ignored here, so these cases hold
	// for GET only.
	part := func(s served, request []string, fields ...string) check {
		return all(s.get("/", request...).gives(206, sheet[:5], append(fields, css, "Content-Range: bytes 0-4/8")...), s.of("HEAD", "/", request...).gives(200, "", "Content-Range"))
	}
	return []row{
		same(956, "content without a date", sent(never).both(nil, 200, sheet, css, "Last-Modified")),
		same(961, "content with one", sent(past).both(nil, 200, sheet, css, "Last-Modified: "+date)),
		same(968, "If-Modified-Since of the date", sent(past, `ETag: "foo"`).both(sending{"If-Modified-Since: " + date}, 304, "", "Content-Type", "Last-Modified")),
		same(977, "and of content with a type", sent(past, `ETag: "foo"`, "Content-Type: text/css").both(sending{"If-Modified-Since: " + date}, 304, "", "Content-Type", "Last-Modified")),
		same(987, "If-None-Match of the tag", sent(never, `ETag: "foo"`).both(sending{`If-None-Match: "foo"`}, 304, "", "Content-Type")),
		same(995, "and without a look at the content", func(t *testing.T, dir string) {
			served{around: func(h http.Handler) http.Handler {
				return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					h.(*static.Handler).ServeContent(w, r, static.Content{Reader: unsought{t}, ETag: `W/"foo"`})
				})
			}}.both(sending{`If-None-Match: "baz", W/"foo"`}, 304, "")(t, dir)
		}),
		same(1003, "If-None-Match of another tag", sent(never, `ETag: "foo"`).both(sending{`If-None-Match: "Foo"`}, 200, sheet, css)),
		same(1012, "If-None-Match of none", sent(never, `ETag: "foo"`).both(sending{"If-None-Match: ,"}, 200, sheet, css)),
		differs(1021, "a range", "ranges of HEAD", part(tagged, sending{"Range: bytes=0-4"})),
		differs(1031, "If-Range of the tag", "ranges of HEAD", part(tagged, sending{"Range: bytes=0-4", `If-Range: "A"`})),
		same(1042, "If-Range of a weak tag", sent(never, `ETag: W/"A"`).both(sending{"Range: bytes=0-4", `If-Range: W/"A"`}, 200, sheet, css, "Content-Range")),
		differs(1052, "a range outside", "ranges of HEAD", all(
			tagged.get("/", "Range: bytes=10-20").gives(416, outside, "Content-Type: text/plain; charset=utf-8", "Content-Range: bytes */8"),
			tagged.of("HEAD", "/", "Range: bytes=10-20").gives(200, "", css))),
		same(1064, "If-Range of another tag", tagged.both(sending{"Range: bytes=0-4", `If-Range: "B"`}, 200, sheet, css, "Content-Range")),
		differs(1074, "If-Range of the date", "ranges of HEAD", part(sent(past), sending{"Range: bytes=0-4", "If-Range: " + date}, "Last-Modified: "+date)),
		same(1086, "If-Range of another date", sent(past).both(sending{"Range: bytes=0-4", "If-Range: " + later}, 200, sheet, css, "Content-Range", "Last-Modified: "+date)),
		differs(1097, "If-Range of a date whose second had begun", "ranges of HEAD", part(sent(past.Add(123)), sending{"Range: bytes=0-4", "If-Range: " + date}, "Last-Modified: "+date)),
		differs(1109, "content of the epoch, without a name", "types", served{around: func(h http.Handler) http.Handler {
			return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h.(*static.Handler).ServeContent(w, r, static.Content{Reader: strings.NewReader("<html>foo"), ModTime: time.Unix(0, 0)})
			})
		}}.both(nil, 200, "<html>foo", "Content-Type: application/octet-stream", "Last-Modified")),
	}
}

func netHTTPConditionRows() []row {
	never := time.Time{}
	tagged := sent(never, `ETag: "A"`)
	date, before := past.Format(http.TimeFormat), past.Add(-2*time.Second).Format(http.TimeFormat)
	const css, plain = "Content-Type: text/css; charset=utf-8", "Content-Type: text/plain; charset=utf-8"
	return []row{
		same(1115, "If-Match with the tag in a list", tagged.both(sending{`If-Match: "Z", "A"`}, 200, sheet, css)),
		same(1124, "If-Match with a star", tagged.both(sending{"If-Match: *"}, 200, sheet, css)),
		differs(1133, "If-Match of another tag", "errors", tagged.both(sending{`If-Match: "B"`}, 412, unmatched, plain)),
		differs(1141, "If-Match of a weak tag", "errors", sent(never, `ETag: W/"A"`).both(sending{`If-Match: W/"A"`}, 412, unmatched, plain)),
		same(1149, "If-Unmodified-Since of the date", sent(past).both(sending{"If-Unmodified-Since: " + date}, 200, sheet, css, "Last-Modified: "+date)),
		differs(1159, "If-Unmodified-Since of an earlier date", "errors", sent(past).both(sending{"If-Unmodified-Since: " + before}, 412, unmatched, plain, "Last-Modified")),
	}
}

func netHTTPErrorRows() []row {
	files := fstest.MapFS{"a": {Data: []byte("a"), ModTime: past}}
	const about = `ETag: "v1"`
	errs := func(root fs.FS, target string, status int, body string) check {
		return served{options: static.Options{Roots: []static.Root{static.FS(root)}}, around: setting(about, "Cache-Control: yes", "Content-Type: awesome", "Last-Modified: yesterday")}.
			get(target).gives(status, body, "ETag", "Last-Modified", "Cache-Control: no-store")
	}
	headers := served{around: func(h http.Handler) http.Handler {
		return with(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.(*static.Handler).ServeContent(w, r, static.Content{Reader: strings.NewReader("content")})
		}), "Content-Type: application/octet-stream", "Content-Length: 7", `ETag: "abcdefgh"`, "Last-Modified: Wed, 21 Oct 2015 07:28:00 GMT", "Cache-Control: immutable", "Other-Header: test")
	}}
	const setting = "there is no switch for what net/http did before Go 1.23"
	return []row{
		differs(1226, "a file of which the system may not tell anything", "what is not served", served{options: static.Options{Roots: []static.Root{static.FS(untold{files})}}}.get("/a").gives(404, missing)),
		differs(1249, "errors after fields that were set before", "errors", all(
			errs(failing{FS: files, open: fs.ErrPermission}, "/a", 404, missing), errs(files, "/404", 404, missing), errs(failing{FS: files, open: fs.ErrClosed}, "/a", 503, "that file cannot be read now"))),
		none("the fields stay, by an environment variable", setting, 1252, 1752),
		otherwise(1302, "the system sends a file of 1 KiB itself", "files of more than 16 KiB; smaller ones are sent in one write with the header", func(t *testing.T, _ string) {
			large := strings.Repeat("a", 300_000)
			w := &recording{ResponseRecorder: httptest.NewRecorder()}
			handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"large": large}))}, CacheBytes: -1}).ServeHTTP(w, httptest.NewRequest("GET", "/large", nil))
			want(t, w.Result(), 200, large)
			if len(w.from) != 1 {
				t.Fatalf("got %d reads, want 1", len(w.from))
			}
			limited, ok := w.from[0].(*io.LimitedReader)
			if !ok {
				t.Fatalf("got a %T, want what net/http hands to the system", w.from[0])
			}
			if _, ok := limited.R.(*os.File); !ok {
				t.Errorf("got a limited %T, want the file itself", limited.R)
			}
		}),
		differs(1749, "a range outside, after fields that were set before", "errors", headers.get("/", "Range: bytes=100-10000").gives(416, outside,
			"Content-Type: text/plain; charset=utf-8", fmt.Sprintf("Content-Length: %d", len(outside)), "Content-Encoding", "ETag", "Last-Modified", "Cache-Control: no-store", "Content-Range: bytes */7", "Other-Header: test")),
	}
}

// untold is a file system in which Stat is not permitted.
type untold struct{ fs.FS }

func (u untold) Stat(name string) (fs.FileInfo, error) {
	return nil, &fs.PathError{Op: "stat", Path: name, Err: fs.ErrPermission}
}

func netHTTPTagRows() []row {
	valid := func(is bool, tag string) check {
		return func(t *testing.T, _ string) {
			if httpfield.IsTag(tag) != is {
				t.Errorf("%s: got %t, want %t", tag, !is, is)
			}
		}
	}
	return []row{
		same(1502, "a weak tag", valid(true, `W/"etag-1"`)),
		same(1503, "a strong tag", valid(true, `"etag-2"`)),
		same(1504, "the first tag of two", func(t *testing.T, _ string) {
			list := []string{`"etag-1", "etag-2"`}
			if !httpfield.AnyTag(list, `"etag-1"`, httpfield.StrongMatch) || !httpfield.AnyTag(list, `"etag-2"`, httpfield.StrongMatch) || httpfield.AnyTag(list, `"etag-3"`, httpfield.StrongMatch) {
				t.Error("got another tag than the two of the list")
			}
		}),
		same(1505, "nothing", valid(false, "")),
		same(1506, "a prefix alone", valid(false, "W/")),
		same(1507, "a tag that does not end", valid(false, `W/"truc`)),
		same(1508, "a prefix in lower case", valid(false, `w/"case-sensitive"`)),
		same(1509, "a tag with a blank", valid(false, `"spaced etag"`)),
	}
}

func netHTTPFSRows() []row {
	below := func(root func(dir string) static.Root) check {
		return func(t *testing.T, dir string) {
			h := handler(t, static.Options{Roots: []static.Root{root(dir)}})
			want(t, ask(h, "GET", "/page.html/not-a-file"), 404, missing)
			for _, name := range []string{"/page.html/not-a-file", "/page.html/not-a-dir/not-a-file"} {
				if _, err := h.Resolve(name); err == nil || !strings.Contains(err.Error(), "not found") {
					t.Errorf("%s: got %v, want ErrNotFound", name, err)
				}
			}
		}
	}
	page := static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"index.html": {Data: []byte("hello")}})}}
	return []row{
		same(1405, "a path below a file of a folder", below(func(dir string) static.Root { return static.Dir(dir) })),
		same(1408, "a path below a file of a file system", below(func(dir string) static.Root { return static.FS(os.DirFS(dir)) })),
		same(1463, "the index of the root", served{options: page}.get("/").gives(200, "hello")),
		same(1464, "a folder is redirected to its slash", served{options: static.Options{RedirectFolders: true}}.leads("/folder", "/folder/")),
		same(1465, "the index of a folder", served{}.get("/folder/").gives(200, "<p>index</p>")),
		same(1617, "a file of a file system", served{options: page}.get("/index.html").gives(200, "hello")),
		same(1640, "a named file of a file system", served{options: page, around: named("index.html").around}.get("/any").gives(200, "hello")),
		differs(1739, "a root that is a file", "roots", refused("Roots[0]", root("page.html"))),
		differs(1743, "a file system that is a file", "roots", func(t *testing.T, dir string) {
			h := handler(t, static.Options{Roots: []static.Root{static.FS(os.DirFS(filepath.Join(dir, "page.html")))}})
			want(t, ask(h, "GET", "/"), 404, missing)
		}),
	}
}
