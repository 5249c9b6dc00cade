package compress_test

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// Each event is awaited by the client before the handler writes the next one.
func TestEventsArriveAtTheirFlush(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct { // Z10
		name, mediaType, accept, want string
	}{
		{"events, plain", "text/event-stream", "", ""},
		{"events, gzip accepted", "text/event-stream", "gzip", ""},
		{"events, zstd accepted", "text/event-stream", "zstd", ""},
		{"text, plain", "text/plain", "", ""},
		{"text, gzip", "text/plain", "gzip", "gzip"},
		{"text, zstd", "text/plain", "zstd", "zstd"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			next := make(chan struct{})
			h := newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				w.Header().Set("Content-Type", tt.mediaType)
				for i := range 3 {
					fmt.Fprintf(w, "data: %d\n\n", i)
					_ = http.NewResponseController(w).Flush()
					select {
					case <-next:
					case <-r.Context().Done():
					}
				}
			}))
			resp, body := open(t, serve(t, h, 1), tt.accept)
			if got := resp.Header.Get("Content-Encoding"); got != tt.want {
				t.Errorf("Content-Encoding: got %q, want %q", got, tt.want)
			}
			lines := bufio.NewReader(body)
			for i := range 3 {
				if got, err := lines.ReadString('\n'); got != fmt.Sprintf("data: %d\n", i) || err != nil {
					t.Fatalf("event %d: got %q, %v", i, got, err)
				}
				if _, err := lines.ReadString('\n'); err != nil {
					t.Fatal(err)
				}
				next <- struct{}{}
			}
			if rest, err := io.ReadAll(lines); len(rest) != 0 || err != nil {
				t.Errorf("at the end: got %q, %v", rest, err)
			}
		})
	}
}

// Clients need not wait for a handler that still has something else to do.
func TestBodyOfAnnouncedLengthIsCompleteWithItsLastByte(t *testing.T) {
	t.Parallel()
	piece := newCompressor(t, compress.Options{})
	for _, coding := range []string{"gzip", "zstd"} {
		t.Run(coding, func(t *testing.T) {
			sent, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
			r.Header.Set("Accept-Encoding", coding)
			piece.Handler(typed("text/plain", func(w http.ResponseWriter) {
				w.Header().Set("Content-Length", strconv.Itoa(len(page)))
				_, _ = io.WriteString(w, page)
				if got, err := decode(coding, sent.Body.Bytes()); got != page || err != nil {
					t.Errorf("got %d bytes before the handler returned, %v", len(got), err)
				}
			})).ServeHTTP(sent, r)
		})
	}
}

// open returns a response while its body is on the way, and the decoded body.
func open(t *testing.T, s server, accept string) (*http.Response, io.Reader) {
	t.Helper()
	resp, err := s.Client().Do(s.request(t, "GET", accept))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	body, err := decoder(resp.Header.Get("Content-Encoding"), resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { body.Close() })
	return resp, body
}
