package static_test

import (
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

const compiles = "the compiler checks types"

func sendRows() []row {
	return slices.Concat(sendFileRows(), sendEventRows(), sendConditionRows(), sendRangeRows(), sendOptionRows(), sendHiddenRows(), sendCacheRows(), sendIndexRows(), sendRootRows())
}

func sendFileRows() []row {
	s := served{}
	return []row{
		same(28, "a file and its length", s.get("/name.txt").gives(200, "text", "Content-Length: 4")),
		same(35, "an empty file", s.get("/empty.txt").gives(200, "", "Content-Length: 0")),
		same(42, "an encoded path", s.get("/some%20thing.txt").gives(200, "spaced")),
		same(48, "dots in a name", s.get("/do..ts.txt").gives(200, "dots")),
		differs(54, "bytes that are no UTF-8", "what is not served", s.get("/some%99thing.txt").gives(404, missing)),
		differs(60, "a zero byte", "what is not served", s.get("/some%00thing.txt").gives(404, missing)),
		same(66, "a name that is too long", s.get("/"+strings.Repeat("foobar", 99)).gives(404, missing)),
		none("fields after the header was sent", "net/http logs that, and the rest is the handler's", 73),
		same(85, "HEAD", s.of("HEAD", "/name.txt").gives(200, "", "Content-Length: 4")),
		differs(94, "an ETag, weak", "ETag", s.get("/name.txt").gives(200, "text", `ETag: /^"[^"]+"$/`)),
		same(101, "the date", s.answers("/name.txt", 200, "text", `Date: /^\w{3}, \d+ \w+ \d+ \d+:\d+:\d+ GMT$/`)),
		same(107, "Last-Modified", s.get("/name.txt").gives(200, "text", `Last-Modified: /^\w{3}, \d+ \w+ \d+ \d+:\d+:\d+ GMT$/`)),
		same(113, "Accept-Ranges", s.get("/name.txt").gives(200, "text", "Accept-Ranges: bytes")),
		same(119, "a file that is not there", s.get("/none").gives(404, missing)),
		otherwise(125, "the error of a missing file, for the program to answer", "Resolve returns it", func(t *testing.T, dir string) {
			if _, err := handler(t, root("")(dir)).Resolve("none"); !errors.Is(err, static.ErrNotFound) {
				t.Errorf("got %v, want ErrNotFound", err)
			}
		}),
		same(137, "the type that a wrapper has set", served{around: setting("Content-Type: application/x-own")}.get("/name.txt").gives(200, "text", "Content-Type: application/x-own")),
		same(147, "types and their charset", all(
			s.get("/name.txt").gives(200, "text", "Content-Type: text/plain; charset=utf-8"),
			s.get("/page.html").gives(200, "<p>page</p>", "Content-Type: text/html; charset=utf-8"))),
		same(160, "the type of a file without an extension", s.get("/bare").gives(200, "no extension", "Content-Type: application/octet-stream")),
		same(167, "a file that vanishes before it is opened", func(t *testing.T, _ string) {
			dir := tree(t, map[string]string{"a.txt": "a"})
			h := static.BetweenStatAndOpen(handler(t, root("")(dir)), func() {
				if err := os.Remove(filepath.Join(dir, "a.txt")); err != nil {
					t.Error(err)
				}
			})
			want(t, ask(h, "GET", "/a.txt"), 404, missing)
		}),
		differs(185, "a file that cannot be read once it is open", "failed reads", func(t *testing.T, _ string) {
			broken := failing{FS: fstest.MapFS{"a.txt": {Data: []byte("a"), ModTime: past}}, read: syscall.EIO}
			want(t, ask(handler(t, static.Options{Roots: []static.Root{static.FS(broken)}}), "GET", "/a.txt"), 503, "that file cannot be read now")
		}),
	}
}

// onStatus calls f before a response with that status begins.
func onStatus(status int, f func(w http.ResponseWriter)) func(http.Handler) http.Handler {
	return func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(&statusHook{ResponseWriter: w, status: status, f: f}, r)
		})
	}
}

type statusHook struct {
	http.ResponseWriter
	status int
	f      func(w http.ResponseWriter)
	begun  bool
}

func (s *statusHook) WriteHeader(status int) {
	if !s.begun && status == s.status {
		s.f(s.ResponseWriter)
	}
	s.begun = true
	s.ResponseWriter.WriteHeader(status)
}

func (s *statusHook) Write(p []byte) (int, error) {
	if !s.begun {
		s.WriteHeader(http.StatusOK)
	}
	return s.ResponseWriter.Write(p)
}

