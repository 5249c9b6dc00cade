package static_test

import (
	"io/fs"
	"mime"
	"path"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/sidekick-http/sidekick/static"
)

// FuzzParseRange checks that spans lie within the file, do not touch each other and
// stay within the limit.
func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes=0-0", "bytes=-0", "items=0-1", "bytes=2-1", "bytes=5-9", "bytes=0-", "bytes=-5", "bytes=0-3,2-5, 9-9", "bytes=1-99999999999999999999", "bytes=,", "bytes=--1", "Bytes= 0-1 , -1"} {
		f.Add(s, int64(3))
		f.Add(s, int64(0))
		f.Add(s, int64(1<<40))
	}
	f.Fuzz(func(t *testing.T, field string, size int64) {
		if size < 0 {
			return
		}
		const most = 16
		spans, apply := static.ParseRange(field, size, most)
		if !apply && spans != nil {
			t.Fatalf("%q of %d: got spans that do not apply", field, size)
		}
		if len(spans) > most {
			t.Fatalf("%q of %d: got %d spans, want at most %d", field, size, len(spans), most)
		}
		slices.SortFunc(spans, func(a, b static.Span) int { return int(min(1, max(-1, a.Start-b.Start))) })
		end := int64(-2)
		for _, s := range spans {
			if s.Length <= 0 || s.Start < 0 || s.Start > size-s.Length {
				t.Fatalf("%q of %d: got %+v outside of the file", field, size, s)
			}
			if s.Start <= end {
				t.Fatalf("%q of %d: got %+v, which begins within or beside the one before", field, size, s)
			}
			end = s.Start + s.Length
		}
	})
}

// FuzzNameOf checks that every name is valid for fs.FS and stays the same if it is
// read again.
func FuzzNameOf(f *testing.F) {
	for _, s := range []string{"/", "/a/b", "/../x", "/a/../../x", "//a//", "/a/./b/", "/\x00", "/\xff", "/....//x", "/..;/x", `/..\x`, "a/.."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, p string) {
		name, _, ok := static.NameOf(p)
		if !ok {
			return
		}
		if name != "" && !fs.ValidPath(name) {
			t.Fatalf("%q: got the name %q, which no file system takes", p, name)
		}
		if name == "." || strings.ContainsAny(name, "\x00\r\n\x7f") || "/"+name != path.Clean("/"+name) {
			t.Fatalf("%q: got the name %q, which is not clean", p, name)
		}
		if again, _, ok := static.NameOf("/" + name); !ok || again != name {
			t.Fatalf("%q: got %q, and from that %q", p, name, again)
		}
	})
}

// FuzzAttachment checks that the result parses as a Content-Disposition whose name
// has no folder and cannot end the header.
func FuzzAttachment(f *testing.F) {
	for _, s := range []string{"a.txt", "", "../../etc/passwd", `C:\x\y.txt`, "ünï.txt", "a\"b.txt", "a\r\nSet-Cookie: x", "100%41.txt", "\u202egpj.exe", ".htaccess", "\xff", strings.Repeat("€", 300) + ".txt", "a;b,c.txt", "..", "a."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		value := static.Attachment(name)
		for i := range len(value) {
			if value[i] < ' ' || value[i] > '~' {
				t.Fatalf("%q: got %q, which is not printable ASCII", name, value)
			}
		}
		kind, params, err := mime.ParseMediaType(value)
		if err != nil || kind != "attachment" {
			t.Fatalf("%q: got %q, which does not parse: %v", name, value, err)
		}
		got := params["filename"]
		if got == "" || len(got) > 255 || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\x00\r\n") || strings.HasPrefix(got, ".") {
			t.Fatalf("%q: got the file name %q, which is not safe", name, got)
		}
	})
}
