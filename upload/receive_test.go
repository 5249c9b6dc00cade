package upload_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/sidekick-http/sidekick/internal/bubble"
	"github.com/sidekick-http/sidekick/upload"
)

// What has arrived of a body is written, whatever happens afterwards.
func TestReceive(t *testing.T) {
	p, _ := newParser(t, upload.Options{MaxFileBytes: 10})
	broken := errors.New("the disk is gone")
	for _, tt := range []struct {
		name   string
		body   io.Reader
		to     io.Writer
		got    string
		kind   error
		status int
	}{
		{"whole", strings.NewReader("0123456789"), nil, "0123456789", nil, 0},
		{"nothing", http.NoBody, nil, "", nil, 0},
		{"in pieces", iotest.OneByteReader(strings.NewReader("0123")), nil, "0123", nil, 0},
		{"cut", io.MultiReader(strings.NewReader("0123"), iotest.ErrReader(io.ErrUnexpectedEOF)), nil, "0123", upload.ErrMalformed, 400},
		{"too large", io.MultiReader(strings.NewReader("0123"), strings.NewReader("4567890")), nil, "0123", upload.ErrBodyTooLarge, 413},
		{"behind a limit outside", http.MaxBytesReader(nil, io.NopCloser(strings.NewReader("0123")), 2), nil, "01", upload.ErrBodyTooLarge, 413},
		{"a writer that fails", strings.NewReader("0123"), failingWriter{broken}, "", broken, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("PATCH", "/", tt.body)
			r.Header.Set("Content-Type", "application/anything")
			var got bytes.Buffer
			to := tt.to
			if to == nil {
				to = &got
			}
			n, err := p.Receive(httptest.NewRecorder(), r, to)
			if got.String() != tt.got || n != int64(len(tt.got)) || !errors.Is(err, tt.kind) {
				t.Errorf("got %q, %d, %v", &got, n, err)
			}
			var refused *upload.Error
			if errors.As(err, &refused) != (tt.status > 0) || tt.status > 0 && refused.StatusCode() != tt.status {
				t.Errorf("got %v, want the status %d", err, tt.status)
			}
		})
	}
}

type failingWriter struct{ err error }

func (w failingWriter) Write([]byte) (int, error) { return 0, w.err }

// A client that is too slow is refused, and what it has sent is written.
func TestReceiveFromSlowClients(t *testing.T) { synctest.Test(t, receiveFromSlowClient) }

func receiveFromSlowClient(t *testing.T) {
	p, _ := newParser(t, upload.Options{ReadTimeout: 100 * time.Millisecond})
	var got bytes.Buffer
	failed := make(chan error, 1)
	s := bubble.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := p.Receive(w, r, &got)
		failed <- err
	}))
	defer s.Close()
	body, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write([]byte("0123")) }()
	if res, err := s.Client().Post(s.URL, "a/b", body); err == nil {
		res.Body.Close()
	}
	if err := <-failed; !errors.Is(err, upload.ErrTooSlow) || got.String() != "0123" {
		t.Errorf("got %v, %q", err, &got)
	}
}

// A file that arrived in another way is like an uploaded one.
func TestAdopt(t *testing.T) {
	p, dir := newParser(t, upload.Options{MaxFileBytes: 1 << 20, Hash: "sha256", MaxFilesInFlight: 1})
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // the client leaves, which does not matter
	f, err := p.Adopt(ctx, "file", `C:\x\a.png`, "image/png", strings.NewReader("<html>"))
	if err != nil {
		t.Fatal(err)
	}
	file := f.Files[0]
	if file.Field != "file" || file.Name != "a.png" || file.Type != "image/png" || file.DetectedType != "text/html; charset=utf-8" || file.Size != 6 || len(file.Hash) != 64 || content(t, file) != "<html>" {
		t.Errorf("got %+v", file)
	}
	if _, err := p.Adopt(t.Context(), "file", "", "", strings.NewReader("")); !errors.Is(err, upload.ErrBusy) {
		t.Errorf("a second one: got %v", err)
	}
	closeForm(t, f)
	for name, tt := range map[string]struct {
		content io.Reader
		kind    error
	}{
		"as large as allowed": {io.LimitReader(zeros{}, 1<<20), nil},
		"too large":           {io.LimitReader(zeros{}, 1<<20+1), upload.ErrFileTooLarge},
		"broken":              {io.MultiReader(strings.NewReader("x"), iotest.ErrReader(io.ErrUnexpectedEOF)), upload.ErrStore},
		"empty":               {strings.NewReader(""), nil},
	} {
		f, err := p.Adopt(t.Context(), "file", "x", "", tt.content)
		if tt.kind == nil {
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			closeForm(t, f)
		} else if !errors.Is(err, tt.kind) {
			t.Errorf("%s: got %v, want %v", name, err, tt.kind)
		}
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left are %v, %v", left, err)
	}
}

// A file that did not arrive as a body has the limits of one.
func TestAdoptHasLimits(t *testing.T) {
	p, _ := newParser(t, upload.Options{MaxFileBytes: 10, MaxTotalFileBytes: 4, RefuseEmptyFiles: true})
	for content, want := range map[string]error{"": upload.ErrEmptyFile, "0123": nil, "01234": upload.ErrFilesTooLarge, "0123456789a": upload.ErrFileTooLarge} {
		form, err := p.Adopt(t.Context(), "file", "a.txt", "text/plain", strings.NewReader(content))
		if !errors.Is(err, want) {
			t.Errorf("%q: got %v, want %v", content, err, want)
		}
		if err == nil {
			closeForm(t, form)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
