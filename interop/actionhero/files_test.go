package actionhero_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/dispatch"
)

func fileRows() []row {
	return []row{
		otherwise(36, "a page and its type", "by a request", with("GET /public/simple.html", func(g *got) { g.code(200).field("Content-Type", "text/html").answers(page) })),
		otherwise(42, "a file that is not there", "by a request", with("GET /public/someRandomFile", func(g *got) { g.code(404).answers(noFile) })),
		otherwise(48, "nothing outside of the folder", "by a request", with("GET /public/../config/config.json", func(g *got) { g.code(404).answers(noFile) })),
		otherwise(54, "a file in a folder", "by a request", with("GET /public/logo/logo.png", func(g *got) {
			if g.code(200).field("Content-Type", "image/png"); g.length != 1000 || len(g.body) != 1000 {
				g.t.Errorf("got %d of %d bytes", len(g.body), g.length)
			}
		})),
		same(63, "Cache-Control", with("GET /public/simple.html", func(g *got) {
			if g.code(200).header.Get("Cache-Control") == "" {
				g.t.Errorf("got %v", g.header)
			}
		})),
		same(69, "an ETag", with("GET /public/simple.html", func(g *got) {
			if g.code(200).header.Get("ETag") == "" {
				g.t.Errorf("got %v", g.header)
			}
		})),
		same(75, "304 for If-Modified-Since", plain(func(s *site) {
			s.ask("GET /public/simple.html", nil).code(200)
			// The file is of this second, which a date of this second would leave open.
			s.ask("GET /public/simple.html", nil, "If-Modified-Since", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat)).code(304)
		})),
		same(91, "304 for If-None-Match", plain(func(s *site) {
			tag := s.ask("GET /public/simple.html", nil).code(200).answers(page).header.Get("ETag")
			s.ask("GET /public/simple.html", nil, "If-None-Match", tag).code(304)
		})),
		same(113, "another file has another tag", plain(func(s *site) {
			if a, b := s.ask("GET /public/simple.html", nil).header.Get("ETag"), s.ask("GET /public/index.html", nil).header.Get("ETag"); a == b || b == "" {
				s.t.Errorf("got %q and %q", a, b)
			}
		})),
		same(126, "200 for If-Modified-Since of the day before", plain(func(s *site) {
			g := s.ask("GET /public/simple.html", nil).code(200)
			changed, err := http.ParseTime(g.header.Get("Last-Modified"))
			if err != nil {
				s.t.Fatal(err)
			}
			s.ask("GET /public/simple.html", nil, "If-Modified-Since", changed.Add(-24*time.Hour).Format(http.TimeFormat)).code(200).answers(page)
		})),
		same(156, "no file stays open after 200", closes(200)),
		same(163, "nor after 304", closes(304, "If-None-Match", "*")),
	}
}

// closes holds that a file is not open once it is sent.
func closes(status int, header ...string) func(*testing.T) {
	return plain(func(s *site) {
		s.ask("GET /public/simple.html", nil, header...).code(status)
		if runtime.GOOS != "linux" {
			return // there is no such list of open files
		}
		for i := 0; ; i++ {
			open := 0
			entries, err := os.ReadDir("/proc/self/fd")
			if err != nil {
				s.t.Fatal(err)
			}
			for _, e := range entries {
				if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && target == s.public+"/simple.html" {
					open++
				}
			}
			if open == 0 {
				return
			}
			if i == 100 {
				s.t.Fatalf("it is open %d times", open)
			}
			time.Sleep(10 * time.Millisecond) // the handler may still be returning
		}
	})
}

func compressionRows() []row {
	encoded := func(accept, want string) func(*testing.T) {
		return func(t *testing.T) {
			s := open(t, values{"compress": true})
			if err := os.WriteFile(s.public+"/simple.html", []byte(strings.Repeat(page, 200)), 0o600); err != nil {
				t.Fatal(err)
			}
			s.ask("GET /public/simple.html", nil, "Accept-Encoding", accept).code(200).field("Content-Encoding", want)
		}
	}
	return []row{
		same(48, "gzip, the first of a list", encoded("gzip, deflate, sdch, br", "gzip")),
		differs(58, "deflate, before gzip", "deflate is not spoken: clients do not agree on what it is", encoded("br, deflate, gzip", "gzip")),
		same(68, "gzip alone", encoded("gzip", "gzip")),
		same(78, "nothing that is spoken", encoded("sdch, br", "")),
		same(88, "no wish", encoded("identity", "")),
	}
}

func sendBufferRows() []row {
	send := runs("sendBufferTest", func(_ context.Context, c *dispatch.Connection) (any, error) {
		const content = "some data"
		return nil, c.Pipe(strings.NewReader(content), map[string]string{"Content-Disposition": "attachment; filename=test.csv", "Content-Type": "text/csv", "Content-Length": strconv.Itoa(len(content))})
	})
	stream := runs("sendUnknownLengthBufferTest", func(_ context.Context, c *dispatch.Connection) (any, error) {
		w := c.ResponseWriter()
		w.Header().Set("Content-Type", "text/plain")
		for _, part := range []string{"some data ", "of unknown length"} {
			if _, err := fmt.Fprint(w, part); err != nil {
				return nil, err
			}
			if err := http.NewResponseController(w).Flush(); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
	return []row{
		otherwise(84, "a stream of known length", "c.Pipe takes an io.Reader", func(t *testing.T) {
			open(t, nil, send).ask("GET /api/sendBufferTest", nil).code(200).answers("some data")
		}),
		otherwise(89, "a stream of unknown length", "c.ResponseWriter", func(t *testing.T) {
			if g := open(t, nil, stream).ask("GET /api/sendUnknownLengthBufferTest", nil).code(200).answers("some data of unknown length"); g.length != -1 {
				t.Errorf("got the length %d", g.length)
			}
		}),
	}
}

func sendFileRows() []row {
	return []row{same(18, "an action sends a file", func(t *testing.T) {
		send := runs("sendFile", func(_ context.Context, c *dispatch.Connection) (any, error) { return nil, c.SendFile("logo/logo.png") })
		if g := open(t, nil, send).ask("GET /api/sendFile", nil).code(200).contains("PNG"); len(g.body) != 1000 {
			t.Errorf("got %d bytes", len(g.body))
		}
	})}
}

func sharedFingerprintRows() []row {
	const why = "there are no websockets here; package legacy hands the fingerprint on to an old server that has them"
	return []row{none(46, "a websocket has the fingerprint of the web", why), none(60, "or one of its own", why), none(71, "or that of its cookie", why)}
}