// forFiles sets a field of responses with status 200.
func forFiles() func(http.Handler) http.Handler {
	return onStatus(http.StatusOK, func(w http.ResponseWriter) { w.Header().Set("X-Own", "set") })
}

// resolves checks what Resolve returns for a file.
func resolves(is func(f static.File) bool) check {
	return func(t *testing.T, dir string) {
		f, err := handler(t, root("")(dir)).Resolve("name.txt")
		if err != nil || !is(f) {
			t.Errorf("got %+v, %v", f, err)
		}
	}
}

func sendEventRows() []row {
	const how = "a writer around the handler's sees the status"
	own := served{around: forFiles(), options: static.Options{RedirectFolders: true}}
	noFolder := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadRequest)
		io.WriteString(w, "no folder: "+r.URL.Path)
	})
	folders := served{options: static.Options{DisableIndex: true, NotFoundHandler: noFolder}}
	redirects := served{options: static.Options{RedirectFolders: true}}
	return []row{
		otherwise(203, "a call before the header of a file", how, own.get("/name.txt").gives(200, "text", "X-Own: set")),
		otherwise(216, "none before that of a 404", how, own.get("/none").gives(404, missing, "X-Own")),
		otherwise(229, "one before that of an index", how, own.get("/folder/").gives(200, "<p>index</p>", "X-Own: set")),
		otherwise(242, "none before that of a redirect", how, own.get("/folder").gives(301, "moved", "X-Own")),
		otherwise(255, "the call gets the name of the file", "Resolve", resolves(func(f static.File) bool { return f.Name == "name.txt" && f.Root == 0 })),
		otherwise(274, "and what the disk says of it", "Resolve", resolves(func(f static.File) bool { return f.Size == 4 && f.ModTime.Equal(past) })),
		otherwise(294, "the call changes fields", "a wrapper sets them first", served{around: setting("Cache-Control: no-cache", "Content-Type: text/x-own", `ETag: W/"own"`, "X-Created: now")}.get("/name.txt").
			gives(200, "text", "Cache-Control: no-cache", "Content-Type: text/x-own", `ETag: W/"own"`, "X-Created: now")),
		otherwise(321, "a call that answers for folders", "DisableIndex with NotFoundHandler", folders.get("/folder").gives(400, "no folder: /folder")),
		otherwise(338, "the call gets the path", "it is that of the request", folders.get("/empty").gives(400, "no folder: /empty")),
		differs(356, "a folder is redirected to its slash", "redirects", all(
			redirects.get("/folder").gives(301, "moved", "Location: ./folder/"), served{}.get("/folder").gives(200, "<p>index</p>", "Location"))),
		differs(363, "the redirect has a page", "redirects", redirects.get("/folder").gives(301, "moved", "Location: ./folder/", "Content-Type: text/plain; charset=utf-8")),
		differs(371, "the redirect has a Content-Security-Policy", "errors", redirects.get("/folder").gives(301, "moved", "Location: ./folder/", "Content-Security-Policy", "X-Content-Type-Options: nosniff")),
		differs(379, "the redirect of //folder leads to no host", "redirects", redirects.answers("//folder", 301, "moved", "Location: ./folder/")),
		differs(386, "the redirect is encoded", "redirects", redirects.get("/snow%20%E2%98%83").gives(301, "moved", "Location: ./snow%20%E2%98%83/")),
		differs(401, "a 404 has a page", "errors", served{}.get("/none").gives(404, missing, "Content-Type: text/html; charset=utf-8")),
		differs(407, "a 404 has a Content-Security-Policy", "errors", served{}.get("/none").gives(404, missing, "Content-Security-Policy", "X-Content-Type-Options: nosniff")),
		differs(414, "a 404 has no fields that were set before", "errors", served{around: setting("X-Own: kept", "Content-Language: de", `ETag: "v1"`)}.get("/none").gives(404, missing, "X-Own: kept", "Content-Language", "ETag")),
	}
}

