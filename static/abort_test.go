package static_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/sidekick-http/sidekick/static"
)

// seeking is a reader of which only a part can be read.
type seeking struct {
	io.Reader
	size int64
}

func (s *seeking) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return s.size, nil
	}
	return offset, nil
}

// broken returns a reader that fails after n bytes.
func broken(n int, err error) io.Reader {
	return io.MultiReader(strings.NewReader(strings.Repeat("x", n)), iotest.ErrReader(err))
}

func TestABrokenSourceIsLoggedAsAnError(t *testing.T) {
	t.Parallel()
	disk := errors.New("the disk is broken")
	for _, tt := range []struct {
		name, rangeField string
		content          func() static.Content
		want             string
	}{
		{"a reader without a length", "", func() static.Content { return static.Content{Reader: broken(100_000, disk)} }, disk.Error()},
		{"with a length", "", func() static.Content {
			return static.Content{Reader: broken(100_000, disk), Size: 200_000}
		}, disk.Error()},
		{"at once", "", func() static.Content { return static.Content{Reader: broken(0, disk), Size: 10} }, disk.Error()},
		{"too short", "", func() static.Content {
			return static.Content{Reader: io.LimitReader(broken(3, disk), 3), Size: 10}
		}, "after 3 of 10 bytes: unexpected EOF"},
		{"a range", "bytes=5-90000", func() static.Content {
			return static.Content{Reader: &seeking{broken(100, disk), 100_000}}
		}, disk.Error()},
		{"several ranges", "bytes=5-90,900-9000", func() static.Content {
			return static.Content{Reader: &seeking{broken(100, disk), 100_000}}
		}, disk.Error()},
	} {
		for _, protocol := range []string{"HTTP/1.1", "HTTP/2"} {
			t.Run(tt.name+" over "+protocol, func(t *testing.T) {
				t.Parallel()
				var log bytes.Buffer
				done := make(chan struct{})
				h := handler(t, static.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
				s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					defer close(done)
					h.ServeContent(w, r, tt.content())
				}))
				s.EnableHTTP2 = protocol == "HTTP/2"
				s.StartTLS()
				req, err := http.NewRequest("GET", s.URL+"/a%20b?secret=1", nil)
				if err != nil {
					t.Fatal(err)
				}
				if tt.rangeField != "" {
					req.Header.Set("Range", tt.rangeField)
				}
				resp, err := s.Client().Do(req)
				if err == nil {
					_, err = io.Copy(io.Discard, resp.Body)
					resp.Body.Close()
				}
				<-done
				s.Close()
				if err == nil {
					t.Error("the response looks complete")
				}
				got := log.String()
				if strings.Count(got, "\n") != 1 || !strings.Contains(got, `level=ERROR msg="request failed after its response began" method=GET path=/a%20b messageId=`) || !strings.Contains(got, tt.want) {
					t.Errorf("got %q, want one error with %q", got, tt.want)
				}
			})
		}
	}
}

// silent is a response whose client has gone.
type silent struct {
	http.ResponseWriter
	err error
}

func (f silent) Write([]byte) (int, error) { return 0, f.err }

func TestAClientThatHasGoneIsNoError(t *testing.T) {
	t.Parallel()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for _, tt := range []struct {
		name string
		ctx  context.Context
		from io.Reader
		err  error // of writing
	}{
		{"a write fails", t.Context(), strings.NewReader("abc"), &net.OpError{Op: "write", Err: os.ErrDeadlineExceeded}},
		{"the source ends with the request", gone, iotest.ErrReader(context.Canceled), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			h := handler(t, static.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
			defer func() {
				if p := recover(); p != http.ErrAbortHandler || log.Len() > 0 {
					t.Errorf("got panic %v and %q, want http.ErrAbortHandler and no record", p, log.String())
				}
			}()
			var w http.ResponseWriter = recorder()
			if tt.err != nil {
				w = silent{w, tt.err}
			}
			h.ServeContent(w, httptest.NewRequestWithContext(tt.ctx, "GET", "/", nil), static.Content{Reader: tt.from})
		})
	}
}
