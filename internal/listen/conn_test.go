package listen_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sidekick-http/sidekick/internal/listen"
)

// pair returns both ends of a connection, the server's in a group.
func pair(t *testing.T, timeout time.Duration) (server, client net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err = listen.NewGroup(listen.GroupOptions{WriteTimeout: timeout}).Listener(l).Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return server, client
}

// large is more than the buffers of the system take.
const large = 64 << 20

func TestWriteDeadlines(t *testing.T) {
	// soon leaves time for a write to begin in, on a machine that is busy.
	const soon, late = 700 * time.Millisecond, time.Hour
	for name, tt := range map[string]struct {
		timeout, asked time.Duration
	}{
		"rolling":                {soon, 0},
		"asked for":              {late, soon},
		"rolling, asked for far": {soon, late},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, _ := pair(t, tt.timeout)
			much := make([]byte, large) // before the time runs
			start := time.Now()
			if tt.asked != 0 {
				if err := server.SetWriteDeadline(time.Now().Add(tt.asked)); err != nil {
					t.Fatal(err)
				}
			}
			n, err := server.Write(much)
			if !errors.Is(err, os.ErrDeadlineExceeded) || n == 0 || n == large || time.Since(start) < soon {
				t.Errorf("got %d, %v after %v", n, err, time.Since(start))
			}
		})
	}
	t.Run("in the past", func(t *testing.T) {
		server, _ := pair(t, late)
		server.SetWriteDeadline(time.Unix(1, 0))
		if n, err := server.Write([]byte("x")); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %d, %v", n, err)
		}
		server.SetWriteDeadline(time.Time{})
		if n, err := server.Write([]byte("x")); n != 1 || err != nil {
			t.Errorf("taken back: got %d, %v", n, err)
		}
	})
	t.Run("set meanwhile", func(t *testing.T) {
		t.Parallel()
		server, _ := pair(t, late)
		time.AfterFunc(soon, func() { server.SetWriteDeadline(time.Now()) })
		if _, err := server.Write(make([]byte, large)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// A file goes out whole and in order, though its deadline passes again and again, and
// so does what is no file.
func TestReadFrom(t *testing.T) {
	content := make([]byte, 24<<20)
	for i := range content {
		content[i] = byte(i ^ i>>8 ^ i>>16)
	}
	name := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(name, content, 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, source := range map[string]func(f *os.File) io.Reader{
		"file":           func(f *os.File) io.Reader { return f },
		"part of a file": func(f *os.File) io.Reader { return &io.LimitedReader{R: f, N: int64(len(content))} },
		"something else": func(f *os.File) io.Reader { return struct{ io.Reader }{f} },
		"part of it":     func(f *os.File) io.Reader { return io.LimitReader(struct{ io.Reader }{f}, int64(len(content))) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			server, client := pair(t, 3*time.Second)
			// What is taken is noticed in small pieces, not in those of a large buffer.
			if err := client.(*net.TCPConn).SetReadBuffer(256 << 10); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			go func() {
				defer server.Close()
				if n, err := server.(io.ReaderFrom).ReadFrom(source(f)); n != int64(len(content)) || err != nil {
					t.Errorf("got %d, %v", n, err)
				}
			}()
			var got bytes.Buffer
			for {
				_, err := io.CopyN(&got, client, 1<<20)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				time.Sleep(200 * time.Millisecond) // slow
			}
			if !bytes.Equal(got.Bytes(), content) {
				t.Errorf("got %d other bytes", got.Len())
			}
		})
	}
	t.Run("nobody reads", func(t *testing.T) {
		server, _ := pair(t, 50*time.Millisecond)
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := server.(io.ReaderFrom).ReadFrom(f); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// TestPreface holds that HTTP/2 is known by how a connection begins, in however
// many pieces that comes.
func TestPreface(t *testing.T) {
	const begin = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	for _, tt := range []struct {
		name   string
		pieces []string
		want   bool
	}{
		{"whole", []string{begin}, true},
		{"in two pieces", []string{begin[:7], begin[7:]}, true},
		{"cut behind what tells", []string{begin[:14], begin[14:]}, true},
		{"byte by byte", strings.Split(begin, ""), true},
		{"a part", []string{begin[:13]}, false},
		{"another beginning", []string{"GET / HTTP/1.1\r\n", begin}, false},
		{"another beginning that looks like it", []string{"PR", "OPFIND * HTTP/2.0"}, false},
		{"another version", []string{"PRI * HTTP/2", ".1"}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server, client := pair(t, time.Second)
			room := make([]byte, 100)
			for _, piece := range tt.pieces {
				if _, err := io.WriteString(client, piece); err != nil {
					t.Fatal(err)
				}
				// Read before the next piece comes, so that none are joined.
				if n, err := io.ReadFull(server, room[:len(piece)]); err != nil {
					t.Fatal(n, err)
				}
			}
			if got := listen.IsHTTP2(server); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}