func sendConditionRows() []row {
	s := served{}
	about := served{around: setting("Content-Language: de", "Content-Location: http://localhost/name.txt", "Content-Security-Policy: default-src 'self'", "Contents: own")}
	return []row{
		same(427, "a 304 has nothing that describes content", about.get("/name.txt", "If-None-Match: <ETag>").
			gives(304, "", "Content-Language", "Content-Length", "Content-Type", "Content-Location: http://localhost/name.txt", "Contents: own")),
		same(450, "and what else begins with Content", about.get("/name.txt", "If-None-Match: <ETag>").
			gives(304, "", "Content-Length", "Content-Type", "Content-Location: http://localhost/name.txt", "Content-Security-Policy: default-src 'self'")),
		same(472, "If-Match with a star", s.get("/name.txt", "If-Match: *").gives(200, "text")),
		same(479, "If-Match of other tags, in a list with gaps", s.get("/name.txt", `If-Match:  "foo",, "bar" ,`).gives(412, unmatched)),
		same(486, "If-Match with the tag in a list", s.get("/name.txt", `If-Match: "foo", "bar", <ETag>`).gives(200, "text")),
		same(500, "If-Modified-Since of the date", s.get("/name.txt", "If-Modified-Since: <Last-Modified>").gives(304, "")),
		same(512, "If-Modified-Since of an earlier date", s.get("/name.txt", "If-Modified-Since: <before Last-Modified>").gives(200, "text")),
		same(528, "If-None-Match of the tag", s.get("/name.txt", "If-None-Match: <ETag>").gives(304, "")),
		same(540, "If-None-Match of another tag", s.get("/name.txt", `If-None-Match: "123"`).gives(200, "text")),
		same(554, "If-Unmodified-Since of the date", s.get("/name.txt", "If-Unmodified-Since: <Last-Modified>").gives(200, "text")),
		same(566, "If-Unmodified-Since of an earlier date", s.get("/name.txt", "If-Unmodified-Since: <before Last-Modified>").gives(412, unmatched)),
		same(580, "If-Unmodified-Since that is no date", s.get("/name.txt", "If-Unmodified-Since: foo").gives(200, "text")),
	}
}

// part is a handler that sends the bytes from one to before another.
func part(from, to int64) served {
	const letters = "abcdefghi"
	return served{around: func(h http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			rest := io.NewSectionReader(strings.NewReader(letters), from, int64(len(letters))-from)
			h.(*static.Handler).ServeContent(w, r, static.Content{Reader: rest, Size: to - from, Name: "letters.txt"})
		})
	}}
}

func sendRangeRows() []row {
	s := served{}
	ranged := func(field string) exchange { return s.get("/letters.txt", "Range: "+field) }
	ifRange := func(validator string) exchange {
		return s.get("/letters.txt", "Range: bytes=0-0", "If-Range: "+validator)
	}
	const reader = "ServeContent sends any part of a reader"
	return []row{
		same(590, "bytes from the start", ranged("bytes=0-4").gives(206, "abcde")),
		same(597, "another unit", ranged("items=0-4").gives(200, "abcdefghi")),
		same(604, "the last byte of a range belongs to it", ranged("bytes=0-0").gives(206, "a")),
		same(611, "Content-Range", ranged("bytes=2-5").gives(206, "cdef", "Content-Range: bytes 2-5/9")),
		same(619, "the last bytes", ranged("bytes=-3").gives(206, "ghi")),
		same(626, "bytes up to the end", ranged("bytes=3-").gives(206, "defghi")),
		same(633, "the status", ranged("bytes=0-4").gives(206, "abcde")),
		same(640, "the length", ranged("bytes=2-3").gives(206, "cd", "Content-Length: 2")),
		same(649, "an end behind the end", ranged("bytes=2-50").gives(206, "cdefghi", "Content-Range: bytes 2-8/9")),
		same(657, "and its length", ranged("bytes=2-50").gives(206, "cdefghi", "Content-Length: 7")),
		same(667, "a start behind the end", ranged("bytes=9-50").gives(416, outside, "Content-Range: bytes */9")),
		otherwise(675, "the program answers that", "a writer around the handler's sees the status", served{around: onStatus(416, func(w http.ResponseWriter) {
			w.Header().Set("X-Content-Range", w.Header().Get("Content-Range"))
		})}.get("/letters.txt", "Range: bytes=9-50").gives(416, outside, "X-Content-Range: bytes */9")),
		same(695, "what is no range", ranged("asdf").gives(200, "abcdefghi", "Content-Range")),
		differs(704, "two ranges get the whole", "several ranges", ranged("bytes=1-1,3-").givesParts("b", "defghi")),
		same(712, "two ranges that touch", ranged("bytes=1-2,3-5").gives(206, "bcdef", "Content-Range: bytes 1-5/9")),
		same(722, "If-Range of the tag", ifRange("<ETag>").gives(206, "a")),
		same(737, "If-Range of another tag", ifRange(`"123"`).gives(200, "abcdefghi")),
		same(752, "If-Range of the date", ifRange("<Last-Modified>").gives(206, "a")),
		same(767, "If-Range of another date", ifRange("<before Last-Modified>").gives(200, "abcdefghi")),
		same(782, "If-Range of neither", ifRange("foo").gives(200, "abcdefghi")),
		otherwise(793, "a part of a file, by option", reader, part(3, 6).get("/").gives(200, "def")),
		otherwise(799, "a part that ends behind the end", reader, part(3, 90).get("/").gives(200, "defghi")),
		otherwise(805, "a range of a part", reader, part(0, 3).get("/", "Range: bytes=-2").gives(206, "bc")),
		otherwise(812, "a range outside of a part", reader, part(0, 3).get("/", "Range: bytes=5-9").gives(416, outside, "Content-Range: bytes */3")),
	}
}

