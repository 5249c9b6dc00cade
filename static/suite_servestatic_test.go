package static_test

import (
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func serveStaticRows() []row {
	return slices.Concat(serveStaticBasicRows(), serveStaticOptionRows(), serveStaticNextRows(), serveStaticRedirectRows(), serveStaticRangeRows(), serveStaticMountRows())
}

func serveStaticBasicRows() []row {
	s := served{}
	return []row{
		otherwise(20, "a root is required", "static.Dir refuses none; options without roots find nothing", refused("Roots[0]", func(string) static.Options { return static.Options{Roots: []static.Root{static.Dir("")}} })),
		none("a root of a wrong type", compiles, 24),
		same(28, "a file", s.get("/name.txt").gives(200, "text")),
		same(34, "a file in a folder", s.get("/folder/a.txt").gives(200, "in a folder")),
		same(40, "a type with its charset", s.get("/name.txt").gives(200, "text", "Content-Type: text/plain; charset=utf-8")),
		same(47, "Last-Modified", s.get("/name.txt").gives(200, "text", `Last-Modified: /\d{2} \w{3} \d{4} .*$/`)),
		differs(54, "the age is 0 by default", "Cache-Control", s.get("/name.txt").gives(200, "text", "Cache-Control: max-age=60, must-revalidate, public")),
		same(61, "an encoded path", s.get("/some%20thing.txt").gives(200, "spaced")),
		same(69, "a path that looks like a host with a user", s.answers("//name@txt", 404, missing)),
		same(75, "an index", s.get("/folder/").gives(200, "<p>index</p>", "Content-Type: text/html; charset=utf-8")),
		same(83, "up and down within the root", s.get("/folder/../name.txt").gives(200, "text")),
		same(89, "HEAD", s.of("HEAD", "/name.txt").gives(200, "")),
		differs(97, "POST is for the next handler", "methods", all(
			s.of("POST", "/name.txt").gives(405, noMethod), next(static.Options{}).of("POST", "/name.txt").gives(405, noMethod), next(static.Options{}).of("POST", "/none").gives(404, "next"))),
		same(103, "a 304", s.get("/name.txt", "If-None-Match: <ETag>").gives(304, "")),
		same(115, "a 412", s.get("/name.txt", `If-Match: "foo"`).gives(412, unmatched)),
		same(122, "an empty file", s.get("/empty.txt").gives(200, "")),
		same(128, "a hidden file", s.get("/.hidden.txt").gives(404, missing)),
		same(141, "the current folder as the root", func(t *testing.T, _ string) {
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(".")}})
			if resp := ask(h, "GET", "/testdata/suites.txt"); resp.StatusCode != 200 {
				t.Errorf("got %d", resp.StatusCode)
			}
		}),
	}
}

// next is a handler that passes what is not found on to another one.
func next(o static.Options) served {
	o.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { http.Error(w, "next", http.StatusNotFound) })
	return served{options: o, around: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(trimmed{w}, r) })
	}}
}

// trimmed leaves out the newline that http.Error adds.
type trimmed struct{ http.ResponseWriter }

func (w trimmed) Write(p []byte) (int, error) {
	_, err := w.ResponseWriter.Write([]byte(strings.TrimSuffix(string(p), "\n")))
	return len(p), err
}

