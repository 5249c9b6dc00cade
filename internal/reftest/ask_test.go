package reftest

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWire(t *testing.T) {
	tests := []struct {
		name string
		req  Request
		want string
	}{
		{"no headers", Request{Method: "GET", Target: "/api/list"},
			"GET /api/list HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"},
		{"headers in their order and spelling", Request{Method: "GET", Target: "/", Headers: [][2]string{{"x-B", "2"}, {"X-a", "1"}}},
			"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nx-B: 2\r\nX-a: 1\r\n\r\n"},
		{"its own host", Request{Method: "GET", Target: "/", Headers: [][2]string{{"host", "other"}}},
			"GET / HTTP/1.1\r\nConnection: close\r\nhost: other\r\n\r\n"},
		{"a body", Request{Method: "DELETE", Target: "/", Text: "☃"},
			"DELETE / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 3\r\n\r\n☃"},
		{"bytes", Request{Method: "POST", Target: "/", Bytes: []byte{0, 255}},
			"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n\r\n\x00\xff"},
		{"no body where one is usual", Request{Method: "PATCH", Target: "/"},
			"PATCH / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
		{"its own length", Request{Method: "PUT", Target: "/", Text: "ab", Headers: [][2]string{{"content-length", "1"}}},
			"PUT / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\ncontent-length: 1\r\n\r\nab"},
		{"chunked by itself", Request{Method: "POST", Target: "/", Text: "0\r\n\r\n", Headers: [][2]string{{"Transfer-Encoding", "chunked"}}},
			"POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(wire(&tt.req)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestParse(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	coded := map[string][]string{"transfer-encoding": {"chunked"}}
	tests := []struct {
		name, raw string
		want      *Answer // nil means refused
	}{
		{"a body of known length", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", &Answer{200, map[string][]string{"content-length": {"2"}}, []byte("ab")}},
		{"no reason phrase", "HTTP/1.1 404\r\n\r\n", &Answer{404, map[string][]string{}, nil}},
		{"a header more than once", "HTTP/1.1 200 OK\r\nX-A: 1\r\nx-a:2 \r\nX-B: a:b\r\n\r\n", &Answer{200, map[string][]string{"x-a": {"1", "2"}, "x-b": {"a:b"}}, nil}},
		{"bytes outside ASCII", "HTTP/1.1 200 OK\r\nX-A: \xe9\r\n\r\n\xe9", &Answer{200, map[string][]string{"x-a": {"é"}}, []byte("\xe9")}},
		{"an empty line in the body", "HTTP/1.1 200 OK\r\n\r\na\r\n\r\nb", &Answer{200, map[string][]string{}, []byte("a\r\n\r\nb")}},
		{"chunks", chunked + "2\r\nab\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n", &Answer{200, coded, []byte("ab0123456789")}},
		{"no chunks", chunked + "0\r\n\r\n", &Answer{200, coded, nil}},
		{"trailers", chunked + "1\r\na\r\n0\r\nX-T: 1\r\n\r\n", &Answer{200, coded, []byte("a")}},
		{"a chunk that is cut", chunked + "5\r\nab", &Answer{200, coded, []byte("ab")}},
		{"the last chunk is missing", chunked + "2\r\nab\r\n", &Answer{200, coded, []byte("ab")}},
		{"no chunk size", chunked + "zz\r\nab\r\n", &Answer{200, coded, nil}},
		{"a chunk size past any body", chunked + "ffffffffffffffffff\r\nab", &Answer{200, coded, nil}},
		{"nothing", "", nil},
		{"half a head", "HTTP/1.1 200 OK\r\nX-A: 1\r\n", nil},
		{"no status", "HTTP/1.1\r\n\r\n", nil},
		{"a line that is no header", "HTTP/1.1 200 OK\r\nX-A\r\n\r\n", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse([]byte(tt.raw))
			if tt.want == nil {
				if err == nil {
					t.Errorf("got %+v, want an error", got)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Body, tt.want.Body) {
				t.Errorf("got the body %q, want %q", got.Body, tt.want.Body)
			}
			got.Body, tt.want.Body = nil, nil
			if d := cmp.Diff(tt.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestAsk(t *testing.T) {
	c := Case{Request: Request{Method: "POST", Target: "/x", Text: "body"}}

	t.Run("an answer in parts", func(t *testing.T) {
		asked := make(chan string, 1)
		addr := listen(t, func(conn net.Conn) {
			asked <- readRequest(conn)
			io.WriteString(conn, "HTTP/1.1 201 Cr")
			io.WriteString(conn, "eated\r\nContent-Length: 2\r\n\r\nok")
		})
		a, err := Ask(addr, c)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != 201 || string(a.Body) != "ok" {
			t.Errorf("got %d %q, want 201 ok", a.Status, a.Body)
		}
		if got, want := <-asked, string(wire(&c.Request)); got != want {
			t.Errorf("sent %q, want %q", got, want)
		}
	})
	t.Run("an answer before the whole request is read", func(t *testing.T) {
		large := c
		large.Request.Text = strings.Repeat("x", 16<<20)
		addr := listen(t, func(conn net.Conn) {
			io.ReadFull(conn, make([]byte, 1024))
			io.WriteString(conn, "HTTP/1.1 413 Too Large\r\n\r\n")
			conn.(*net.TCPConn).CloseWrite()
			io.Copy(io.Discard, conn)
		})
		a, err := Ask(addr, large)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != 413 {
			t.Errorf("got %d, want 413", a.Status)
		}
	})
	t.Run("no answer in time", func(t *testing.T) {
		ended := make(chan bool)
		addr := listen(t, func(net.Conn) { <-ended })
		defer close(ended)
		if _, err := ask(addr, c, 20*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no answer in 20ms") {
			t.Errorf("got %v, want that there is no answer", err)
		}
	})
	t.Run("closed without an answer", func(t *testing.T) {
		addr := listen(t, func(conn net.Conn) { readRequest(conn) })
		if _, err := Ask(addr, c); err == nil || !strings.Contains(err.Error(), "no whole response head") {
			t.Errorf("got %v, want that there is no head", err)
		}
	})
	t.Run("no server", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		l.Close()
		if _, err := Ask(l.Addr().String(), c); err == nil {
			t.Error("got an answer from no server")
		}
	})
}

// listen serves every connection with serve and closes it, until the test ends.
func listen(t *testing.T, serve func(net.Conn)) (addr string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				serve(conn)
			}()
		}
	}()
	return l.Addr().String()
}

// readRequest reads a request with its body and returns its bytes.
func readRequest(conn net.Conn) string {
	var got []byte
	buf := make([]byte, 64<<10)
	for {
		n, err := conn.Read(buf)
		got = append(got, buf[:n]...)
		head, body, ok := bytes.Cut(got, []byte("\r\n\r\n"))
		if err != nil || ok && len(body) >= contentLength(head) {
			return string(got)
		}
	}
}

func contentLength(head []byte) int {
	a, err := parse(append([]byte("HTTP/1.1 200\r\n"), append(head[bytes.Index(head, []byte("\r\n"))+2:], "\r\n\r\n"...)...))
	if err != nil {
		return 0
	}
	n := 0
	for _, d := range a.header("content-length") {
		n = n*10 + int(d-'0')
	}
	return n
}