func sendOptionRows() []row {
	plain, clean := served{}, served{options: static.Options{CleanURLs: true}}
	noRanges := served{options: static.Options{MaxRanges: -1}}
	return []row{
		same(824, "no Accept-Ranges, by option", noRanges.get("/letters.txt").gives(200, "abcdefghi", "Accept-Ranges")),
		same(831, "and no ranges then", noRanges.get("/letters.txt", "Range: bytes=0-2").gives(200, "abcdefghi", "Accept-Ranges", "Content-Range")),
		same(842, "no Cache-Control, by option", served{options: static.Options{DisableCacheControl: true}}.get("/name.txt").gives(200, "text", "Cache-Control")),
		otherwise(849, "and no age then", "New refuses both together", refused("MaxAge", func(string) static.Options {
			return static.Options{DisableCacheControl: true, MaxAge: time.Second}
		})),
		same(858, "no ETag, by option", served{options: static.Options{DisableETag: true}}.get("/name.txt").gives(200, "text", "ETag")),
		none("an option of a wrong type", compiles, 867, 873),
		same(879, "no extension is added", plain.get("/page").gives(404, missing)),
		differs(885, "extensions that are added, by option", "clean URLs", all(clean.get("/page").gives(200, "<p>page</p>"), clean.get("/do..ts").gives(404, missing))),
		same(891, "and switched off", plain.get("/name").gives(404, missing)),
		differs(897, "several extensions, of which the first is taken that is there", "clean URLs", clean.get("/name").gives(200, "<p>name</p>")),
		same(903, "none is there", clean.get("/nobody").gives(404, missing)),
		same(909, "a folder does not count", served{below: "empty", options: static.Options{CleanURLs: true}}.get("/a").gives(404, missing)),
		differs(915, "nothing is added to a name that has an extension", "clean URLs", clean.get("/twice.html").gives(200, "<p>twice</p>")),
		differs(923, "no Last-Modified, by option", "Last-Modified", plain.get("/name.txt").gives(200, "text", "Last-Modified: /GMT$/")),
	}
}

func sendHiddenRows() []row {
	plain, mine := served{}, served{below: ".mine"}
	allow := served{options: static.Options{AllowHidden: []string{".hidden.txt", ".mine"}}}
	hidden := func(target string) check { return plain.get(target).gives(404, missing) }
	rows := []row{
		same(932, "a hidden file", hidden("/.hidden.txt")),
		same(938, "a file in a hidden folder", hidden("/.mine/name.txt")),
		otherwise(944, "a setting that is none", "New refuses a name that is not hidden", refused("AllowHidden[0]", func(string) static.Options {
			return static.Options{AllowHidden: []string{"bogus"}}
		})),
		same(951, "a hidden file that is allowed", allow.get("/.hidden.txt").gives(200, "secret")),
		same(957, "a file in a hidden folder that is allowed", allow.get("/.mine/name.txt").gives(200, "mine")),
		same(963, "a hidden file that is not there", allow.get("/.nothere").gives(404, missing)),
		same(1019, "a root that is hidden itself, with a refusal", mine.get("/name.txt").gives(200, "mine")),
		same(1073, "a root that is hidden itself, without", mine.get("/name.txt").gives(200, "mine")),
	}
	for _, r := range []struct {
		denied, ignored int
		says, target    string
	}{
		{971, 1037, "a hidden file", "/.hidden.txt"},
		{977, 1043, "a hidden folder", "/.mine"},
		{983, 1049, "a hidden folder with a slash", "/.mine/"},
		{989, 1055, "a file in a hidden folder", "/.mine/name.txt"},
		{995, 1061, "a hidden file that is not there", "/.nothere"},
		{1001, 1067, "a hidden folder that is not there", "/.what/name.txt"},
		{1007, 0, "a hidden file in a folder", "/folder/.hidden"},
		{1013, 0, "a hidden file in a hidden folder", "/.mine/.hidden"},
	} {
		rows = append(rows, differs(r.denied, r.says+" is refused, by option", "what is not served", hidden(r.target)))
		if r.ignored != 0 {
			rows = append(rows, same(r.ignored, r.says+" is not found", hidden(r.target)))
		}
	}
	const noRoot = "there is no handler that serves the whole disk"
	return append(rows, none("a hidden folder in the path of a file without a root", noRoot, 1025, 1079))
}

