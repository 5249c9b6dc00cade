package static_test

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidekick-http/sidekick/static"
)

// clock is a clock that tests set. It runs along with the real one.
type clock struct{ ahead time.Duration }

func (c *clock) now() time.Time { return time.Now().Add(c.ahead) }

// hasChangeTimes reports whether the system tells when files changed.
func hasChangeTimes() bool {
	return runtime.GOOS != "windows" && runtime.GOOS != "js" && runtime.GOOS != "wasip1"
}

func TestTagIsWeakWhileAFileMayChangeUnseen(t *testing.T) {
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "a.txt"), []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
	at := time.Now()
	static.SetClock(h, func() time.Time { return at })
	young := ask(h, "GET", "/a.txt")
	tag := young.Header.Get("ETag")
	if !strings.HasPrefix(tag, `W/"`) {
		t.Fatalf("ETag: got %q, want a weak one", tag)
	}
	want(t, ask(h, "GET", "/a.txt", "If-None-Match: "+tag), 304, "")
	at = at.Add(2 * time.Second)
	wantField(t, ask(h, "GET", "/a.txt"), "ETag", tag)
	at = at.Add(2 * time.Second)
	rested := ask(h, "GET", "/a.txt").Header.Get("ETag")
	if !strings.HasPrefix(rested, `"`) {
		t.Fatalf("ETag: got %q, want a strong one", rested)
	}
	// A client with the weak tag may have seen another state of the same instant.
	for _, condition := range []string{"If-None-Match: " + tag, "If-Match: *", "If-Range: " + tag} {
		resp := ask(h, "GET", "/a.txt", condition, "Range: bytes=0-1")
		if condition[:8] != "If-Range" {
			want(t, resp, 206, "01")
		} else {
			want(t, resp, 200, "0123456789")
		}
	}
	if got := ask(h, "GET", "/a.txt", "If-Match: "+tag).StatusCode; got != 412 {
		t.Errorf("If-Match with the weak tag: got %d, want 412", got)
	}
	want(t, ask(h, "GET", "/a.txt", "If-Match: "+rested), 200, "0123456789")
	want(t, ask(h, "GET", "/a.txt", "If-Range: "+rested, "Range: bytes=-2"), 206, "89")

	again := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
	wantField(t, ask(again, "GET", "/a.txt"), "ETag", rested) // after a restart
}

// Builds and copies set modification times, so these prove nothing. A file that is
// replaced by other content of the same size and time is never "not modified",
// whatever a client has kept of the version before.
func TestFixedTimesDoNotHideChanges(t *testing.T) {
	if !hasChangeTimes() {
		t.Skip("this system tells no change times")
	}
	for _, fixed := range []time.Time{
		time.Unix(0, 0), time.Unix(1, 0), time.Unix(315532800, 0), time.Unix(315619200, 0), time.Unix(499162500, 0),
		past, time.Now().Add(-time.Hour), time.Now().Add(24 * time.Hour), time.Unix(1<<33, 0), time.Unix(-1, 0),
	} {
		for name, replace := range map[string]func(path, content string) error{
			"rename": func(path, content string) error {
				return errors.Join(os.WriteFile(path+".new", []byte(content), 0o644), os.Chtimes(path+".new", fixed, fixed), os.Rename(path+".new", path))
			},
			"in place": func(path, content string) error {
				return errors.Join(os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, fixed, fixed))
			},
		} {
			for _, young := range []bool{true, false} {
				t.Run(fmt.Sprintf("%s %s young %v", fixed.UTC().Format(time.RFC3339), name, young), func(t *testing.T) {
					path := filepath.Join(t.TempDir(), "a.txt")
					c := clock{}
					h := handler(t, static.Options{Roots: []static.Root{static.Dir(filepath.Dir(path))}})
					static.SetClock(h, c.now)
					if err := replace(path, "version 1"); err != nil {
						t.Fatal(err)
					}
					if !young {
						c.ahead = time.Minute
					}
					first := ask(h, "GET", "/a.txt")
					want(t, first, 200, "version 1")
					if first.Header.Get("ETag") == "" || first.Header.Get("Last-Modified") == "" {
						t.Errorf("got the fields %v, want an ETag and Last-Modified", first.Header)
					}
					wantNotInFuture(t, first, c.now())
					if !young {
						want(t, ask(h, "GET", "/a.txt", "If-Modified-Since: "+first.Header.Get("Last-Modified")), 304, "")
					}
					c.ahead = 0
					if err := replace(path, "version 2"); err != nil {
						t.Fatal(err)
					}
					for _, ahead := range []time.Duration{0, time.Minute} {
						c.ahead = ahead
						for _, condition := range []string{
							"If-None-Match: " + first.Header.Get("ETag"),
							"If-Modified-Since: " + fixed.UTC().Format(http.TimeFormat),
							"If-Modified-Since: " + first.Header.Get("Last-Modified"),
						} {
							// Dates are compared in seconds: while the test takes less than one,
							// only a file that was young has a safe date.
							if !young && strings.HasSuffix(condition, first.Header.Get("Last-Modified")) || fixed.After(time.Now()) && strings.HasSuffix(condition, fixed.UTC().Format(http.TimeFormat)) {
								continue
							}
							want(t, ask(h, "GET", "/a.txt", condition), 200, "version 2")
						}
						want(t, ask(h, "GET", "/a.txt", "Range: bytes=8-", "If-Range: "+first.Header.Get("ETag")), 200, "version 2")
						want(t, ask(h, "GET", "/a.txt", "Range: bytes=8-", "If-Range: "+fixed.UTC().Format(http.TimeFormat)), 200, "version 2")
						wantNotInFuture(t, ask(h, "GET", "/a.txt"), c.now())
					}
				})
			}
		}
	}
}

