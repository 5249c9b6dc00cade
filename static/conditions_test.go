package static_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestConditions(t *testing.T) {
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "a.txt"), []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	rested := handler(t, static.Options{Roots: []static.Root{static.Dir(base), static.FS(fstest.MapFS{"undated.txt": {Data: []byte("0123456789")}})}})
	young := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
	now := time.Now()
	static.SetClock(young, func() time.Time { return now }) // the file is less than a second old, and stays so
	strong, weak := ask(rested, "GET", "/a.txt").Header.Get("ETag"), ask(young, "GET", "/a.txt").Header.Get("ETag")
	if !strings.HasPrefix(strong, `"`) || !strings.HasPrefix(weak, `W/"`) {
		t.Fatalf("got tags %s and %s, want a strong and a weak one", strong, weak)
	}
	undated := ask(rested, "GET", "/undated.txt").Header.Get("ETag")
	date := ask(rested, "GET", "/a.txt").Header.Get("Last-Modified")
	at, err := http.ParseTime(date)
	if err != nil {
		t.Fatal(err)
	}
	before, after := at.Add(-time.Hour).Format(http.TimeFormat), at.Add(time.Hour).Format(http.TimeFormat)
	for _, tt := range []struct {
		name, target string // target "weak" asks for a.txt while it is young
		fields       []string
		status       int
		partial      string
	}{
		{"S16 If-Range with a weak tag", "weak", []string{"Range: bytes=0-1", "If-Range: " + weak}, 200, ""},
		{"S16 If-Range with the weak tag made strong", "weak", []string{"Range: bytes=0-1", "If-Range: " + weak[2:]}, 200, ""},
		{"S16 If-Range with the weak tag of before", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + weak}, 200, ""},
		{"S16 If-Range with a strong tag", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + strong}, 206, "01"},
		{"S16 If-Range with a strong tag made of content", "/undated.txt", []string{"Range: bytes=0-1", "If-Range: " + undated}, 206, "01"},
		{"S16 If-Range with a strong tag made weak", "/a.txt", []string{"Range: bytes=0-1", "If-Range: W/" + strong}, 200, ""},
		{"S16 If-Range with another tag", "/a.txt", []string{"Range: bytes=0-1", `If-Range: "x"`}, 200, ""},
		{"S16 If-Range with the exact date", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + date}, 206, "01"},
		{"S16 If-Range with the date of a young file", "weak", []string{"Range: bytes=0-1", "If-Range: " + date}, 200, ""},
		{"S16 If-Range with an earlier date", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + before}, 200, ""},
		{"S16 If-Range with a later date", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + after}, 200, ""},
		{"S16 If-Range with the date in another form", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + at.Format(time.RFC850)}, 200, ""},
		{"S16 If-Range with nonsense", "/a.txt", []string{"Range: bytes=0-1", "If-Range: x"}, 200, ""},
		{"S16 If-Range empty", "/a.txt", []string{"Range: bytes=0-1", "If-Range: "}, 200, ""},
		{"S16 two If-Range", "/a.txt", []string{"Range: bytes=0-1", "If-Range: " + strong, "If-Range: " + strong}, 200, ""},

		{"S17 the tag wins over the date", "/a.txt", []string{`If-None-Match: "zzz"`, "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"}, 200, ""},
		{"S17 a matching tag wins over the date", "/a.txt", []string{"If-None-Match: " + strong, "If-Modified-Since: " + before}, 304, ""},
		{"S17 If-Match comes first", "/a.txt", []string{`If-Match: "zzz"`, "If-None-Match: " + strong}, 412, ""},
		{"S17 If-Match wins over its date", "/a.txt", []string{"If-Match: " + strong, "If-Unmodified-Since: " + before}, 200, ""},
		{"S17 a range after the conditions", "/a.txt", []string{"If-None-Match: " + strong, "Range: bytes=0-1"}, 304, ""},
		{"S17 a range after If-Match", "/a.txt", []string{"If-Match: " + strong, "Range: bytes=0-1"}, 206, "01"},

		{"S18 weak comparison", "weak", []string{"If-None-Match: " + weak[2:]}, 304, ""},
		{"S18 weak comparison of a strong tag", "/a.txt", []string{"If-None-Match: W/" + strong}, 304, ""},
		{"S18 the weak tag while it holds", "weak", []string{"If-None-Match: " + weak}, 304, ""},
		{"S18 the weak tag of before", "/a.txt", []string{"If-None-Match: " + weak}, 200, ""},
		{"S18 a list", "/a.txt", []string{`If-None-Match: "a", W/"b" ,` + strong}, 304, ""},
		{"S18 a list with empty elements", "/a.txt", []string{`If-None-Match: , "a",, ` + strong + ","}, 304, ""},
		{"S18 a list over two fields", "/a.txt", []string{`If-None-Match: "a"`, "If-None-Match: " + strong}, 304, ""},
		{"S18 a comma within a tag", "/a.txt", []string{`If-None-Match: "a,b", ` + strong}, 304, ""},
		{"S18 star", "/a.txt", []string{"If-None-Match: *"}, 304, ""},
		{"S18 star in a list is no star", "/a.txt", []string{`If-None-Match: "a", *`}, 200, ""},
		{"S18 unbalanced quotes", "/a.txt", []string{`If-None-Match: "a, ` + strong}, 200, ""},
		{"S18 no quotes", "/a.txt", []string{"If-None-Match: " + strings.Trim(strong, `"`)}, 200, ""},
		{"S18 lower-case w/", "/a.txt", []string{"If-None-Match: w/" + strong}, 200, ""},
		{"S18 something after the tag", "/a.txt", []string{`If-None-Match: "a"x, ` + strong}, 200, ""},
		{"S18 empty", "/a.txt", []string{"If-None-Match: "}, 200, ""},
		{"S18 bad date", "/a.txt", []string{"If-Modified-Since: yesterday"}, 200, ""},
		{"S18 two dates", "/a.txt", []string{"If-Modified-Since: " + after, "If-Modified-Since: " + after}, 200, ""},
		{"S18 the exact date", "/a.txt", []string{"If-Modified-Since: " + date}, 304, ""},
		{"S18 the date of a young file", "weak", []string{"If-Modified-Since: " + date}, 200, ""},
		{"S18 a later date", "/a.txt", []string{"If-Modified-Since: " + after}, 304, ""},
		{"S18 the date in the old form", "/a.txt", []string{"If-Modified-Since: " + at.Format(time.RFC850)}, 304, ""},
		{"S18 an earlier date", "/a.txt", []string{"If-Modified-Since: " + before}, 200, ""},
		{"S18 a date and no time to compare", "/undated.txt", []string{"If-Modified-Since: " + after}, 200, ""},
		{"S18 If-Match with a weak tag", "weak", []string{"If-Match: " + weak}, 412, ""},
		{"S18 If-Match with the weak tag of before", "/a.txt", []string{"If-Match: " + weak}, 412, ""},
		{"S18 If-Match star", "/a.txt", []string{"If-Match: *"}, 200, ""},
		{"S18 If-Match strong", "/a.txt", []string{`If-Match: "a", ` + strong}, 200, ""},
		{"S18 If-Match malformed", "/a.txt", []string{"If-Match: nonsense"}, 412, ""},
		{"S18 If-Unmodified-Since earlier", "/a.txt", []string{"If-Unmodified-Since: " + before}, 412, ""},
		{"S18 If-Unmodified-Since exact", "/a.txt", []string{"If-Unmodified-Since: " + date}, 200, ""},
		{"S18 If-Unmodified-Since bad", "/a.txt", []string{"If-Unmodified-Since: x"}, 200, ""},
		{"S18 If-Unmodified-Since and no time", "/undated.txt", []string{"If-Unmodified-Since: " + before}, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.name == "S18 a later date" && !hasChangeTimes() {
				t.Skip("only the very same date counts here")
			}
			h, target := rested, tt.target
			if target == "weak" {
				h, target = young, "/a.txt"
			}
			body := "0123456789"
			switch {
			case tt.partial != "":
				body = tt.partial
			case tt.status == 304:
				body = ""
			case tt.status == 412:
				body = "precondition failed"
			}
			want(t, ask(h, "GET", target, tt.fields...), tt.status, body)
			if head := ask(h, "HEAD", target, tt.fields...); head.StatusCode != tt.status && tt.partial == "" {
				t.Errorf("HEAD: got %d, want %d", head.StatusCode, tt.status)
			}
		})
	}
}
