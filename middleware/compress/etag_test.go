package compress_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// tagged answers with this entity tag, and compares tags as RFC 9110 says.
func tagged(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", tag)
		http.ServeContent(w, r, "a.txt", time.Time{}, strings.NewReader(page))
	}
}

// naive answers with this entity tag, and compares tags as strings.
func naive(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if match := r.Header.Get("If-Match"); match != "" && match != tag {
			w.WriteHeader(http.StatusPreconditionFailed)
			return
		}
		w.Header().Set("ETag", tag)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		text(page)(w, r)
	}
}

// entityTags are tags as handlers set them and as clients are sent them with encoded
// bodies.
var entityTags = []struct { // Z7
	name      string
	handler   http.HandlerFunc
	own, sent string
}{
	{"strong", tagged(`"abc"`), `"abc"`, `W/"abc"`},
	{"strong, naive", naive(`"a,b"`), `"a,b"`, `W/"a,b"`},
	{"weak by itself", tagged(`W/"abc"`), `W/"abc"`, `W/"abc"`},
	{"not a tag", naive(`abc`), `abc`, `abc`},
}

func TestEncodedBodiesHaveWeakTags(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{})
	for _, tt := range entityTags {
		t.Run(tt.name, func(t *testing.T) {
			bothProtocols(t, piece.Handler(tt.handler), func(t *testing.T, s server) {
				if a := s.get(t, "gzip"); a.coding() != "gzip" || a.header.Get("ETag") != tt.sent {
					t.Errorf("encoded: got %v, want %q", a.header, tt.sent)
				}
				if got := s.get(t, "").header.Get("ETag"); got != tt.own {
					t.Errorf("plain: got %q, want %q", got, tt.own)
				}
			})
		})
	}
}

func TestIfNoneMatchAcceptsTheTagThatWasSent(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{})
	for _, tt := range entityTags {
		t.Run(tt.name, func(t *testing.T) {
			bothProtocols(t, piece.Handler(tt.handler), func(t *testing.T, s server) {
				for _, method := range []string{"GET", "HEAD"} {
					a := s.ask(t, method, "gzip", "If-None-Match", tt.sent)
					if a.status != 304 || len(a.sent) != 0 || a.coding() != "" || a.header.Get("ETag") != tt.sent ||
						a.header.Get("Content-Type") != "" || a.header.Get("Content-Length") != "" || a.header.Get("Vary") != "Accept-Encoding" {
						t.Errorf("%s: got %d, %d bytes, %v", method, a.status, len(a.sent), a.header)
					}
				}
				if a := s.get(t, "gzip", "If-None-Match", `W/"other", "abcd"`); a.status != 200 || a.text != page {
					t.Errorf("with other tags: got %d", a.status)
				}
			})
		})
	}
}

// Only GET and HEAD are answered with 304.
func TestIfNoneMatchIsLeftToTheHandlerOfOtherMethods(t *testing.T) {
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(naive(`"a,b"`))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.ask(t, "POST", "gzip", "If-None-Match", `W/"a,b"`); a.status != 200 || a.text != page {
			t.Errorf("got %d", a.status)
		}
	})
}

// A client that has read an encoded body must be able to change what it has read.
func TestIfMatchAcceptsTheTagThatWasSent(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{})
	for _, tt := range []struct {
		name    string
		handler http.HandlerFunc
		accept  string
		match   string // "" means the tag that the client was sent
		status  int
	}{
		{"the tag that was sent", tagged(`"v1"`), "gzip", "", 200},
		{"the tag that was sent, naive", naive(`"v1"`), "gzip", "", 200},
		{"the tag as the handler knows it", tagged(`"v1"`), "gzip", `"v1"`, 200},
		{"in a list", tagged(`"v1"`), "gzip", `"v0", W/"v1"`, 200},
		{"another", tagged(`"v2"`), "gzip", `W/"v1"`, 412},
		{"another, naive", naive(`"v2"`), "gzip", `W/"v1"`, 412},
		{"weak by itself: matches nothing", tagged(`W/"v1"`), "gzip", "", 412},
		{"nothing is encoded for this client", tagged(`"v1"`), "", `W/"v1"`, 412},
		{"any", tagged(`"v1"`), "gzip", `*`, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bothProtocols(t, piece.Handler(tt.handler), func(t *testing.T, s server) {
				match := tt.match
				if match == "" {
					match = s.get(t, tt.accept).header.Get("ETag")
				}
				if a := s.get(t, tt.accept, "If-Match", match); a.status != tt.status {
					t.Errorf("If-Match: %s: got %d, want %d", match, a.status, tt.status)
				}
			})
		})
	}
}

// The request that outer handlers see is not changed.
func TestIfMatchIsChangedOnACopyOfTheRequest(t *testing.T) {
	t.Parallel()
	r := httptest.NewRequest("PUT", "/", nil)
	r.Header.Set("Accept-Encoding", "gzip")
	r.Header.Set("If-Match", `W/"a"`)
	inside := ""
	newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		inside = r.Header.Get("If-Match")
	})).ServeHTTP(httptest.NewRecorder(), r)
	if inside != `"a"` {
		t.Errorf("inside: got %s", inside)
	}
	if got := r.Header.Get("If-Match"); got != `W/"a"` {
		t.Errorf("outside: got %s", got)
	}
}
