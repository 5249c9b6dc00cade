package compress_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/middleware/compress"
)

// dial speaks HTTP/1.1 by hand: it sends a request to a new server.
func dial(t *testing.T, h http.Handler, request string) (*bufio.Reader, net.Conn) {
	t.Helper()
	conn, err := net.Dial("tcp", serve(t, h, 1).Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(conn), conn
}

func TestHijackedConnectionsBelongToTheHandler(t *testing.T) { // Z11
	t.Parallel()
	in, conn := dial(t, newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		defer conn.Close()
		fmt.Fprint(rw, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_ = rw.Flush()
		line, _ := rw.ReadString('\n')
		fmt.Fprintf(rw, "heard %s", line)
		_ = rw.Flush()
		if _, err := w.Write([]byte("x")); !errors.Is(err, http.ErrHijacked) {
			t.Errorf("Write after Hijack: got %v", err)
		}
	})), "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nAccept-Encoding: gzip\r\n\r\n")
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != 101 {
		t.Fatalf("got %v, %v", resp, err)
	}
	fmt.Fprint(conn, "hello\n")
	if got, err := io.ReadAll(in); string(got) != "heard hello\n" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestStatus101IsSentUnchanged(t *testing.T) { // Z11
	t.Parallel()
	in, _ := dial(t, newCompressor(t, compress.Options{}).Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Upgrade", "x")
		w.Header().Set("Connection", "Upgrade")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})), "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
	if line, err := in.ReadString('\n'); !strings.HasPrefix(line, "HTTP/1.1 101 ") {
		t.Errorf("got %q, %v", line, err)
	}
}

// What a handler wrote before Hijack is on the connection exactly as without the
// piece, unless it is encoded already.
func TestHijackAfterAPartIsAsWithoutThePiece(t *testing.T) { // Z11
	t.Parallel()
	for _, tt := range []struct{ name, accept, length, part string }{
		{"no coding accepted", "br", "3000", page[:3000]},
		{"held back until its length is known", "gzip", "", page[:500]},
	} {
		t.Run(tt.name, func(t *testing.T) {
			late := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				w.Header().Set("Vary", "Accept-Encoding")
				if tt.length != "" {
					w.Header().Set("Content-Length", tt.length)
				}
				w.Header().Set("Content-Type", "text/plain")
				_, _ = w.Write([]byte(tt.part))
				conn, _, err := w.(http.Hijacker).Hijack()
				if err != nil {
					t.Error(err)
					return
				}
				conn.Close()
			})
			received := func(h http.Handler) string {
				in, _ := dial(t, h, "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: "+tt.accept+"\r\n\r\n")
				all, _ := io.ReadAll(in) // an error only says how the connection was closed
				return string(all)
			}
			want := received(late)
			if !strings.HasPrefix(want, "HTTP/1.1 200 OK\r\n") {
				t.Fatalf("without the piece: got %.200q", want)
			}
			if got := received(newCompressor(t, compress.Options{}).Handler(late)); got != want {
				t.Errorf("got %.200q, without the piece %.200q", got, want)
			}
		})
	}
}

// After Hijack the response is the handler's: it need not be as long as announced.
func TestHijackOfAnEncodedResponseDoesNotPanic(t *testing.T) { // Z11
	t.Parallel()
	ended := make(chan any, 1)
	piece := newCompressor(t, compress.Options{}).Handler(typed("text/plain", func(w http.ResponseWriter) {
		w.Header().Set("Content-Length", "3000")
		_, _ = io.WriteString(w, page[:2000])
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			t.Error(err)
			return
		}
		conn.Close()
	}))
	dial(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- recover() }()
		piece.ServeHTTP(w, r)
	}), "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\n\r\n")
	if got := <-ended; got != nil {
		t.Errorf("got a panic: %v", got)
	}
}