func serveStaticOptionRows() []row {
	s, clean := served{}, served{options: static.Options{CleanURLs: true}}
	noRanges, noCache := served{options: static.Options{MaxRanges: -1}}, served{options: static.Options{DisableCacheControl: true}}
	aged := func(o static.Options, value string) check {
		return served{options: o}.get("/letters.txt").gives(200, "abcdefghi", "Cache-Control: "+value)
	}
	return []row{
		same(151, "no Accept-Ranges, by option", noRanges.get("/letters.txt").gives(200, "abcdefghi", "Accept-Ranges")),
		same(158, "and no ranges then", noRanges.get("/letters.txt", "Range: bytes=0-3").gives(200, "abcdefghi", "Accept-Ranges", "Content-Range")),
		same(169, "Accept-Ranges", s.get("/letters.txt").gives(200, "abcdefghi", "Accept-Ranges: bytes")),
		same(176, "a range", s.get("/letters.txt", "Range: bytes=0-3").gives(206, "abcd", "Accept-Ranges: bytes", "Content-Range: bytes 0-3/9")),
		same(189, "no Cache-Control, by option", noCache.get("/letters.txt").gives(200, "abcdefghi", "Cache-Control")),
		otherwise(196, "and no age then", "New refuses both together", refused("MaxAge", func(string) static.Options {
			return static.Options{DisableCacheControl: true, MaxAge: 12 * time.Second}
		})),
		differs(205, "Cache-Control", "Cache-Control", aged(static.Options{}, "max-age=60, must-revalidate, public")),
		same(215, "no extension is added", s.get("/page").gives(404, missing)),
		differs(223, "an extension that is added, by option", "clean URLs", all(clean.get("/page").gives(200, "<p>page</p>"), clean.get("/letters").gives(404, missing))),
		same(231, "and switched off", s.get("/name").gives(404, missing)),
		differs(239, "several extensions, of which the first is taken that is there", "clean URLs", clean.get("/name").gives(200, "<p>name</p>")),
		same(247, "none is there", clean.get("/nobody").gives(404, missing)),
		same(407, "a hidden file that is allowed", served{options: static.Options{AllowHidden: []string{".hidden.txt"}}}.get("/.hidden.txt").gives(200, "secret")),
		differs(417, "not immutable by default", "Cache-Control", aged(static.Options{}, "max-age=60, must-revalidate, public")),
		differs(423, "immutable, by option", "Cache-Control", aged(static.Options{Cache: []static.CacheRule{{Pattern: "*.txt", Immutable: true, MaxAge: time.Hour}}}, "max-age=3600, immutable, public")),
		differs(432, "no Last-Modified, by option", "Last-Modified", s.get("/letters.txt").gives(200, "abcdefghi", "Last-Modified: /GMT$/")),
		same(441, "Last-Modified", s.get("/letters.txt").gives(200, "abcdefghi", `Last-Modified: /^\w{3}, \d+ \w+ \d+ \d+:\d+:\d+ \w+$/`)),
		differs(451, "thirty days, as a string", "Cache-Control", aged(static.Options{MaxAge: 30 * 24 * time.Hour}, "max-age=2592000, must-revalidate, public")),
		differs(458, "an age without end is a year", "Cache-Control", aged(static.Options{MaxAge: 1<<63 - 1}, "max-age=9223372036, must-revalidate, public")),
	}
}

func serveStaticNextRows() []row {
	s, passes, slash := served{}, next(static.Options{}), next(static.Options{RedirectFolders: true})
	long := refused("Roots[0]", root(strings.Repeat("/foobar", 1000)))
	if runtime.GOOS == "windows" { // it reports a missing folder, which may appear later
		long = served{below: strings.Repeat("/foobar", 1000)}.get("/").gives(404, missing)
	}
	return []row{
		same(257, "what is not found is for the next handler", passes.get("/none").gives(404, "next")),
		differs(268, "OPTIONS is for the next handler", "methods", passes.of("OPTIONS", "/name.txt").gives(405, noMethod, "Allow: GET, HEAD")),
		differs(274, "a malformed path is for the next handler", "what is not served", all(passes.answers("/%", 400, "400 Bad Request"), passes.get("/%ff").gives(404, "next"))),
		same(280, "a path above the root is for the next handler", passes.get("/folder/../../name.txt").gives(404, "next")),
		differs(286, "the path of the root is too long", "roots", long),
		same(299, "a folder without an index is for the next handler", slash.get("/empty/").gives(404, "next")),
		differs(305, "and redirected to its slash before", "redirects", slash.get("/empty").gives(404, "next", "Location")),
		same(317, "without redirects too", passes.get("/empty/").gives(404, "next")),
		same(323, "and without the slash", passes.get("/empty").gives(404, "next")),
		same(336, "OPTIONS without a next handler", s.of("OPTIONS", "/name.txt").gives(405, noMethod, "Allow: GET, HEAD")),
		otherwise(343, "a malformed path without one", "net/http refuses it", s.answers("/%", 400, "400 Bad Request")),
		differs(349, "a path above the root without one", "what is not served", s.get("/folder/../../name.txt").gives(404, missing)),
		differs(355, "the path of the root is too long, without one", "roots", long),
		same(368, "a folder without an index, without one", served{options: static.Options{RedirectFolders: true}}.get("/empty/").gives(404, missing)),
		differs(374, "and redirected to its slash before", "redirects", served{options: static.Options{RedirectFolders: true}}.get("/empty").gives(404, missing, "Location")),
		same(386, "without redirects too", s.get("/empty/").gives(404, missing)),
		same(392, "and without the slash", s.get("/empty").gives(404, missing)),
	}
}

