package static_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

func TestConditions(t *testing.T) {
	// "strong" has no modification time, so that its tag is made of content.
	h := handler(t, static.Options{Roots: []static.Root{
		static.Dir(tree(t, map[string]string{"weak.txt": "0123456789"})),
		static.FS(fstest.MapFS{"strong.txt": {Data: []byte("0123456789")}}),
	}})
	weak, strong := ask(h, "GET", "/weak.txt").Header.Get("ETag"), ask(h, "GET", "/strong.txt").Header.Get("ETag")
	date, before, after := past.Format(http.TimeFormat), past.Add(-time.Hour).Format(http.TimeFormat), past.Add(time.Hour).Format(http.TimeFormat)
	if !strings.HasPrefix(weak, `W/"`) || !strings.HasPrefix(strong, `"`) {
		t.Fatalf("got tags %s and %s, want a weak and a strong one", weak, strong)
	}
	for _, tt := range []struct {
		name, target string
		fields       []string
		status       int
		partial      string
	}{
		{"S16 If-Range with a weak tag", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + weak}, 200, ""},
		{"S16 If-Range with the weak tag made strong", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + weak[2:]}, 200, ""},
		{"S16 If-Range with a strong tag", "/strong.txt", []string{"Range: bytes=0-1", "If-Range: " + strong}, 206, "01"},
		{"S16 If-Range with another tag", "/strong.txt", []string{"Range: bytes=0-1", `If-Range: "x"`}, 200, ""},
		{"S16 If-Range with the exact date", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + date}, 206, "01"},
		{"S16 If-Range with an earlier date", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + before}, 200, ""},
		{"S16 If-Range with a later date", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + after}, 200, ""},
		{"S16 If-Range with the date in another form", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: " + past.Format(time.RFC850)}, 200, ""},
		{"S16 If-Range with nonsense", "/weak.txt", []string{"Range: bytes=0-1", "If-Range: x"}, 200, ""},
		{"S16 If-Range empty", "/strong.txt", []string{"Range: bytes=0-1", "If-Range: "}, 200, ""},
		{"S16 two If-Range", "/strong.txt", []string{"Range: bytes=0-1", "If-Range: " + strong, "If-Range: " + strong}, 200, ""},

		{"S17 the tag wins over the date", "/weak.txt", []string{`If-None-Match: "zzz"`, "If-Modified-Since: Thu, 01 Jan 2099 00:00:00 GMT"}, 200, ""},
		{"S17 a matching tag wins over the date", "/weak.txt", []string{"If-None-Match: " + weak, "If-Modified-Since: " + before}, 304, ""},
		{"S17 If-Match comes first", "/strong.txt", []string{`If-Match: "zzz"`, "If-None-Match: " + strong}, 412, ""},
		{"S17 If-Match wins over its date", "/strong.txt", []string{"If-Match: " + strong, "If-Unmodified-Since: " + before}, 200, ""},
		{"S17 a range after the conditions", "/strong.txt", []string{"If-None-Match: " + strong, "Range: bytes=0-1"}, 304, ""},
		{"S17 a range after If-Match", "/strong.txt", []string{"If-Match: " + strong, "Range: bytes=0-1"}, 206, "01"},

		{"S18 weak comparison", "/weak.txt", []string{"If-None-Match: " + weak[2:]}, 304, ""},
		{"S18 weak comparison of a strong tag", "/strong.txt", []string{"If-None-Match: W/" + strong}, 304, ""},
		{"S18 a list", "/weak.txt", []string{`If-None-Match: "a", W/"b" ,` + weak}, 304, ""},
		{"S18 a list with empty elements", "/weak.txt", []string{`If-None-Match: , "a",, ` + weak + ","}, 304, ""},
		{"S18 a list over two fields", "/weak.txt", []string{`If-None-Match: "a"`, "If-None-Match: " + weak}, 304, ""},
		{"S18 a comma within a tag", "/weak.txt", []string{`If-None-Match: "a,b", ` + weak}, 304, ""},
		{"S18 star", "/weak.txt", []string{"If-None-Match: *"}, 304, ""},
		{"S18 star in a list is no star", "/weak.txt", []string{`If-None-Match: "a", *`}, 200, ""},
		{"S18 unbalanced quotes", "/weak.txt", []string{`If-None-Match: "a, ` + weak}, 200, ""},
		{"S18 no quotes", "/weak.txt", []string{"If-None-Match: " + strings.Trim(weak[2:], `"`)}, 200, ""},
		{"S18 lower-case w/", "/weak.txt", []string{"If-None-Match: w/" + weak[2:]}, 200, ""},
		{"S18 something after the tag", "/weak.txt", []string{`If-None-Match: "a"x, ` + weak}, 200, ""},
		{"S18 empty", "/weak.txt", []string{"If-None-Match: "}, 200, ""},
		{"S18 bad date", "/weak.txt", []string{"If-Modified-Since: yesterday"}, 200, ""},
		{"S18 two dates", "/weak.txt", []string{"If-Modified-Since: " + after, "If-Modified-Since: " + after}, 200, ""},
		{"S18 the exact date", "/weak.txt", []string{"If-Modified-Since: " + date}, 304, ""},
		{"S18 the date in the old form", "/weak.txt", []string{"If-Modified-Since: " + past.Format(time.RFC850)}, 304, ""},
		{"S18 an earlier date", "/weak.txt", []string{"If-Modified-Since: " + before}, 200, ""},
		{"S18 a date and no time to compare", "/strong.txt", []string{"If-Modified-Since: " + after}, 200, ""},
		{"S18 If-Match with a weak tag", "/weak.txt", []string{"If-Match: " + weak}, 412, ""},
		{"S18 If-Match star", "/weak.txt", []string{"If-Match: *"}, 200, ""},
		{"S18 If-Match strong", "/strong.txt", []string{`If-Match: "a", ` + strong}, 200, ""},
		{"S18 If-Match malformed", "/strong.txt", []string{"If-Match: nonsense"}, 412, ""},
		{"S18 If-Unmodified-Since earlier", "/weak.txt", []string{"If-Unmodified-Since: " + before}, 412, ""},
		{"S18 If-Unmodified-Since exact", "/weak.txt", []string{"If-Unmodified-Since: " + date}, 200, ""},
		{"S18 If-Unmodified-Since bad", "/weak.txt", []string{"If-Unmodified-Since: x"}, 200, ""},
		{"S18 If-Unmodified-Since and no time", "/strong.txt", []string{"If-Unmodified-Since: " + before}, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			body := "0123456789"
			switch {
			case tt.partial != "":
				body = tt.partial
			case tt.status == 304:
				body = ""
			case tt.status == 412:
				body = "precondition failed"
			}
			want(t, ask(h, "GET", tt.target, tt.fields...), tt.status, body)
			if head := ask(h, "HEAD", tt.target, tt.fields...); head.StatusCode != tt.status && tt.partial == "" {
				t.Errorf("HEAD: got %d, want %d", head.StatusCode, tt.status)
			}
		})
	}

	t.Run("S16 a date is weak while its second may not be over", func(t *testing.T) {
		young := handler(t, static.Options{Roots: []static.Root{static.Dir(tree(t, map[string]string{"a.txt": "0123456789"}))}})
		static.SetClock(young, func() time.Time { return past.Add(time.Second) })
		want(t, ask(young, "GET", "/a.txt", "Range: bytes=0-1", "If-Range: "+date), 200, "0123456789")
	})
	t.Run("S16 tags tell states apart", func(t *testing.T) {
		a := handler(t, static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"f": {Data: []byte("a")}})}})
		b := handler(t, static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"f": {Data: []byte("b")}})}})
		again := handler(t, static.Options{Roots: []static.Root{static.FS(fstest.MapFS{"f": {Data: []byte("a")}})}})
		tag := func(h http.Handler) string { return ask(h, "GET", "/f").Header.Get("ETag") }
		if tag(a) == tag(b) || tag(a) != tag(again) {
			t.Errorf("got %s, %s and %s, want the tag to follow the content", tag(a), tag(b), tag(again))
		}
	})
}