func sendCacheRows() []row {
	aged := func(o static.Options, value string) check {
		return served{options: o}.get("/name.txt").gives(200, "text", "Cache-Control: "+value)
	}
	return []row{
		differs(1092, "not immutable by default", "Cache-Control", aged(static.Options{}, "max-age=60, must-revalidate, public")),
		differs(1098, "immutable, by option", "Cache-Control", aged(static.Options{Cache: []static.CacheRule{{Pattern: "*", Immutable: true, MaxAge: time.Hour}}}, "max-age=3600, immutable, public")),
		differs(1106, "the age is 0 by default", "Cache-Control", all(aged(static.Options{}, "max-age=60, must-revalidate, public"), aged(static.Options{MaxAge: -1}, "max-age=0, must-revalidate, public"))),
		differs(1112, "parts of a second are cut off", "Cache-Control", aged(static.Options{MaxAge: 123956 * time.Millisecond}, "max-age=123, must-revalidate, public")),
		differs(1118, "thirty days, as a string", "Cache-Control", aged(static.Options{MaxAge: 30 * 24 * time.Hour}, "max-age=2592000, must-revalidate, public")),
		differs(1124, "no more than a year", "Cache-Control", aged(static.Options{MaxAge: 2 * 365 * 24 * time.Hour}, "max-age=63072000, must-revalidate, public")),
	}
}

func sendIndexRows() []row {
	index := func(names ...string) served { return served{options: static.Options{Index: names}} }
	off := served{options: static.Options{DisableIndex: true}}
	return []row{
		none("an option of a wrong type", compiles, 1132, 1138),
		same(1144, "index.html by default", served{}.get("/folder/").gives(200, "<p>index</p>")),
		same(1150, "another index, by option", index("page.html").get("/").gives(200, "<p>page</p>")),
		differs(1156, "no index, by option", "folders", off.get("/folder/").gives(404, missing)),
		same(1162, "the first index that is there", index("default.htm", "index.html").get("/folder/").gives(200, "<p>index</p>")),
		same(1168, "no index is there", index("default.htm").get("/folder/").gives(404, missing)),
		same(1174, "the index is a folder", index("folder").get("/").gives(404, missing)),
		same(1180, "a folder before an index", index("folder", "name.txt").get("/").gives(200, "text")),
		otherwise(1186, "a path without a root", "a root of its own", served{below: "folder"}.get("/").gives(200, "<p>index</p>")),
		same(1198, "a slash behind a file", off.get("/page.html/").gives(404, missing)),
	}
}

func sendRootRows() []row {
	plain := served{}
	above := func(s served, target string) check { return s.get(target).gives(404, missing) }
	return []row{
		same(1207, "up and down within the root", plain.get("/folder/../name.txt").gives(200, "text")),
		same(1213, "a slash behind the root", func(t *testing.T, dir string) {
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(dir + "/")}})
			want(t, ask(h, "GET", "/name.txt"), 200, "text")
		}),
		differs(1224, "no path leads to the root's slash", "redirects", mounted("/folder", "folder", static.Options{RedirectFolders: true}).get("/folder").gives(301, "moved", "Location: ./folder/")),
		differs(1241, "a root that is a file", "roots", refused("Roots[0]", root("name.txt"))),
		differs(1252, "a path above the root", "what is not served", above(plain, "/folder/../../suites_test.go")),
		differs(1258, "and with a root that has a way up in it", "what is not served", func(t *testing.T, dir string) {
			o := static.Options{Roots: []static.Root{static.Dir(dir + "/folder/../../" + filepath.Base(dir))}}
			want(t, ask(handler(t, o), "GET", "/folder/../../"+filepath.Base(dir)+"/name.txt"), 404, missing)
			want(t, ask(handler(t, o), "GET", "/name.txt"), 200, "text")
		}),
		differs(1269, "a neighbour of the root", "what is not served", above(served{below: "folder"}, "/../name.dir/a.txt")),
		differs(1275, "the root by its own name", "what is not served", func(t *testing.T, dir string) {
			want(t, ask(handler(t, root("")(dir)), "GET", "/folder/../../"+filepath.Base(dir)+"/name.txt"), 404, missing)
		}),
		differs(1283, "a way up in a path without a root", "what is not served", above(plain, "/../name.txt")),
		same(1294, "dots in a name without a root", plain.get("/do..ts.txt").gives(200, "dots")),
	}
}