func wantNotInFuture(t testing.TB, resp *http.Response, now time.Time) {
	t.Helper()
	if at, err := http.ParseTime(resp.Header.Get("Last-Modified")); err != nil || at.After(now) {
		t.Errorf("Last-Modified: got %v (%v), want a time up to %v", at, err, now.UTC())
	}
}

// A file that was changed on another machine whose clock is ahead, or before the
// clock was corrected, does not stay in doubt forever.
func TestFilesFromTheFutureComeToRest(t *testing.T) {
	base := t.TempDir()
	if err := os.WriteFile(filepath.Join(base, "a.txt"), []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}})
	now := time.Now().Add(-24 * time.Hour)
	static.SetClock(h, func() time.Time { return now })
	first := ask(h, "GET", "/a.txt")
	if tag := first.Header.Get("ETag"); !strings.HasPrefix(tag, `W/"`) {
		t.Errorf("ETag: got %s, want a weak one", tag)
	}
	wantNotInFuture(t, first, now)
	now = now.Add(4 * time.Second)
	rested := ask(h, "GET", "/a.txt")
	tag := rested.Header.Get("ETag")
	if !strings.HasPrefix(tag, `"`) {
		t.Errorf("ETag: got %s, want a strong one", tag)
	}
	wantNotInFuture(t, rested, now)
	now = now.Add(time.Hour)
	wantField(t, ask(h, "GET", "/a.txt"), "ETag", tag)
	want(t, ask(h, "GET", "/a.txt", "Range: bytes=-1", "If-Range: "+tag), 206, "9")
}

// stated is a file system whose files have the state that it is given.
type stated struct {
	fstest.MapFS
	sys any
}

func (s stated) Open(name string) (fs.File, error) {
	f, err := s.MapFS.Open(name)
	return statedFile{f, s.sys}, err
}

func (s stated) Stat(name string) (fs.FileInfo, error) {
	info, err := s.MapFS.Stat(name)
	return statedInfo{info, s.sys}, err
}

type statedFile struct {
	fs.File
	sys any
}

func (f statedFile) Stat() (fs.FileInfo, error) {
	info, err := f.File.Stat()
	return statedInfo{info, f.sys}, err
}

type statedInfo struct {
	fs.FileInfo
	sys any
}

func (i statedInfo) Sys() any { return i.sys }

// If the system does not tell when a file has changed, its content tells versions
// apart, and a date matches only if it is the same.
func TestContentTellsVersionsApartWhereTimesDoNot(t *testing.T) {
	for _, at := range []time.Time{{}, time.Unix(0, 0), time.Unix(1, 0), time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), past} {
		for _, name := range []string{"no system's", "a system's that makes change times up"} {
			t.Run(name+" "+at.Format(time.RFC3339), func(t *testing.T) {
				var sys any
				if name != "no system's" {
					if at.IsZero() && strconv.IntSize == 32 {
						t.Skip("no time of a file is so long ago where seconds have 32 bits")
					}
					sys = madeUp(at)
				}
				version := func(content string) http.Handler {
					return handler(t, static.Options{Roots: []static.Root{static.FS(stated{fstest.MapFS{"f": {Data: []byte(content), ModTime: at}}, sys})}})
				}
				a, b := ask(version("a"), "GET", "/f"), ask(version("b"), "GET", "/f")
				tag := a.Header.Get("ETag")
				if !strings.HasPrefix(tag, `"`) || tag == b.Header.Get("ETag") {
					t.Errorf("got the tags %s and %s, want two strong ones", tag, b.Header.Get("ETag"))
				}
				wantField(t, ask(version("a"), "GET", "/f"), "ETag", tag)
				want(t, ask(version("b"), "GET", "/f", "If-None-Match: "+tag), 200, "b")
				want(t, ask(version("b"), "GET", "/f", "If-Modified-Since: "+past.Add(time.Hour).Format(http.TimeFormat)), 200, "b")
				if at == past {
					wantField(t, a, "Last-Modified", past.Format(http.TimeFormat))
					want(t, ask(version("a"), "GET", "/f", "If-Modified-Since: "+past.Format(http.TimeFormat)), 304, "")
				} else {
					wantField(t, a, "Last-Modified", "")
				}
			})
		}
	}
}

func TestContentETags(t *testing.T) {
	for _, size := range []int{10, 300_000} {
		one, two := strings.Repeat("x", size), strings.Repeat("y", size)
		tag := func(content string, age time.Duration) string {
			base := t.TempDir()
			if err := os.WriteFile(filepath.Join(base, "a.txt"), []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
			h := handler(t, static.Options{Roots: []static.Root{static.Dir(base)}, ContentETags: true})
			static.SetClock(h, func() time.Time { return time.Now().Add(age) })
			resp := ask(h, "GET", "/a.txt")
			want(t, resp, 200, content)
			return resp.Header.Get("ETag")
		}
		if a, b, c := tag(one, time.Minute), tag(one, time.Minute), tag(two, time.Minute); a != b || a == c || a[0] != '"' {
			t.Errorf("%d bytes: got %s, %s and %s, want a strong tag of the content", size, a, b, c)
		}
		if young := tag(one, 0); !strings.HasPrefix(young, `W/"`) {
			t.Errorf("%d bytes: got %s for a young file, want a weak one", size, young)
		}
	}
}
