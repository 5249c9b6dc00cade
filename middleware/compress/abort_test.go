package compress_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// aborts are handlers whose response is not complete, by what they do, and "" for
// one that is.
var aborts = byCase{
	"": text(page),
	"panic after a flush": typed("text/plain", func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, page)
		_ = http.NewResponseController(w).Flush()
		panic("on purpose")
	}),
	"ErrAbortHandler": typed("text/plain", func(w http.ResponseWriter) {
		_, _ = io.WriteString(w, page)
		panic(http.ErrAbortHandler)
	}),
	"less than announced": typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", strconv.Itoa(len(page)+1))
		_, _ = io.WriteString(w, page)
	}),
}

func TestAbortedResponsesNeverLookComplete(t *testing.T) { // Z15
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(aborts)
	bothProtocols(t, h, func(t *testing.T, s server) {
		var clients sync.WaitGroup
		for range 4 { // the same encoders serve all of these
			clients.Go(func() {
				for _, coding := range []string{"gzip", "zstd"} {
					for name := range aborts {
						if name == "" {
							continue
						}
						a := s.get(t, coding, "X-Case", name)
						if !a.broken {
							t.Errorf("%s, %s: the response looks whole", coding, name)
						}
						if _, err := decode(coding, a.sent); len(a.sent) > 0 && err == nil {
							t.Errorf("%s, %s: the stream looks whole", coding, name)
						}
						if a := s.get(t, coding, "X-Case", ""); a.err != nil || a.text != page {
							t.Errorf("%s, after %s: got %d bytes, %v", coding, name, len(a.text), a.err)
						}
					}
				}
			})
		}
		clients.Wait()
	})
}

func TestMoreThanAnnouncedIsRefused(t *testing.T) { // Z15
	t.Parallel()
	h := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", strconv.Itoa(len(page)))
		for _, tt := range []struct {
			body string
			n    int
			err  error
		}{{page + "x", 0, http.ErrContentLength}, {page, len(page), nil}, {"x", 0, http.ErrContentLength}} {
			if n, err := io.WriteString(w, tt.body); n != tt.n || !errors.Is(err, tt.err) {
				t.Errorf("%d bytes: got %d, %v, want %d, %v", len(tt.body), n, err, tt.n, tt.err)
			}
		}
	}))
	bothProtocols(t, h, func(t *testing.T, s server) {
		if a := s.get(t, "gzip"); a.text != page || a.err != nil {
			t.Errorf("got %d bytes, %v", len(a.text), a.err)
		}
	})
}

// The handler is told that its client has gone, and the encoder works afterwards.
func TestWritesFailOnceTheClientHasGone(t *testing.T) { // Z15
	t.Parallel()
	written := make(chan error, 1)
	s := serve(t, newCompressor(t, compress.Options{}).Handler(byCase{
		"": text(page),
		"wait": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
			var err error
			for range 1000 {
				if _, err = io.WriteString(w, page); err == nil {
					err = http.NewResponseController(w).Flush()
				}
				if err != nil {
					break
				}
			}
			written <- err
		},
	}), 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	resp, err := s.Client().Do(s.request(t, "GET", "gzip", "X-Case", "wait").WithContext(ctx))
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	resp.Body.Close()
	if err := <-written; err == nil {
		t.Error("the handler was not told that its client has gone")
	}
	if a := s.get(t, "gzip"); a.text != page || a.err != nil {
		t.Errorf("afterwards: got %d bytes, %v", len(a.text), a.err)
	}
}

// The header is not changed before something is sent, so a recovery outside can
// still answer.
func TestPanicBeforeTheFirstByteCanBeAnswered(t *testing.T) { // Z9
	t.Parallel()
	piece := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("ETag", `"x"`)
		_, _ = io.WriteString(w, page[:4000]) // stays in the buffer
		panic("on purpose")
	}))
	recovery := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if recover() != nil {
				w.Header().Set("X-Tag", w.Header().Get("ETag"))
				w.Header().Del("ETag")
				http.Error(w, "recovered", 500)
			}
		}()
		piece.ServeHTTP(w, r)
	})
	bothProtocols(t, recovery, func(t *testing.T, s server) {
		a := s.get(t, "gzip")
		if a.status != 500 || a.coding() != "" || string(a.sent) != "recovered\n" || a.header.Get("X-Tag") != `"x"` {
			t.Errorf("got %d, %v, %q", a.status, a.header, a.sent)
		}
	})
}

func TestWritesAfterReturnAreRefused(t *testing.T) {
	t.Parallel()
	var kept http.ResponseWriter
	w := record(t, compress.Options{}, "gzip", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		kept = w
		text(page)(w, r)
	}))
	before := w.Body.Len()
	if n, err := kept.Write([]byte("late")); n != 0 || err == nil {
		t.Errorf("got %d, %v", n, err)
	}
	if w.Body.Len() != before {
		t.Error("something was written late")
	}
}