func serveStaticRedirectRows() []row {
	s := served{options: static.Options{RedirectFolders: true}}
	const how = "a writer around the handler's sees the status"
	own := served{around: forFiles(), options: static.Options{RedirectFolders: true}}
	absent := served{below: "does_not_exist"}
	return []row{
		differs(474, "a folder", "redirects", s.get("/folder").gives(301, "moved", "Location: ./folder/")),
		differs(481, "the redirect has a link", "redirects", s.get("/folder").gives(301, "moved", "Location: ./folder/")),
		differs(488, "the query is kept", "redirects", s.get("/folder?name=john").gives(301, "moved", "Location: ./folder/?name=john")),
		differs(495, "the redirect of //folder leads to no host", "redirects", s.answers("//folder", 301, "moved", "Location: ./folder/")),
		differs(502, "the redirect is encoded", "redirects", s.get("/snow%20%E2%98%83").gives(301, "moved", "Location: ./snow%20%E2%98%83/")),
		differs(510, "the redirect has a Content-Security-Policy", "errors", s.get("/folder").gives(301, "moved", "Content-Security-Policy", "X-Content-Type-Options: nosniff")),
		same(517, "the root has its slash", s.get("/").gives(404, missing, "Location")),
		differs(529, "no redirects, by option", "folders", served{}.get("/folder").gives(200, "<p>index</p>")),
		none("an option of a wrong type", compiles, 538),
		otherwise(542, "a call before the header of a file", how, own.get("/letters.txt").gives(200, "abcdefghi", "X-Own: set")),
		otherwise(555, "none before that of a 404", how, own.get("/bogus").gives(404, missing, "X-Own")),
		otherwise(568, "none before that of a redirect", how, own.get("/folder").gives(301, "moved", "X-Own")),
		same(588, "a root that is not there", absent.get("/name.txt").gives(404, missing)),
		same(594, "and a path out of it", absent.get("/../name.txt").gives(404, missing)),
		differs(606, "an encoded path above the root", "what is not served", s.get("/folder/%2e%2e/%2e%2e/name.txt").gives(404, missing)),
		differs(612, "the root by its own name", "what is not served", func(t *testing.T, dir string) {
			want(t, ask(handler(t, root("")(dir)), "GET", "/folder/../../"+filepath.Base(dir)+"/name.txt"), 404, missing)
		}),
	}
}

func serveStaticRangeRows() []row {
	ranged := func(field string) exchange { return served{}.get("/letters.txt", "Range: "+field) }
	return []row{
		same(625, "bytes from the start", ranged("bytes=0-4").gives(206, "abcde")),
		same(632, "the last byte of a range belongs to it", ranged("bytes=0-0").gives(206, "a")),
		same(639, "Content-Range", ranged("bytes=2-5").gives(206, "cdef", "Content-Range: bytes 2-5/9")),
		same(646, "the last bytes", ranged("bytes=-3").gives(206, "ghi")),
		same(653, "bytes up to the end", ranged("bytes=3-").gives(206, "defghi")),
		same(660, "the status", ranged("bytes=0-4").gives(206, "abcde")),
		same(667, "the length", ranged("bytes=2-3").gives(206, "cd", "Content-Length: 2")),
		same(676, "an end behind the end", ranged("bytes=2-50").gives(206, "cdefghi", "Content-Range: bytes 2-8/9")),
		same(683, "and its length", ranged("bytes=2-50").gives(206, "cdefghi", "Content-Length: 7")),
		same(693, "a start behind the end", ranged("bytes=9-50").gives(416, outside)),
		same(700, "and the size then", ranged("bytes=9-50").gives(416, outside, "Content-Range: bytes */9")),
		same(710, "what is no range", ranged("asdf").gives(200, "abcdefghi")),
	}
}

func serveStaticMountRows() []row {
	slash := static.Options{RedirectFolders: true}
	off := static.Options{DisableIndex: true}
	noIndex := mounted("/static", "", off)
	return []row{
		differs(728, "the mounted folder itself is redirected", "redirects", mounted("/folder", "folder", slash).get("/folder").gives(301, "moved", "Location: ./folder/")),
		differs(745, "the redirect begins with where the handler is mounted", "redirects", mounted("/static", "", slash).get("/static/folder").gives(301, "moved", "Location: ./folder/")),
		differs(752, "a path that looks like a host with a user", "redirects", mounted("//name@txt", "folder", slash).answers("//name@txt", 301, "moved", "Location: ./name@txt/")),
		differs(775, "a root that is a file", "roots", refused("Roots[0]", root("name.txt"))),
		differs(781, "and a slash behind it", "roots", refused("Roots[0]", root("name.txt"))),
		none("a status that is set before", "a ResponseWriter has none until WriteHeader", 797),
		same(821, "no index, by option", noIndex.get("/static/folder/").gives(404, missing)),
		differs(827, "and a redirect to the slash before", "redirects", noIndex.get("/static/folder").gives(404, missing, "Location")),
		same(834, "where it is mounted", noIndex.get("/static/").gives(404, missing)),
		differs(840, "and without its slash", "redirects", noIndex.get("/static").gives(404, missing, "Location")),
	}
}
